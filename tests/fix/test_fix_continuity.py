"""Numbers that live over connections, in corners the scenarios do not reach: one message at a time, no socket."""

from typing import Any

import pytest
from fix_counterpart import CoreLine, Counterpart, order
from hypothesis import given
from hypothesis import strategies as st

from blotter.fix.codec import Message, decode, encode
from blotter.fix.session import (
    Deliver,
    Disconnect,
    Draft,
    Instant,
    Numbering,
    Numbers,
    NumbersChanged,
    Phase,
    ResendAsked,
    Role,
    Send,
    Session,
    SessionConfig,
    SessionRejectReason,
    Stored,
    reject,
)
from blotter.fix.values import SECOND, utc_timestamp

both_roles = pytest.mark.parametrize("role", list(Role))


def made(role: Role, **settings: Any) -> Counterpart:
    return Counterpart(CoreLine(role, **settings))


def delivered(peer: Counterpart) -> list[str | None]:
    engine = peer.line.engine
    assert engine is not None
    return [message.text(11) for message in engine.delivered]


def session_of(peer: Counterpart) -> Session:
    engine = peer.line.engine
    assert engine is not None
    return engine.session


# --- resets ------------------------------------------------------------------------------------------------


def resetting() -> tuple[Counterpart, Session, Instant]:
    """An initiator whose reset is on its way."""
    peer = made(Role.INITIATOR)
    peer.log_on()
    for name in ("a", "b"):
        peer.say("D", order(name))
        peer.hear("D")
    session = session_of(peer)
    line = peer.line
    assert isinstance(line, CoreLine)
    line._out += line.engine._carry_out(session.reset(line._at), line._at)
    peer.hear("A", t141="Y", t34="1")
    return peer, session, line._at


def test_what_the_peer_sent_before_it_read_our_reset_is_delivered() -> None:
    """It has the number 4 of the old run, and says nothing about the number 4 of the new one."""
    peer, session, _ = resetting()
    peer.say("D", order("old"), seq=4)
    peer.hear("D", t11="old", t34="2")
    assert session.next_in == 1
    peer.say("A", [(98, "0"), (108, "30"), (141, "Y")], seq=1)
    for number, name in ((2, "c"), (3, "d"), (4, "e")):
        peer.say("D", order(name), seq=number)
        peer.hear("D", t11=name)
    assert delivered(peer) == ["a", "b", "old", "c", "d", "e"]
    assert session.next_in == 5


def test_a_gap_in_the_old_run_is_told_and_not_asked_for() -> None:
    peer, _, _ = resetting()
    peer.say("D", order("old"), seq=6)
    peer.hear("D", t11="old")
    engine = peer.line.engine
    assert engine is not None
    assert engine.warnings[-1] == "messages 4 to 5 are lost: the numbers are being reset"


def test_what_waits_behind_a_gap_is_not_lost_by_a_reset() -> None:
    peer = made(Role.INITIATOR)
    peer.log_on()
    peer.say("D", order("here"), seq=4)
    peer.hear_resend_request(2, 3)
    session, line = session_of(peer), peer.line
    assert isinstance(line, CoreLine)
    line._out += line.engine._carry_out(session.reset(line._at), line._at)
    peer.hear("A", t141="Y", t34="1")
    peer.hear("D", t11="here", t34="2")  # the answer belongs to the new run
    assert delivered(peer) == ["here"]
    assert "from 2 on are missing" in line.engine.warnings[-1]


def test_a_reset_is_not_begun_twice_and_not_waited_for_for_ever() -> None:
    peer, session, at = resetting()
    assert session.reset(at) == []
    peer.line.wait(10)
    assert (session.phase, session.reason) == (Phase.CLOSED, "the reset of the numbers was not answered")


