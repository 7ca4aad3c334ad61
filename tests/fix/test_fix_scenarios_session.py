"""FIX 4.4 volume 2, session test cases 4 to 11 and 20: keeping alive, resending, resetting."""

import pytest
from fix_counterpart import Counterpart, order


def test_4a_a_heartbeat_when_nothing_is_said(peer: Counterpart) -> None:
    peer.log_on(heart_bt_int=1)
    peer.line.wait(0.95)
    peer.hear("0", t112=None)
    peer.say("0")
    peer.line.wait(0.95)
    peer.hear("0", t112=None)


def test_4b_a_test_request_is_answered(peer: Counterpart) -> None:
    peer.log_on()
    peer.say("1", [(112, "HELLO")])
    peer.hear("0", t112="HELLO")
    peer.quiet()


def test_5_a_heartbeat_is_taken(peer: Counterpart) -> None:
    peer.log_on()
    peer.say("0")
    peer.say("0", [(112, "nobody asked")])
    peer.quiet()


def test_6_silence_is_asked_about_and_then_ends_it(peer: Counterpart) -> None:
    peer.log_on(heart_bt_int=1)
    peer.line.wait(1.15)
    peer.hear("0", t112=None)
    first = peer.hear("1")
    assert first.text(112)
    peer.say("0", [(112, first.text(112))])
    peer.line.wait(1.15)
    peer.hear("0", t112=None)
    second = peer.hear("1")
    assert second.text(112) != first.text(112)
    peer.line.wait(1.15)
    while (message := peer._next()) is not None:
        assert message.msg_type in ("0", "5")


def test_7_a_reject_uses_up_its_number(peer: Counterpart) -> None:
    peer.log_on()
    peer.say("3", [(45, "1"), (58, "no")])
    peer.quiet()
    engine = peer.line.engine
    if engine is not None:
        assert [message.text(58) for message in engine.refused] == ["no"]


def test_7_a_bad_reject_is_not_rejected(peer: Counterpart) -> None:
    """Two engines could go on rejecting each other's Rejects for ever."""
    peer.log_on()
    peer.say("3", [(58, "without RefSeqNum")])
    peer.quiet()


def test_8_session_messages_alone_become_one_gap_fill(peer: Counterpart) -> None:
    peer.log_on()
    for _ in range(3):
        peer.quiet()
    peer.say("2", [(7, "1"), (16, "4")])
    peer.hear("4", t34="1", t43="Y", t123="Y", t36="5")
    peer.quiet()


def test_8_orders_alone_are_sent_again(peer: Counterpart) -> None:
    peer.log_on()
    sent = []
    for symbol in ("INTC", "CDG", "IVP"):
        peer.say("D", order(symbol=symbol))
        sent.append(peer.hear("D", t55=symbol))
    peer.say("2", [(7, "2"), (16, "4")])
    for first in sent:
        again = peer.hear("D", t34=first.text(34), t43="Y", t55=first.text(55), t122=first.text(52))
        body = [pair for pair in again.pairs if int(pair[0]) in (11, 21, 40, 54, 55, 60, 38)]
        assert body == [pair for pair in first.pairs if int(pair[0]) in (11, 21, 40, 54, 55, 60, 38)]
    peer.quiet()


@pytest.mark.parametrize("end", ["0", "999999"])
def test_8_both_kinds_to_the_end(peer: Counterpart, end: str) -> None:
    peer.log_on()
    peer.quiet()
    peer.say("D", order("a"))
    peer.hear("D", t34="3")
    peer.quiet()
    peer.quiet()
    peer.say("D", order("b"))
    peer.hear("D", t34="6")
    peer.quiet()
    peer.say("2", [(7, "1"), (16, end)])
    peer.hear("4", t34="1", t36="3", t123="Y", t43="Y")
    peer.hear("D", t34="3", t11="a", t43="Y")
    peer.hear("4", t34="4", t36="6", t123="Y", t43="Y")
    peer.hear("D", t34="6", t11="b", t43="Y")
    peer.hear("4", t34="7", t36="8", t123="Y", t43="Y")
    peer.quiet()


def test_8_a_reject_is_sent_again(peer: Counterpart) -> None:
    peer.log_on()
    peer.say("0", [(55, "X")])
    peer.hear_reject(2, "0", 2, 55)
    peer.say("2", [(7, "1"), (16, "0")])
    peer.hear("4", t34="1", t36="2")
    peer.hear("3", t34="2", t43="Y", t45="2", t371="55")
    peer.quiet()


@pytest.mark.parametrize(("begin", "end"), [("0", "0"), ("50", "60"), ("3", "2")])
def test_8_a_range_that_there_is_not(peer: Counterpart, begin: str, end: str) -> None:
    peer.log_on()
    peer.quiet()
    peer.quiet()
    peer.say("2", [(7, begin), (16, end)])
    peer.hear_reject(4, "2", 5, 7)
    peer.quiet()


