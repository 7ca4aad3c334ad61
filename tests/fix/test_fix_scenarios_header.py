"""FIX 4.4 volume 2, session test cases 2 and 3: the header and the trailer of what is received."""

import pytest
from fix_counterpart import Counterpart, framed, order, with_framing


def test_2a_numbers_as_expected(peer: Counterpart) -> None:
    peer.log_on()
    for number in range(4):
        peer.say("D", order(f"id{number}"))
        peer.hear("D", t11=f"id{number}")
    peer.quiet()


def test_2b_a_number_too_high_is_asked_for_and_waits(peer: Counterpart) -> None:
    peer.log_on()
    peer.say("D", order("early"), seq=5)
    peer.hear_resend_request(2, 4)
    peer.say("D", order("two"), seq=2, dup=True)
    peer.hear("D", t11="two")
    peer.say("4", [(36, "5"), (123, "Y")], seq=3, dup=True)
    peer.hear("D", t11="early")
    peer.seq = 6
    peer.quiet()


def test_2b_one_resend_request_a_gap(peer: Counterpart) -> None:
    peer.log_on()
    peer.say("0", seq=5)
    peer.hear_resend_request(2, 4)
    peer.say("0", seq=6)
    peer.say("D", order("late"), seq=7)
    peer.say("4", [(36, "5"), (123, "Y")], seq=2, dup=True)
    peer.hear("D", t11="late")
    peer.seq = 8
    peer.quiet()


def test_2c_a_number_too_low(peer: Counterpart) -> None:
    peer.log_on()
    peer.say("0")
    peer.say("0", seq=2)
    (logout,) = peer.hear_the_end("MsgSeqNum too low, expecting 3 but received 2")
    assert logout.msg_type == "5"


def test_2d_a_garbled_message_is_ignored_and_asked_for(peer: Counterpart) -> None:
    peer.log_on()
    data = peer.message("D", order("garbled"), seq=2)
    peer.line.write(data.replace(b"49=TW", b"4garbled9=TW"))
    peer.say("0", seq=3)
    peer.hear_resend_request(2, 2)
    peer.say("D", order("sound"), seq=2, dup=True)
    peer.hear("D", t11="sound")
    peer.seq = 4
    peer.quiet()


def test_2e_a_possible_duplicate_that_was_received(peer: Counterpart) -> None:
    peer.log_on()
    peer.say("D", order("once"))
    peer.hear("D", t11="once")
    peer.say("D", order("once"), seq=2, dup=True)
    peer.quiet()


def test_2e_a_possible_duplicate_that_was_not_received(peer: Counterpart) -> None:
    peer.log_on()
    peer.say("D", order("new"), seq=2, dup=True)
    peer.hear("D", t11="new")
    peer.seq = 3
    peer.quiet()


def test_2f_a_duplicate_from_the_future(peer: Counterpart) -> None:
    peer.log_on()
    peer.say("D", order())
    peer.hear("D")
    peer.say("D", order(), seq=2, dup=True, orig=peer.stamp(10))
    peer.hear_reject(2, "D", 10)
    peer.hear("5")
    peer.hear_the_end()


def test_2g_a_duplicate_that_does_not_say_when_it_was_sent_first(peer: Counterpart) -> None:
    peer.log_on()
    peer.say("D", order())
    peer.hear("D")
    peer.say("D", order(), seq=2, dup=True, orig="")
    peer.hear_reject(2, "D", 1, 122)
    peer.quiet()


def test_2i_another_begin_string(peer: Counterpart) -> None:
    peer.log_on()
    peer.say("0", begin="FIX.4.2")
    peer.hear("5")
    peer.hear_the_end()


@pytest.mark.parametrize("wrong", [{"sender": "WT"}, {"target": "DLSI"}, {"sender": "WT", "target": "DLSI"}])
def test_2k_other_comp_ids(peer: Counterpart, wrong: dict[str, str]) -> None:
    peer.log_on()
    peer.say("D", order(), **wrong)
    peer.hear_reject(2, "D", 9)
    peer.hear("5")
    peer.hear_the_end()