def test_an_acceptor_that_keeps_its_numbers() -> None:
    peer = made(Role.ACCEPTOR, peer_may_reset=False)
    peer.connect()
    peer.say("A", [(98, "0"), (108, "30"), (141, "Y")])
    peer.hear_reject(1, "A", 5, 141)
    peer.hear_the_end("this session keeps its numbers")


def test_an_acceptor_that_says_141_to_a_session_that_begins_anyway() -> None:
    peer = made(Role.INITIATOR)
    peer.connect()
    peer.hear("A")
    peer.say("A", [(98, "0"), (108, "30"), (141, "Y")])
    peer.quiet()


def test_numbers_changed_tells_what_to_store() -> None:
    session = Session(
        SessionConfig("A", "B", numbering=Numbering.CONTINUOUS, reset_on_logon=True), Numbers(70, 80)
    )
    effects = session.connected(Instant(0, 0))
    assert effects[0] == NumbersChanged(1, 1, "reset by our Logon")
    assert (session.next_out, session.next_in) == (1, 1)


# --- numbers are used up by what is dealt with ---------------------------------------------------------------


def test_an_order_instead_of_a_logon_keeps_its_number() -> None:
    """It may be a fill that was sent again: it will be asked for."""
    peer = made(Role.INITIATOR)
    peer.log_on()
    peer.hang_up()
    peer.connect()
    peer.hear("A")
    peer.say("D", order("lost?"), seq=2, dup=True)
    peer.hear("5")
    peer.hear_the_end()
    assert session_of(peer).next_in == 2
    peer.hang_up()
    peer.seq = 3
    peer.log_on()
    peer.hear_resend_request(2, 2)
    peer.say("D", order("lost?"), seq=2, dup=True)
    peer.hear("D", t11="lost?")


@pytest.mark.parametrize(
    "first",
    [
        ("A", [(98, "0"), (108, "30")], {"sender": "STRANGER"}),
        ("A", [(98, "0"), (108, "30")], {"time": "20010101-00:00:00"}),
        ("A", [(98, "0"), (108, "0")], {}),
        ("A", [(98, "0"), (108, "30"), (55, "X")], {}),
        ("D", order(), {}),
        ("5", [], {}),
    ],
)
def test_who_is_turned_away_uses_up_no_number(first: tuple[str, Any, dict[str, Any]]) -> None:
    peer = made(Role.ACCEPTOR)
    peer.connect()
    msg_type, fields, header = first
    peer.say(msg_type, fields, **header)
    peer.hear_the_end()
    assert session_of(peer).next_in == 1


def test_a_logon_that_the_application_refuses_uses_up_no_number() -> None:
    session = Session(SessionConfig("A", "B", Role.ACCEPTOR, numbering=Numbering.CONTINUOUS), Numbers(5, 7))
    at = Instant(1_795_342_000 * SECOND, 0)
    session.connected(at)
    head = ((49, "B"), (56, "A"), (34, "7"), (52, utc_timestamp(at.wall)))
    session.receive(decode(encode("FIX.4.4", "A", head, ((98, "0"), (108, "30")))), at)
    session.refuse(Draft("5", ((58, "wrong password"),)), at)
    assert session.next_in == 7


@pytest.mark.parametrize("msg_type", ["3", "5"])
def test_a_refusal_of_our_logon_uses_up_its_number(msg_type: str) -> None:
    peer = made(Role.INITIATOR)
    peer.connect()
    peer.hear("A")
    peer.say(msg_type, [(45, "1")] if msg_type == "3" else [])
    peer.hear_the_end()
    assert session_of(peer).next_in == 2


# --- gaps --------------------------------------------------------------------------------------------------


@both_roles
def test_a_bad_message_that_comes_early_is_rejected_once(role: Role) -> None:
    peer = made(role)
    peer.log_on()
    peer.say("D", order()[1:], seq=4)
    peer.hear_reject(4, "D", 1, 11)
    peer.hear_resend_request(2, 3)
    peer.say("4", [(36, "4"), (123, "Y")], seq=2, dup=True)
    peer.seq = 5
    peer.quiet()