def test_8_the_same_request_for_ever(peer: Counterpart) -> None:
    peer.log_on()
    for _ in range(5):
        peer.say("2", [(7, "1"), (16, "0")])
        peer.hear("4", t34="1")
    peer.say("2", [(7, "1"), (16, "0")])
    peer.hear_the_end("asked for 6 times in a row")


def test_10_a_gap_fill_too_high(peer: Counterpart) -> None:
    peer.log_on()
    peer.say("4", [(36, "20"), (123, "Y")], seq=10)
    peer.hear_resend_request(2, 9)
    peer.say("4", [(36, "10"), (123, "Y")], seq=2, dup=True)
    peer.seq = 20
    peer.quiet()


def test_10_b_a_gap_fill_in_its_turn(peer: Counterpart) -> None:
    peer.log_on()
    peer.say("4", [(36, "20"), (123, "Y")])
    peer.seq = 20
    peer.quiet()


def test_10_c_a_gap_fill_that_was_here_before(peer: Counterpart) -> None:
    peer.log_on()
    peer.say("4", [(36, "20"), (123, "Y")], seq=1, dup=True)
    peer.quiet()


def test_10_d_a_gap_fill_too_low(peer: Counterpart) -> None:
    peer.log_on()
    peer.quiet()
    peer.say("4", [(36, "20"), (123, "Y")], seq=1)
    peer.hear_the_end("MsgSeqNum too low, expecting 3 but received 1")


@pytest.mark.parametrize("new", ["1", "2"])
def test_10_e_a_gap_fill_backwards(peer: Counterpart, new: str) -> None:
    peer.log_on()
    peer.say("4", [(36, new), (123, "Y")])
    peer.hear_reject(2, "4", 5, 36)
    peer.quiet()


def test_10_what_is_here_is_not_filled_away(peer: Counterpart) -> None:
    """The peer fills over a message that has arrived: it was sent, so it counts."""
    peer.log_on()
    peer.say("D", order("here"), seq=4)
    peer.hear_resend_request(2, 3)
    peer.say("4", [(36, "9"), (123, "Y")], seq=2, dup=True)
    peer.hear("D", t11="here")
    peer.seq = 9
    peer.quiet()


@pytest.mark.parametrize("flag", [None, "N"])
def test_11a_a_reset_upwards(peer: Counterpart, flag: str | None) -> None:
    peer.log_on()
    peer.say("4", [(36, "25"), (123, flag)], seq=0)
    peer.seq = 25
    peer.quiet()


def test_11a_a_reset_over_what_waits(peer: Counterpart) -> None:
    peer.log_on()
    peer.say("D", order("here"), seq=4)
    peer.hear_resend_request(2, 3)
    peer.say("4", [(36, "9")], seq=5)
    peer.hear("D", t11="here")
    peer.seq = 9
    peer.quiet()


@pytest.mark.parametrize("flag", [None, "N"])
def test_11b_a_reset_to_the_number_expected(peer: Counterpart, flag: str | None) -> None:
    peer.log_on()
    peer.say("4", [(36, "2"), (123, flag)], seq=0)
    peer.quiet()


@pytest.mark.parametrize("flag", [None, "N"])
def test_11c_a_reset_downwards(peer: Counterpart, flag: str | None) -> None:
    peer.log_on()
    peer.say("4", [(36, "1"), (123, flag)], seq=0)
    peer.hear_reject(0, "4", 5)
    peer.quiet()


def test_20_both_ask_at_once(peer: Counterpart) -> None:
    peer.log_on()
    for name in ("a", "b"):
        peer.say("D", order(name))
        peer.hear("D", t11=name)
    peer.say("0", seq=7)
    peer.hear_resend_request(4, 6)
    peer.say("2", [(7, "2"), (16, "3")], seq=8)
    peer.hear("D", t34="2", t43="Y", t11="a")
    peer.hear("D", t34="3", t43="Y", t11="b")
    for number in (4, 5, 6):
        peer.say("0", seq=number, dup=True)
    peer.seq = 9
    peer.quiet()


def test_20_an_order_to_be_answered_with_a_reject_in_its_turn(peer: Counterpart) -> None:
    """A bad message among those sent again is rejected, and what waited behind it goes on."""
    peer.log_on()
    peer.say("1", [(112, "first")], seq=3)
    peer.hear_resend_request(2, 2)
    peer.say("D", order(more=[(126, "20040415")]), seq=2, dup=True)
    peer.hear_reject(2, "D", 6, 126)
    peer.hear("0", t112="first")
    peer.seq = 4
    peer.quiet()