@pytest.mark.parametrize("length", [b"9=40", b"9=250"])
def test_2m_a_false_body_length_does_not_swallow_the_next_message(peer: Counterpart, length: bytes) -> None:
    peer.log_on()
    data = peer.message("D", order("false"), seq=2)
    stated = data.split(b"\x01")[1]
    peer.line.write(data.replace(stated, length) + peer.message("D", order("next"), seq=3) * 2)
    peer.hear_resend_request(2, 2)
    peer.say("4", [(36, "3"), (123, "Y")], seq=2, dup=True)
    peer.hear("D", t11="next")


@pytest.mark.parametrize("seconds", [-121, 121])
def test_2o_sending_time_out_of_range(peer: Counterpart, seconds: float) -> None:
    peer.log_on()
    peer.say("0", time=peer.stamp(seconds))
    peer.hear_reject(2, "0", 10)
    peer.hear("5")
    peer.hear_the_end()


def test_2n_sending_time_in_range(peer: Counterpart) -> None:
    peer.log_on()
    for seconds in (-115, 115):
        peer.say("0", time=peer.stamp(seconds))
    peer.quiet()


def test_2q_a_msg_type_that_there_is_not(peer: Counterpart) -> None:
    peer.log_on()
    peer.say("*")
    assert peer.hear_reject(2, "*", 11).text(371) is None
    peer.quiet()


def test_2r_a_msg_type_that_is_not_supported(peer: Counterpart) -> None:
    peer.log_on()
    report = [
        (37, "id"),
        (17, "id"),
        (150, "0"),
        (39, "0"),
        (55, "X"),
        (54, "1"),
        (151, "1"),
        (14, "0"),
        (6, "0"),
    ]
    peer.say("8", report)
    peer.hear("j", t45="2", t372="8", t380="3")
    peer.quiet()


def test_2t_the_first_three_fields_out_of_order(peer: Counterpart) -> None:
    peer.log_on()
    sound = peer.message("0", seq=2)
    peer.line.write(b"35=0\x01" + sound.replace(b"35=0\x01", b""))
    head = [(49, "TW"), (56, "ISLD")]
    peer.line.write(framed("FIX.4.4", "0", head).replace(b"\x0135=0\x0149=TW", b"\x0149=TW\x0135=0"))
    peer.quiet()


def test_2_a_missing_number_ends_the_session(peer: Counterpart) -> None:
    peer.log_on()
    head = [(49, "TW"), (56, "ISLD"), (52, peer.stamp())]
    peer.line.write(framed("FIX.4.4", "0", head))
    peer.hear_the_end("MsgSeqNum (34) is missing")


def test_3b_a_false_check_sum(peer: Counterpart) -> None:
    peer.log_on()
    peer.line.write(peer.message("0", seq=2)[:-4] + b"256\x01"[-4:])
    peer.say("D", order("after"), seq=3)
    peer.hear_resend_request(2, 2)
    peer.say("0", seq=2)
    peer.hear("D", t11="after")
    peer.seq = 4
    peer.quiet()


def test_3c_garbage_between_messages(peer: Counterpart) -> None:
    peer.log_on()
    peer.line.write(b"noise 8=FIX.4.4 and more\x01" + bytes(range(32)))
    peer.quiet()


@pytest.mark.parametrize("trailer", [b"10=1\x01", b"10=0000\x01", b"10=abc\x01"])
def test_3e_a_check_sum_of_another_form(peer: Counterpart, trailer: bytes) -> None:
    peer.log_on()
    data = with_framing("FIX.4.4", b"35=0\x0149=TW\x0156=ISLD\x0134=2\x01")
    peer.line.write(data[:-7] + trailer)
    peer.quiet()