@both_roles
def test_a_resend_request_of_the_peer_is_answered_before_our_gap_is_closed(role: Role) -> None:
    peer = made(role)
    peer.log_on()
    peer.say("D", order("a"))
    peer.hear("D")
    peer.say("2", [(7, "2"), (16, "2")], seq=9)
    peer.hear("D", t11="a", t43="Y", t34="2")
    peer.hear_resend_request(3, 8)


@both_roles
def test_a_gap_that_nobody_fills_is_given_up(role: Role) -> None:
    peer = made(role, resend_timeout=2.0, resend_tries=3)
    peer.log_on()
    peer.say("0", seq=5)
    for _ in range(3):
        peer.hear_resend_request(2, 4)
        peer.line.wait(2)
    peer.hear("5")
    peer.hear_the_end()
    assert "messages 2 to 4 were asked for 3 times" in session_of(peer).reason


@both_roles
def test_a_gap_that_makes_progress_is_waited_for(role: Role) -> None:
    peer = made(role, resend_timeout=2.0, resend_tries=1)
    peer.log_on()
    peer.say("0", seq=8)
    peer.hear_resend_request(2, 7)
    for number in range(2, 8):
        peer.line.wait(1.5)
        peer.say("0", seq=number, dup=True)
    peer.seq = 9
    peer.quiet()
    assert session_of(peer).gap is None


@both_roles
def test_a_gap_is_asked_for_in_chunks(role: Role) -> None:
    peer = made(role, resend_chunk=2)
    peer.log_on()
    peer.say("0", seq=7)
    for begin, end in ((2, 3), (4, 5), (6, 6)):
        assert peer.hear("2", t7=str(begin)).text(16) == str(end)
        for number in range(begin, end + 1):
            peer.say("0", seq=number, dup=True)
    peer.seq = 8
    peer.quiet()


@both_roles
def test_all_that_follows_may_be_asked_for(role: Role) -> None:
    peer = made(role, resend_open_ended=True)
    peer.log_on()
    peer.say("D", order("early"), seq=4)
    peer.hear("2", t7="2", t16="0")
    peer.say("4", [(36, "4"), (123, "Y")], seq=2, dup=True)
    peer.hear("D", t11="early")
    peer.say("D", order("early"), seq=4, dup=True)  # it sends what is here already, too
    peer.seq = 5
    peer.quiet()
    assert delivered(peer) == ["early"]


@both_roles
def test_an_early_logout_waits_for_its_gap_and_then_for_no_longer(role: Role) -> None:
    peer = made(role, logout_timeout=2.0)
    peer.log_on()
    peer.say("5", seq=4)
    peer.hear_resend_request(2, 3)
    assert session_of(peer).phase is Phase.LIVE
    peer.line.wait(2)
    peer.hear("5")
    peer.hear_the_end()
    assert "logged out over a gap, messages from 2 on are missing" in session_of(peer).reason
    engine = peer.line.engine
    assert engine is not None
    assert engine.numbers.next_in == 2


@both_roles
def test_what_came_behind_an_early_logout_is_still_expected_when_a_skip_ends_the_session(role: Role) -> None:
    """It is heard by nobody, so it must come again."""
    peer = made(role)
    peer.log_on()
    peer.say("5", seq=4)
    peer.hear_resend_request(2, 3)
    peer.say("D", order("behind"), seq=5)
    peer.say("4", [(36, "6")], seq=6)
    peer.hear("5")
    peer.hear_the_end()
    assert delivered(peer) == []
    engine = peer.line.engine
    assert engine is not None
    assert engine.numbers.next_in == 5


@both_roles
def test_the_same_request_much_later_is_another_one(role: Role) -> None:
    peer = made(role)
    peer.log_on(heart_bt_int=3600)
    for _ in range(8):
        peer.say("2", [(7, "1"), (16, "0")])
        peer.hear("4", t34="1")
        peer.line.wait(61)


