"""FIX 4.4 volume 2, session test cases 1B, 1S, 12, 13 and 16: getting in, getting out, and what waits meanwhile."""

import pytest
from fix_counterpart import OURS, THEIRS, Counterpart, ServerLine, counterpart, order

from blotter.fix.session import Draft, Phase, Role

ACCEPTOR = ["acceptor core", "acceptor socket"]
INITIATOR = ["initiator core", "initiator socket"]
BOTH_WITH_HANDS = [*INITIATOR, "acceptor core"]
"""Where the test can make the engine say something by itself."""


@pytest.fixture
def made(request: pytest.FixtureRequest):
    with counterpart(request.param) as peer:
        yield peer


def variants(names: list[str]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("made", names, indirect=True)


# --- 1B: the engine logs on --------------------------------------------------------------------------------


@variants(INITIATOR)
def test_1b_a_logon_is_sent_once_connected(made: Counterpart) -> None:
    made.connect()
    made.hear("A", t98="0", t108="30", t49=OURS, t56=THEIRS)


@variants(INITIATOR)
def test_1b_b_a_valid_logon_in_answer(made: Counterpart) -> None:
    made.log_on()
    made.quiet()


@variants(INITIATOR)
def test_1b_b_the_number_of_the_answer_is_too_high(made: Counterpart) -> None:
    made.connect()
    made.hear("A")
    made.say("A", [(98, "0"), (108, "30")], seq=5)
    made.hear_resend_request(1, 4)


@variants(INITIATOR)
@pytest.mark.parametrize(
    "wrong",
    [{"sender": "WT"}, {"target": "DLSI"}, {"time": "20010101-00:00:00"}, {"begin": "FIX.4.2"}, {"seq": 0}],
)
def test_1b_c_an_invalid_logon_in_answer(made: Counterpart, wrong: dict[str, object]) -> None:
    made.connect()
    made.hear("A")
    made.say("A", [(98, "0"), (108, "30")], **wrong)
    made.hear_the_end()


@variants(INITIATOR)
def test_1b_d_the_first_message_is_no_logon(made: Counterpart) -> None:
    made.connect()
    made.hear("A")
    made.say("0")
    made.hear_the_end("MsgType (35) 0")


# --- 1S: the engine is logged on to ------------------------------------------------------------------------


@variants(ACCEPTOR)
def test_1s_a_a_valid_logon(made: Counterpart) -> None:
    answer = made.log_on(heart_bt_int=17)
    assert [answer.text(tag) for tag in (49, 56, 98, 108)] == [OURS, THEIRS, "0", "17"]
    made.quiet()


@variants(ACCEPTOR)
def test_1s_a_its_number_is_too_high(made: Counterpart) -> None:
    made.connect()
    made.say("A", [(98, "0"), (108, "30")], seq=5)
    made.hear("A")
    made.hear_resend_request(1, 4)


@variants(["acceptor socket"])
def test_1s_b_a_second_connection_of_the_same_client(made: Counterpart) -> None:
    made.log_on()
    line = made.line
    assert isinstance(line, ServerLine)
    with line.another() as second:
        second.sendall(made.message("A", [(98, "0"), (108, "30")], seq=1))
        second.settimeout(5)
        assert second.recv(1000) == b""
    made.quiet()


@variants(ACCEPTOR)
@pytest.mark.parametrize("wrong", [{"sender": "WT"}, {"target": "DLSI"}])
def test_1s_c_an_unknown_client(made: Counterpart, wrong: dict[str, object]) -> None:
    made.connect()
    made.say("A", [(98, "0"), (108, "30")], **wrong)
    said = made.hear_the_end()
    if made.over_a_socket:
        assert said == []  # who is not meant is not spoken to


@variants(ACCEPTOR)
@pytest.mark.parametrize("wrong", [{"time": "20010101-00:00:00"}, {"begin": "FIX.3.9"}])
def test_1s_d_an_invalid_logon(made: Counterpart, wrong: dict[str, object]) -> None:
    made.connect()
    made.say("A", [(98, "0"), (108, "30")], **wrong)
    made.hear_the_end()


@variants(ACCEPTOR)
@pytest.mark.parametrize("value", [None, "0", "-5", "999999", "x"])
def test_1s_d_an_absurd_heart_bt_int(made: Counterpart, value: str | None) -> None:
    made.connect()
    made.say("A", [(98, "0"), (108, value)])
    made.hear_the_end()


@variants(ACCEPTOR)
def test_1s_d_a_garbled_logon(made: Counterpart) -> None:
    made.connect()
    made.line.write(made.message("A", [(98, "0"), (108, "30")]).replace(b"\x01108=30", b"\x01108=31"))
    made.hear_the_end()


@variants(ACCEPTOR)
def test_1s_e_the_first_message_is_no_logon(made: Counterpart) -> None:
    made.connect()
    made.say("0")
    made.hear_the_end()


def test_1_numbers_go_on_over_connections(peer: Counterpart) -> None:
    peer.log_on()
    peer.say("D", order("first"))
    peer.hear("D", t11="first")
    peer.hang_up()
    peer.log_on()
    peer.say("D", order("second"))
    peer.hear("D", t11="second", t34="4")


@variants(ACCEPTOR)
def test_1_reset_by_the_logon(made: Counterpart) -> None:
    made.log_on()
    made.say("D", order())
    made.hear("D")
    made.hang_up()
    made.seq, made.heard = 1, 0
    answer = made.log_on(fields=[(141, "Y")])
    assert answer.text(141) == "Y"
    made.quiet()


@variants(ACCEPTOR)
def test_1_reset_in_mid_session(made: Counterpart) -> None:
    made.log_on()
    made.say("D", order())
    made.hear("D")
    made.seq = 1
    made.say("A", [(98, "0"), (108, "30"), (141, "Y")])
    made.hear("A", t141="Y", t34="1")
    made.quiet()


@pytest.mark.parametrize("variant", INITIATOR)
def test_1_our_own_reset(variant: str) -> None:
    with counterpart(variant, reset_on_logon=True) as peer:
        peer.connect()
        peer.hear("A", t141="Y", t34="1")
        peer.say("A", [(98, "0"), (108, "30"), (141, "Y")])
        peer.quiet()


@pytest.mark.parametrize("variant", INITIATOR)
def test_1_our_own_reset_is_not_followed(variant: str) -> None:
    with counterpart(variant, reset_on_logon=True) as peer:
        peer.connect()
        peer.hear("A", t141="Y")
        peer.say("A", [(98, "0"), (108, "30")], seq=57)
        peer.hear_the_end("MsgSeqNum (34) is 57, must be 1")


@variants(INITIATOR)
def test_1_an_acceptor_does_not_reset_what_we_did_not(made: Counterpart) -> None:
    made.log_on()
    made.quiet()
    made.hang_up()
    made.connect()
    made.hear("A", t34="3")
    made.say("A", [(98, "0"), (108, "30"), (141, "Y")], seq=1)
    made.hear_the_end("without being asked")


# --- 12 and 13: Logout -------------------------------------------------------------------------------------


@variants(BOTH_WITH_HANDS)
def test_12_a_the_engine_logs_out_and_waits_for_the_answer(made: Counterpart) -> None:
    made.log_on()
    made.line.log_out()
    made.hear("5", t58="done")
    made.say("5")
    made.hear_the_end()
    engine = made.line.engine
    assert engine is not None
    assert (engine.session.phase, engine.session.reason) == (Phase.CLOSED, "done")


@variants(BOTH_WITH_HANDS)
def test_12_a_nobody_answers_the_logout(made: Counterpart) -> None:
    made.log_on()
    made.line.log_out()
    made.hear("5")
    made.line.wait(1.1)
    made.hear_the_end()


@variants(["acceptor socket"])
def test_12_a_a_server_that_shuts_down_logs_its_clients_out(made: Counterpart) -> None:
    made.log_on()
    made.line.log_out()
    made.hear("5", t58="shutting down")
    made.say("5")
    made.hear_the_end()


@variants(BOTH_WITH_HANDS)
def test_12_b_what_the_peer_is_missing_is_sent_before_it_goes(made: Counterpart) -> None:
    made.log_on()
    made.say("D", order())
    made.hear("D")
    made.line.log_out()
    made.hear("5")
    made.say("2", [(7, "2"), (16, "2")])
    made.hear("D", t43="Y", t34="2")
    made.say("5")
    made.hear_the_end()


def test_13_a_an_unasked_logout_is_answered(peer: Counterpart) -> None:
    peer.log_on()
    peer.log_out()


def test_13_b_the_gap_stays_known_after_a_logout_over_it(peer: Counterpart) -> None:
    """A Logout with a number that is too high: answered at once or after the gap, but 2 is missing ever after."""
    peer.log_on()
    peer.say("5", seq=3)
    if peer.line.role is Role.ACCEPTOR and peer.over_a_socket:
        peer.hear("5")
    else:
        peer.hear_resend_request(2, 2)
        peer.line.wait(1.1)
        peer.hear("5")
    peer.hear_the_end()
    peer.hang_up()
    peer.seq = 4
    peer.log_on()
    peer.hear_resend_request(2, 3)


@variants(["initiator core", "acceptor core"])
def test_13_b_the_gap_is_filled_before_the_logout_is_answered(made: Counterpart) -> None:
    made.log_on()
    made.say("5", seq=3)
    made.hear_resend_request(2, 2)
    made.say("D", order("late"), seq=2, dup=True)
    made.hear("5")
    made.hear_the_end()
    engine = made.line.engine
    assert engine is not None
    assert [message.text(11) for message in engine.delivered] == ["late"]
    assert engine.numbers.next_in == 4


# --- 16: messages wait for a session -----------------------------------------------------------------------


@variants(BOTH_WITH_HANDS)
def test_16_a_what_waits_is_sent_once_live(made: Counterpart) -> None:
    made.log_on()
    made.log_out()
    made.hang_up()
    made.line.submit(Draft("D", order("waiting")))
    made.log_on()
    made.hear("D", t11="waiting")


@variants(BOTH_WITH_HANDS)
def test_16_b_what_was_lost_on_the_way_is_sent_again(made: Counterpart) -> None:
    made.log_on()
    made.line.submit(Draft("D", order("lost")))
    lost = made.hear("D", t11="lost")
    made.hang_up()
    made.log_on()
    made.say("2", [(7, lost.text(34)), (16, "0")])
    made.hear("D", t11="lost", t43="Y", t34=lost.text(34), t122=lost.text(52))
    made.hear("4", t123="Y")


@pytest.mark.parametrize("variant", ["initiator core", "initiator socket", "acceptor core"])
def test_16_b_next_expected_tells_what_was_lost(variant: str) -> None:
    with counterpart(variant, next_expected=True) as peer:
        peer.log_on(fields=[(789, "2" if peer.line.role is Role.INITIATOR else "1")])
        peer.line.submit(Draft("D", order("lost")))
        peer.hear("D", t11="lost", t34="2")
        peer.hang_up()
        said = peer.log_on(fields=[(789, "2")])
        assert said.text(789) == ("2" if peer.line.role is Role.INITIATOR else "3")
        peer.hear("D", t11="lost", t43="Y", t34="2")


@pytest.mark.parametrize("variant", ["initiator core", "initiator socket", "acceptor core"])
def test_1_next_expected_beyond_what_was_sent(variant: str) -> None:
    with counterpart(variant, next_expected=True) as peer:
        peer.connect()
        if peer.line.role is Role.INITIATOR:
            peer.hear("A")
        peer.say("A", [(98, "0"), (108, "30"), (789, "50")])
        (logout,) = peer.hear_the_end("NextExpectedMsgSeqNum (789) is 50, the next one is ")
        assert logout.msg_type == "5"
