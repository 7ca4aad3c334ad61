"""Every transition of the session, in both roles, one message at a time."""

from collections.abc import Sequence

import pytest

from blotter.fix.codec import Fields, Message, decode, encode
from blotter.fix.session import (
    Deliver,
    Disconnect,
    Draft,
    Effect,
    Instant,
    LogonHeader,
    LogonReceived,
    News,
    NotLiveError,
    Phase,
    PhaseChanged,
    Refused,
    Role,
    RoundTrip,
    Send,
    Session,
    SessionConfig,
    SessionRejectReason,
    Warn,
    reject,
)
from blotter.fix.values import SECOND, utc_timestamp

START = 1_740_790_800 * SECOND  # 2025-03-01 01:00:00 UTC
INITIATOR = SessionConfig("BOETRADE", "SPOT", heart_bt_int=10)
ACCEPTOR = SessionConfig("SPOT", "BOETRADE", Role.ACCEPTOR, heart_bt_int=30)


def at(seconds: float) -> Instant:
    return Instant(START + int(seconds * SECOND), 77 * SECOND + int(seconds * SECOND))


class Peer:
    """The other side, by hand: numbers and dates what it sends."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.seq = 1

    def message(
        self, msg_type: str, fields: Fields = (), seconds: float = 0, **header: str | None
    ) -> Message:
        config = self.session.config
        values: dict[str, str | None] = {
            "sender": config.target_comp_id or "ANYONE",
            "target": config.sender_comp_id,
            "seq": str(self.seq),
            "time": utc_timestamp(at(seconds).wall),
            "begin": config.begin_string,
        }
        values.update(header)
        tags = {"sender": 49, "target": 56, "seq": 34, "time": 52}
        head = [(tag, value) for name, tag in tags.items() if (value := values[name]) is not None]
        self.seq += 1
        return decode(encode(values["begin"] or "", msg_type, head, fields))

    def says(
        self, msg_type: str, fields: Fields = (), seconds: float = 0, **header: str | None
    ) -> list[Effect]:
        return self.session.receive(self.message(msg_type, fields, seconds, **header), at(seconds))


def write(session: Session, effects: Sequence[Effect], seconds: float = 0) -> list[Message]:
    """Carry out the Sends; the messages as the peer reads them."""
    written = []
    for effect in effects:
        if isinstance(effect, Send):
            stamped = session.stamp(effect.draft, at(seconds))
            session.wrote(stamped, at(seconds))
            written.append(decode(stamped.data))
    return written


def brief(effects: Sequence[Effect]) -> list[str]:
    """Kinds of effects, with the MsgType of a Send and the phase of a change."""
    words = []
    for effect in effects:
        match effect:
            case Send(draft):
                words.append(f"Send {draft.msg_type}")
            case PhaseChanged(phase, _):
                words.append(phase.value)
            case Disconnect(_, clean):
                words.append("Disconnect clean" if clean else "Disconnect")
            case _:
                words.append(type(effect).__name__)
    return words


def reason(effects: Sequence[Effect]) -> str:
    (last,) = [effect for effect in effects if isinstance(effect, Disconnect)]
    (changed,) = [effect for effect in effects if isinstance(effect, PhaseChanged)]
    assert changed == PhaseChanged(Phase.CLOSED, last.reason)
    return last.reason


def initiator(config: SessionConfig = INITIATOR) -> tuple[Session, Peer]:
    session = Session(config)
    write(session, session.connected(at(0)))
    return session, Peer(session)


def acceptor(config: SessionConfig = ACCEPTOR) -> tuple[Session, Peer]:
    session = Session(config)
    assert brief(session.connected(at(0))) == ["logging on"]
    return session, Peer(session)


def live_initiator(config: SessionConfig = INITIATOR) -> tuple[Session, Peer]:
    session, peer = initiator(config)
    assert brief(peer.says("A", [(98, "0"), (108, str(config.heart_bt_int))])) == ["live"]
    return session, peer


def live_acceptor(heart_bt_int: int = 10) -> tuple[Session, Peer]:
    session, peer = acceptor()
    assert brief(peer.says("A", [(98, "0"), (108, str(heart_bt_int)), (141, "Y")])) == ["LogonReceived"]
    write(session, session.accept([(25037, "uuid")], at(0)))
    return session, peer


def live(role: Role) -> tuple[Session, Peer]:
    return live_initiator() if role is Role.INITIATOR else live_acceptor()


both_roles = pytest.mark.parametrize("role", list(Role))

# --- DOWN --------------------------------------------------------------------------------------------------


def test_initiator_sends_logon_when_connected() -> None:
    session = Session(INITIATOR)
    assert session.phase is Phase.DOWN
    effects = session.connected(at(0))
    assert brief(effects) == ["logging on", "Send A"]
    (logon,) = write(session, effects)
    assert logon.raw.startswith(b"8=FIX.4.4\x019=")
    assert [tag for tag, _ in logon.pairs] == [
        b"8",
        b"9",
        b"35",
        b"49",
        b"56",
        b"34",
        b"52",
        b"98",
        b"108",
        b"141",
        b"10",
    ]
    assert [logon.text(tag) for tag in (49, 56, 34, 52, 98, 108, 141)] == [
        "BOETRADE", "SPOT", "1", "20250301-01:00:00.000000", "0", "10", "Y",
    ]  # fmt: skip
    assert session.next_deadline() == at(10).mono


def test_acceptor_waits_when_connected() -> None:
    session, _ = acceptor()
    assert session.phase is Phase.LOGGING_ON
    assert session.next_deadline() == at(10).mono


def test_before_the_connection_nothing_happens() -> None:
    session = Session(INITIATOR)
    assert Peer(session).says("A", [(108, "10")]) == []
    assert session.tick(at(1000)) == []
    assert session.next_deadline() is None
    assert brief(session.logout("bye", at(0))) == ["closed"]


def test_a_session_is_one_connection() -> None:
    session, _ = initiator()
    with pytest.raises(RuntimeError, match="logging on"):
        session.connected(at(1))
    session.disconnected(at(1), "gone")
    with pytest.raises(RuntimeError, match="closed"):
        session.connected(at(2))


def test_the_logon_body_is_made_from_the_header_as_sent() -> None:
    seen: list[LogonHeader] = []

    def signed(header: LogonHeader) -> Fields:
        seen.append(header)
        return [(98, "0"), (108, "5"), (95, "3"), (96, "a\x01b"), (553, "key")]

    session = Session(SessionConfig("ME", "SPOT", heart_bt_int=5, time_precision=3, logon_fields=signed))
    (logon,) = write(session, session.connected(at(0.1239)), 0.1239)
    assert seen == [LogonHeader("A", "ME", "SPOT", 1, "20250301-01:00:00.123")]
    assert logon.text(52) == "20250301-01:00:00.123"
    assert [tag for tag, _ in logon.pairs[7:-1]] == [b"98", b"108", b"95", b"96", b"553"]
    assert logon.get(96) == b"a\x01b"


def test_secrets_are_not_in_repr() -> None:
    draft = Draft("A", [(553, "key"), (554, "hunter2")])
    session, _ = live_initiator()
    stamped = session.stamp(draft, at(1))
    assert "hunter2" not in repr(draft) + repr(Send(draft)) + repr(stamped)


# --- LOGGING_ON, initiator ---------------------------------------------------------------------------------


def test_logon_answered_makes_the_initiator_live() -> None:
    session, peer = initiator()
    effects = peer.says("A", [(98, "0"), (108, "10"), (25037, "u")], 0.5)
    assert brief(effects) == ["live"]
    assert (session.next_in, session.next_out) == (2, 2)
    assert session.last_in == at(0.5).mono
    assert session.last_out == at(0).mono
    assert session.peer_heart_bt_int == 10


def test_a_venue_with_its_own_heart_bt_int() -> None:
    session, peer = initiator()
    assert brief(peer.says("A", [(108, "30")])) == ["Warn", "live"]
    assert session.heart_bt_int == session.peer_heart_bt_int == 30
    assert session.next_deadline() == at(27).mono


@pytest.mark.parametrize("value", ["0", "-5", "x", "99999", None])
def test_a_logon_answer_without_usable_heart_bt_int(value: str | None) -> None:
    session, peer = initiator()
    assert brief(peer.says("A", [(108, value)] if value else [])) == ["Warn", "live"]
    assert session.heart_bt_int == 10


def test_logon_rejected() -> None:
    session, peer = initiator()
    effects = peer.says("3", [(45, "1"), (373, "8"), (25016, "-1022"), (58, "Invalid signature.")])
    assert brief(effects) == ["Refused", "closed", "Disconnect"]
    assert reason(effects) == "Logon was rejected: Invalid signature."
    assert session.next_deadline() is None


def test_logon_answered_with_logout() -> None:
    _, peer = initiator()
    effects = peer.says("5", [(58, "not today")])
    assert brief(effects) == ["closed", "Disconnect"]
    assert reason(effects) == "Logon was answered with Logout: not today"


def test_logon_answered_with_anything_else() -> None:
    _, peer = initiator()
    effects = peer.says("8", [(37, "1")])
    assert brief(effects) == ["Send 5", "closed", "Disconnect"]
    assert reason(effects) == "Logon was answered with MsgType (35) 8"


@both_roles
def test_logon_times_out(role: Role) -> None:
    session, _ = initiator() if role is Role.INITIATOR else acceptor()
    assert session.tick(at(9.99)) == []
    effects = session.tick(at(10))
    assert brief(effects) == ["closed", "Disconnect"]
    assert reason(effects) == "no Logon within 10 s"


def test_logout_while_logging_on() -> None:
    session, peer = initiator()
    effects = session.logout("changed my mind", at(1))
    assert brief(effects) == ["Send 5", "logging out"]
    write(session, effects, 1)
    assert peer.says("A", [(108, "10")], 1.1) == []
    assert brief(peer.says("5", (), 1.2)) == ["closed", "Disconnect clean"]


# --- LOGGING_ON, acceptor ----------------------------------------------------------------------------------


def test_acceptor_asks_and_accepts() -> None:
    session, peer = acceptor()
    (effect,) = peer.says("A", [(98, "0"), (108, "7"), (553, "key"), (141, "Y")])
    assert isinstance(effect, LogonReceived)
    assert effect.message.text(553) == "key"
    assert session.phase is Phase.LOGGING_ON
    effects = session.accept([(25037, "uuid")], at(0.1))
    assert brief(effects) == ["Send A", "live"]
    (logon,) = write(session, effects, 0.1)
    assert [tag for tag, _ in logon.pairs[7:-1]] == [b"98", b"108", b"25037"]
    assert logon.text(108) == "7"
    assert session.heart_bt_int == session.peer_heart_bt_int == 7


@pytest.mark.parametrize(
    ("draft", "sent", "words"),
    [
        (Draft("3", [(45, "1"), (58, "Invalid signature.")]), ["Send 3"], "Invalid signature."),
        (Draft("5", [(58, b"full")]), ["Send 5"], "full"),
        (None, [], "no text"),
    ],
)
def test_acceptor_refuses(draft: Draft | None, sent: list[str], words: str) -> None:
    session, peer = acceptor()
    peer.says("A", [(108, "7")])
    effects = session.refuse(draft, at(0))
    assert brief(effects) == [*sent, "closed", "Disconnect"]
    assert reason(effects) == f"Logon of BOETRADE refused: {words}"
    assert len(write(session, effects)) == len(sent)


def test_a_decision_is_due_before_the_next_message_and_only_once() -> None:
    session, peer = acceptor()
    with pytest.raises(RuntimeError, match="no Logon is waiting"):
        session.accept([], at(0))
    peer.says("A", [(108, "7")])
    with pytest.raises(RuntimeError, match="decide about the Logon first"):
        peer.says("0")
    session.accept([], at(0))
    with pytest.raises(RuntimeError, match="no Logon is waiting"):
        session.refuse(None, at(0))


def test_an_acceptor_for_anyone_takes_the_comp_id_from_the_logon() -> None:
    session, peer = acceptor(SessionConfig("SPOT", "", Role.ACCEPTOR))
    peer.says("A", [(108, "7")], sender="trader7")
    (logon, *_) = write(session, session.accept([], at(0)))
    assert logon.text(56) == session.target_comp_id == "trader7"
    assert brief(peer.says("0", sender="trader8")) == ["Send 3", "Send 5", "closed", "Disconnect"]


def test_the_first_message_must_be_a_logon() -> None:
    session, peer = acceptor()
    effects = peer.says("D", [(11, "x")])
    assert brief(effects) == ["Send 3", "closed", "Disconnect"]
    assert reason(effects) == "the first message must be Logon (A), not D"
    (refusal,) = write(session, effects)
    assert [refusal.text(tag) for tag in (45, 372, 373)] == ["1", "D", "99"]


@pytest.mark.parametrize(
    ("value", "code"), [(None, "1"), ("0", "5"), ("-1", "5"), ("3601", "5"), ("ten", "5")]
)
def test_a_logon_with_bad_heart_bt_int_is_rejected(value: str | None, code: str) -> None:
    session, peer = acceptor()
    effects = peer.says("A", [(108, value)] if value else [(98, "0")])
    assert brief(effects) == ["Send 3", "closed", "Disconnect"]
    (refusal,) = write(session, effects)
    assert [refusal.text(tag) for tag in (371, 373)] == ["108", code]


def test_a_logon_must_be_number_one() -> None:
    session, peer = acceptor()
    peer.seq = 5
    effects = peer.says("A", [(108, "7")])
    assert brief(effects) == ["Send 3", "Send 5", "closed", "Disconnect"]
    assert reason(effects) == "MsgSeqNum (34) is 5, expected 1"
    assert session.phase is Phase.CLOSED


def test_logout_by_an_acceptor_without_a_logon_just_closes() -> None:
    session, _ = acceptor()
    assert brief(session.logout("shutting down", at(0))) == ["closed", "Disconnect"]


# --- LIVE --------------------------------------------------------------------------------------------------


@both_roles
def test_application_messages_are_delivered(role: Role) -> None:
    _, peer = live(role)
    message = peer.message("8", [(37, "1"), (39, "2")])
    assert peer.session.receive(message, at(0)) == [Deliver(message)]


@both_roles
def test_reject_and_news(role: Role) -> None:
    _, peer = live(role)
    message = peer.message("3", [(45, "2"), (58, "no")])
    assert peer.session.receive(message, at(0)) == [Refused(message)]
    message = peer.message("B", [(148, "going down")])
    assert peer.session.receive(message, at(0)) == [News("going down", message)]


@both_roles
def test_test_request_is_answered_at_once(role: Role) -> None:
    session, peer = live(role)
    (answer,) = write(session, peer.says("1", [(112, "are you there?")]))
    assert (answer.msg_type, answer.text(112)) == ("0", "are you there?")


@both_roles
def test_test_request_without_id_is_rejected(role: Role) -> None:
    session, peer = live(role)
    effects = peer.says("1")
    assert brief(effects) == ["Send 3", "Warn"]
    (refusal,) = write(session, effects)
    assert [refusal.text(tag) for tag in (371, 372, 373, 58)] == [
        "112",
        "1",
        "1",
        "TestReqID (112) is missing",
    ]


@both_roles
@pytest.mark.parametrize("msg_type", ["2", "4"])
def test_resend_is_refused_and_the_session_goes_on(role: Role, msg_type: str) -> None:
    session, peer = live(role)
    effects = peer.says(msg_type, [(7, "1"), (16, "0"), (36, "9")])
    assert brief(effects) == ["Send 3", "Warn"]
    (refusal,) = write(session, effects)
    assert [refusal.text(tag) for tag in (371, 372, 373)] == ["35", msg_type, "11"]
    assert brief(peer.says("8")) == ["Deliver"]


@both_roles
def test_a_second_logon_ends_the_session(role: Role) -> None:
    _, peer = live(role)
    effects = peer.says("A", [(108, "10")])
    assert brief(effects) == ["Send 5", "closed", "Disconnect"]
    assert reason(effects) == "a second Logon (A) arrived"


@both_roles
def test_peer_logs_out(role: Role) -> None:
    session, peer = live(role)
    effects = peer.says("5", [(58, "maintenance")])
    assert brief(effects) == ["Send 5", "closed", "Disconnect clean"]
    assert reason(effects) == f"{session.target_comp_id} logged out: maintenance"
    assert [message.msg_type for message in write(session, effects)] == ["5"]


# --- heartbeats --------------------------------------------------------------------------------------------


@both_roles
def test_heartbeat_when_nothing_was_sent(role: Role) -> None:
    session, peer = live(role)
    assert session.next_deadline() == at(9).mono
    peer.says("0", (), 8.9)
    assert session.tick(at(8.99)) == []
    effects = session.tick(at(9))
    assert brief(effects) == ["Send 0"]
    assert session.tick(at(9)) == []  # asked for already, though not written yet
    (heartbeat,) = write(session, effects, 9)
    assert heartbeat.get(112) is None
    assert session.next_deadline() == at(18).mono


@both_roles
def test_anything_sent_puts_the_heartbeat_off(role: Role) -> None:
    session, peer = live(role)
    peer.says("0", (), 8)
    write(session, [Send(Draft("D", [(11, "x")]))], 8)
    assert session.tick(at(9)) == []
    assert session.next_deadline() == at(17).mono


@both_roles
def test_test_request_when_nothing_was_received_then_silence_kills(role: Role) -> None:
    session, peer = live(role)
    write(session, session.tick(at(9)), 9)
    peer.says("8", (), 9.5)
    write(session, session.tick(at(18)), 18)
    assert session.next_deadline() == at(19.5).mono
    (asked,) = write(session, session.tick(at(19.5)), 19.5)
    assert (asked.msg_type, asked.text(112)) == ("1", "T1")
    assert session.test_request_pending
    write(session, session.tick(at(28.5)), 28.5)
    assert session.next_deadline() == at(29.5).mono
    assert session.tick(at(29.49)) == []
    effects = session.tick(at(29.5))
    assert brief(effects) == ["Send 5", "closed", "Disconnect"]
    assert reason(effects) == f"{session.target_comp_id} is silent for 20.0 s, TestRequest unanswered"
    assert not session.test_request_pending


@both_roles
def test_an_answered_test_request_measures_the_round_trip(role: Role) -> None:
    session, peer = live(role)
    effects = session.test_request(at(1))
    assert session.test_request(at(1)) == []
    write(session, effects, 1.5)  # measured from the write, not from the wish
    assert peer.says("0", [(112, "T7")], 1.6) == []
    assert session.test_request_pending
    assert peer.says("0", [(112, "T1")], 1.75) == [RoundTrip(SECOND // 4)]
    assert session.round_trip == SECOND // 4
    assert not session.test_request_pending
    assert brief(session.test_request(at(2))) == ["Send 1"]


@both_roles
def test_other_messages_prove_life_while_the_echo_is_missing(role: Role) -> None:
    session, peer = live(role)
    write(session, session.test_request(at(1)), 1)
    peer.says("8", (), 2)
    write(session, [Send(Draft("0", ()))], 10)
    effects = session.tick(at(11))
    assert effects == [Warn("TestRequest unanswered for 10 s although messages arrive")]
    assert brief(session.tick(at(12))) == ["Send 1"]


def test_no_test_request_unless_live() -> None:
    session, _ = initiator()
    assert session.test_request(at(1)) == []


# --- LOGGING_OUT -------------------------------------------------------------------------------------------


@both_roles
def test_logout_handshake(role: Role) -> None:
    session, peer = live(role)
    effects = session.logout("done for today", at(1))
    assert brief(effects) == ["Send 5", "logging out"]
    (logout,) = write(session, effects, 1)
    assert logout.text(58) == "done for today"
    assert session.logout("again", at(1)) == []
    late = peer.message("8", [(39, "2")], 1.1)
    assert session.receive(late, at(1.1)) == [Deliver(late)]  # a fill under way still counts
    assert brief(peer.says("3", (), 1.1)) == ["Refused"]
    assert brief(peer.says("B", (), 1.1)) == ["News"]
    assert peer.says("1", [(112, "x")], 1.1) == []
    effects = peer.says("5", (), 1.2)
    assert brief(effects) == ["closed", "Disconnect clean"]
    assert reason(effects) == "done for today"


@both_roles
def test_logout_times_out(role: Role) -> None:
    session, _ = live(role)
    write(session, session.logout("", at(1)), 1)
    assert session.next_deadline() == at(4).mono
    assert session.tick(at(3.99)) == []
    effects = session.tick(at(4))
    assert brief(effects) == ["closed", "Disconnect"]
    assert reason(effects) == "no Logout within 3 s: logging out"


def test_a_round_trip_may_end_while_logging_out() -> None:
    session, peer = live_initiator()
    write(session, session.test_request(at(1)), 1)
    write(session, session.logout("", at(2)), 2)
    assert peer.says("0", [(112, "T1")], 2.5) == [RoundTrip(SECOND * 3 // 2)]


# --- CLOSED and lost connections ---------------------------------------------------------------------------


@both_roles
def test_the_connection_is_lost(role: Role) -> None:
    session, peer = live(role)
    assert session.disconnected(at(1), "reset by peer") == [PhaseChanged(Phase.CLOSED, "reset by peer")]
    assert session.disconnected(at(1), "again") == []
    assert session.reason == "reset by peer"
    assert peer.says("8") == []
    assert session.tick(at(100)) == []
    assert session.logout("x", at(100)) == []
    assert session.next_deadline() is None


# --- what every message must satisfy -----------------------------------------------------------------------


@both_roles
@pytest.mark.parametrize("offset", [-1, 1, 5])
def test_a_wrong_number_names_expected_and_received(role: Role, offset: int) -> None:
    session, peer = live(role)
    peer.seq += offset
    effects = peer.says("8")
    refusal = ["Send 3"] if role is Role.ACCEPTOR else []
    assert brief(effects) == [*refusal, "Send 5", "closed", "Disconnect"]
    assert reason(effects) == f"MsgSeqNum (34) is {2 + offset}, expected 2"
    assert write(session, effects)[-1].text(58) == reason(effects)
    assert session.next_in == 2


@both_roles
@pytest.mark.parametrize("seq", [None, "x", "-1", "99999999999"])
def test_a_missing_number(role: Role, seq: str | None) -> None:
    _, peer = live(role)
    effects = peer.says("8", (), seq=seq)
    assert brief(effects) == ["Send 5", "closed", "Disconnect"]
    assert reason(effects) == f"MsgSeqNum (34) is {seq or 'missing'}, expected a number"


@both_roles
def test_another_begin_string(role: Role) -> None:
    _, peer = live(role)
    effects = peer.says("8", (), begin="FIX.4.2")
    assert brief(effects) == ["Send 5", "closed", "Disconnect"]
    assert reason(effects) == "BeginString (8) is FIX.4.2, expected FIX.4.4"


@both_roles
@pytest.mark.parametrize(
    ("field", "tag", "name"), [("sender", 49, "SenderCompID"), ("target", 56, "TargetCompID")]
)
@pytest.mark.parametrize("value", ["OTHER", None])
def test_other_comp_ids(role: Role, field: str, tag: int, name: str, value: str | None) -> None:
    session, peer = live(role)
    effects = peer.says("8", (), **{field: value})
    assert brief(effects) == ["Send 3", "Send 5", "closed", "Disconnect"]
    assert reason(effects).startswith(f"{name} ({tag}) is {value or 'missing'}, expected ")
    refusal = write(session, effects)[0]
    assert [refusal.text(n) for n in (45, 371, 372, 373)] == ["2", str(tag), "8", "9"]


@both_roles
@pytest.mark.parametrize(("time", "code"), [(None, "1"), ("2025-03-01", "6"), ("20250230-00:00:00", "6")])
def test_a_message_without_sending_time_is_refused_alone(role: Role, time: str | None, code: str) -> None:
    session, peer = live(role)
    effects = peer.says("8", (), time=time)
    assert brief(effects) == ["Send 3", "Warn"]
    (refusal,) = write(session, effects)
    assert [refusal.text(tag) for tag in (45, 371, 372, 373)] == ["2", "52", "8", code]
    assert brief(peer.says("8")) == ["Deliver"]


@both_roles
@pytest.mark.parametrize("skew", [-121, 121])
def test_a_clock_that_is_far_off(role: Role, skew: int) -> None:
    session, peer = live(role)
    effects = peer.says("8", (), time=utc_timestamp(START + skew * SECOND))
    assert brief(effects) == ["Send 3", "Send 5", "closed", "Disconnect"]
    assert reason(effects) == f"SendingTime (52) is {skew:+d}.000 s from our clock, 120 s are allowed"
    assert write(session, effects)[0].text(373) == "10"


def test_the_clock_offset_is_kept_and_need_not_be_checked() -> None:
    session, peer = live_initiator(SessionConfig("BOETRADE", "SPOT", heart_bt_int=10, max_time_skew=None))
    assert brief(peer.says("8", (), time=utc_timestamp(START + 500 * SECOND))) == ["Deliver"]
    assert session.clock_offset == 500 * SECOND
    peer.says("8", (), 3)
    assert session.clock_offset == 0


def test_what_goes_back_to_the_peer_is_short_ascii() -> None:
    session, peer = live_initiator()
    (_, logout) = write(session, peer.says("8", (), sender="你好" * 500))
    text = logout.text(58) or ""
    assert text.isascii()
    assert len(text) < 120


# --- numbers -----------------------------------------------------------------------------------------------


def test_only_what_was_written_burns_a_number() -> None:
    session, _ = live_initiator()
    draft = Draft("D", [(11, "x")])
    assert [session.stamp(draft, at(1)).msg_seq_num for _ in range(3)] == [2, 2, 2]
    first, second = session.stamp(draft, at(1)), session.stamp(draft, at(1), offset=1)
    assert (first.msg_seq_num, second.msg_seq_num) == (2, 3)
    assert b"\x0134=3\x01" in second.data
    with pytest.raises(RuntimeError, match="MsgSeqNum 3 was written, the next one is 2"):
        session.wrote(second, at(1))
    session.wrote(first, at(1))
    session.wrote(second, at(1))
    assert session.next_out == 4
    with pytest.raises(RuntimeError, match="the next one is 4"):
        session.wrote(second, at(1))


def test_numbers_wrap_to_zero() -> None:
    session, peer = live_initiator()
    session.next_in = session.next_out = peer.seq = 4_294_967_295
    assert brief(peer.says("8")) == ["Deliver"]
    peer.seq = 0
    assert brief(peer.says("8")) == ["Deliver"]
    assert session.next_in == 1
    assert session.stamp(Draft("D", ()), at(0), offset=1).msg_seq_num == 0
    write(session, [Send(Draft("D", ())), Send(Draft("D", ()))])
    assert session.next_out == 1


@pytest.mark.parametrize("phase", [Phase.DOWN, Phase.LOGGING_ON, Phase.LOGGING_OUT, Phase.CLOSED])
def test_orders_are_stamped_only_while_live(phase: Phase) -> None:
    session, _ = live_initiator()
    if phase is Phase.DOWN:
        session = Session(INITIATOR)
    elif phase is Phase.LOGGING_ON:
        session, _ = initiator()
    elif phase is Phase.LOGGING_OUT:
        session.logout("", at(0))
    else:
        session.disconnected(at(0), "gone")
    with pytest.raises(NotLiveError, match=phase.value):
        session.stamp(Draft("D", [(11, "x")]), at(0))


@pytest.mark.parametrize("tag", [34, 49, 52, 56])
def test_header_fields_are_the_sessions(tag: int) -> None:
    session, _ = live_initiator()
    with pytest.raises(ValueError, match=f"field {tag}: set by the session"):
        session.stamp(Draft("D", [(tag, "x")]), at(0))


def test_reject_says_what_when_and_why() -> None:
    _, peer = live_acceptor()
    message = peer.message("D", [(11, "x")])
    draft = reject(
        message, SessionRejectReason.UNDEFINED_TAG, "what is 9999?", tag=9999, extra=[(25016, "-1103")]
    )
    assert draft == Draft(
        "3", ((45, "2"), (371, "9999"), (372, "D"), (373, "3"), (25016, "-1103"), (58, "what is 9999?"))
    )


# --- settings ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("settings", "complaint"),
    [
        ({"sender_comp_id": ""}, "sender_comp_id"),
        ({"target_comp_id": ""}, "target_comp_id"),
        ({"heart_bt_int": 0}, "heart_bt_int 0: must be 1 to 3600 seconds"),
        ({"time_precision": 9}, "time_precision 9: must be 0, 3 or 6"),
        ({"logon_timeout": 0.0}, "logon_timeout 0.0: must be more than 0"),
        ({"reset_on_logon": True}, "reset_on_logon, .*: only for numbers that live over connections"),
        ({"resend_tries": 0}, "resend_tries: 1 or more"),
    ],
)
def test_impossible_settings_are_refused(settings: dict[str, object], complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        SessionConfig(**{"sender_comp_id": "A", "target_comp_id": "B", **settings})  # type: ignore[arg-type]