@both_roles
def test_a_reset_upwards_says_what_is_lost(role: Role) -> None:
    peer = made(role)
    peer.log_on()
    peer.say("D", order("here"), seq=4)
    peer.hear_resend_request(2, 3)
    peer.say("4", [(36, "6")], seq=5)
    peer.hear("D", t11="here")
    engine = peer.line.engine
    assert engine is not None
    assert "skipped messages 2 to 5: 3 are lost" in engine.warnings[-1]


@both_roles
def test_too_low_may_be_rejected_before_the_logout(role: Role) -> None:
    """Interactive Brokers wants it so."""
    peer = made(role, reject_too_low=True)
    peer.log_on()
    peer.say("0", seq=1)
    peer.hear_reject(1, "0", 5, 34)
    peer.hear_the_end("MsgSeqNum too low")


@both_roles
def test_an_order_that_is_too_old_is_not_sent_again_and_that_is_told(role: Role) -> None:
    """`resendable` decides; what stays behind is counted, for a person to hear of it."""

    def young(message: Message, at: Instant) -> bool:
        return message.text(11) != "old"

    peer = made(role, resendable=young)
    peer.log_on()
    for name in ("a", "old", "old", "b"):
        peer.line.submit(Draft("D", order(name)))
        peer.hear("D", t11=name)
    session, engine = session_of(peer), peer.line.engine
    assert engine is not None
    stored = [Stored(n, decode(engine.stored[n])) for n in range(1, 6)]
    again = list(session.resend(ResendAsked(1, 5), stored, Instant(0, 0)))
    assert [(one.msg_type, one.msg_seq_num, one.skips_to, one.withheld) for one in again] == [
        ("4", 1, 2, 0),
        ("D", 2, None, 0),
        ("4", 3, 5, 2),
        ("D", 5, None, 0),
    ]


# --- other versions ----------------------------------------------------------------------------------------


def test_fixt_names_its_application_version() -> None:
    config = SessionConfig("A", "B", begin_string="FIXT.1.1", default_appl_ver_id="9")
    session = Session(config)
    (_, send) = session.connected(Instant(0, 0))
    assert isinstance(send, Send)
    logon = decode(session.stamp(send.draft, Instant(0, 0)).data)
    assert (logon.text(8), logon.text(1137)) == ("FIXT.1.1", "9")
    answer = encode(
        "FIXT.1.1",
        "A",
        ((49, "B"), (56, "A"), (34, "1"), (52, utc_timestamp(0))),
        ((98, "0"), (108, "30"), (1137, "7")),
    )
    session.receive(decode(answer), Instant(0, 0))
    assert session.peer_appl_ver_id == "7"


@pytest.mark.parametrize(("begin", "version"), [("FIXT.1.1", ""), ("FIX.4.4", "9")])
def test_an_application_version_where_it_does_not_belong(begin: str, version: str) -> None:
    with pytest.raises(ValueError, match="default_appl_ver_id"):
        SessionConfig("A", "B", begin_string=begin, default_appl_ver_id=version)


@pytest.mark.parametrize(("begin", "code"), [("FIX.4.2", None), ("FIX.4.4", "13")])
def test_fix_42_knows_no_reject_reason_beyond_11(begin: str, code: str | None) -> None:
    message = decode(encode(begin, "D", ((34, "7"),), ((11, "x"),)))
    draft = reject(message, SessionRejectReason.TAG_APPEARS_MORE_THAN_ONCE, "twice", tag=11)
    assert dict(draft.fields).get(373) == code


def test_per_connection_numbers_resend_nothing() -> None:
    session = Session(SessionConfig("A", "B"))
    with pytest.raises(RuntimeError, match="resend: this session starts at 1"):
        session.resend(ResendAsked(1, 1), [], Instant(0, 0))


# --- whatever comes ----------------------------------------------------------------------------------------

numbers = st.one_of(st.integers(0, 12), st.sampled_from([2**31, 4_294_967_295]))
bodies = st.lists(
    st.one_of(
        st.tuples(st.sampled_from([7, 16, 36, 789]), numbers.map(str)),
        st.tuples(st.sampled_from([123, 141, 97]), st.sampled_from("YN")),
        st.tuples(st.sampled_from([108, 112, 11]), st.sampled_from(["30", "0", "x"])),
    ),
    max_size=5,
)
steps = st.tuples(
    st.sampled_from(["0", "1", "2", "3", "4", "5", "A", "D", "8", "B"]),
    numbers,
    st.booleans(),
    bodies,
    st.integers(0, 40),
)


@given(st.sampled_from(list(Role)), st.booleans(), st.booleans(), st.lists(steps, max_size=30))
def test_no_peer_makes_it_raise_or_deliver_twice(
    role: Role, terse: bool, any_number: bool, said: list[tuple[str, int, bool, list[tuple[int, str]], int]]
) -> None:
    config = SessionConfig(
        "A", "B", role, numbering=Numbering.CONTINUOUS, terse=terse, answers_any_number=any_number
    )  # fmt: skip
    session, mono, stored = Session(config), 0, dict[int, Message]()
    seen: set[int] = set()

    def carry_out(effects: list[Any], now: Instant) -> None:
        for effect in effects:
            match effect:
                case Send(draft):
                    stamped = session.stamp(draft, now)
                    stored[stamped.msg_seq_num] = decode(stamped.data)
                    session.wrote(stamped, now)
                case Deliver(message):
                    assert message.msg_seq_num not in seen
                    seen.add(message.msg_seq_num)
                case NumbersChanged(1, 1):
                    stored.clear()
                    seen.clear()
                case ResendAsked(begin, end):
                    kept = [Stored(n, stored[n]) for n in range(begin, end + 1) if n in stored]
                    again = list(session.resend(effect, kept, now))
                    assert again[0].msg_seq_num == begin
                    assert (again[-1].skips_to or again[-1].msg_seq_num + 1) == end + 1
                case Disconnect():
                    assert session.phase is Phase.CLOSED

    def now() -> Instant:
        return Instant(1_795_342_000 * SECOND + mono, mono)

    carry_out(session.connected(now()), now())
    for msg_type, number, dup, body, seconds in said:
        head = [(49, "B"), (56, "A"), (34, str(number)), (52, utc_timestamp(now().wall))]
        head += [(43, "Y"), (122, utc_timestamp(now().wall))] if dup else []
        carry_out(session.receive(decode(encode("FIX.4.4", msg_type, head, body)), now()), now())
        if session._handshake.pending:
            carry_out(session.accept((), now()), now())
        mono += seconds * SECOND
        carry_out(session.tick(now()), now())
        if session.phase is Phase.LIVE and number % 2:
            carry_out([Send(Draft("D", ((11, "x"),)))], now())


@both_roles
def test_more_header_fields_stand_in_all_that_is_sent_and_once_in_what_is_sent_again(role: Role) -> None:
    peer = made(role, header=((50, "TRADER"), (57, "ROUTER")))
    peer.log_on()
    peer.line.submit(Draft("D", order("a")))
    peer.hear("D", t11="a", t50="TRADER", t57="ROUTER")
    session, engine = session_of(peer), peer.line.engine
    assert engine is not None
    stored = [Stored(n, decode(engine.stored[n])) for n in (1, 2)]
    fill, sent = session.resend(ResendAsked(1, 2), stored, Instant(0, 0))
    for again in (fill, sent):
        assert [pair for pair in decode(again.data).pairs if pair[0] in (b"50", b"57")] == [
            (b"50", b"TRADER"),
            (b"57", b"ROUTER"),
        ]
