"""Who sits at the screen, what leaves it, how sessions and the life of an order are told: all without an app."""

import pytest
from fake_desk import SECOND, START, FakeDesk, busy_messages, make_order, make_request
from hypothesis import given
from hypothesis import strategies as st

from blotter.desk.change import RECORDED, ActSeen, ExplainedField, Gauge, LinkState, LinkView, MessageSeen
from blotter.desk.command import Acted, Cancel, CancelAll, HandOver, LogOut, Stop, Submit, Watch
from blotter.tui.entry import Entry, Reading, Stage
from blotter.tui.inspector import FieldRow, folded
from blotter.tui.locking import MINUTE, Lock
from blotter.tui.model import Model
from blotter.tui.restricted import LOOKING, SAFE, Restricted
from blotter.tui.session_card import card, sparkline
from blotter.tui.session_rates import SessionRates
from blotter.tui.session_table import READ_ONLY, VERBS, closed
from blotter.tui.timeline import acts_of, timeline
from blotter.tui.typed import Typed

# --- the lock ------------------------------------------------------------------------------------------------


def test_a_key_that_comes_too_late_finds_the_screen_locked() -> None:
    lock = Lock.of(15, 0).touch(10 * MINUTE)
    assert not lock.look(24 * MINUTE).locked
    assert lock.touch(25 * MINUTE).locked
    assert not lock.lock().unlock(26 * MINUTE).look(27 * MINUTE).locked


def test_without_minutes_it_locks_by_hand_only() -> None:
    lock = Lock.of(None, 0)
    assert not lock.touch(10_000 * MINUTE).locked
    assert lock.lock().touch(1).locked


@given(st.lists(st.integers(0, 20), max_size=30))
def test_it_locks_at_the_first_long_gap_and_stays(gaps: list[int]) -> None:
    lock, now = Lock.of(5, 0), 0
    for gap in gaps:
        now += gap * MINUTE
        lock = lock.touch(now)
    assert lock.locked is any(gap >= 5 for gap in gaps)


# --- the last door -------------------------------------------------------------------------------------------


def test_what_must_not_leave_comes_back_refused() -> None:
    desk = FakeDesk()
    port = Restricted(desk, lambda command: "" if isinstance(command, (*LOOKING, *SAFE)) else "locked")
    port.post(Submit(id="1", request=make_request()))
    for safe in (
        Cancel(id="2", order_ids=("A-1",)),
        CancelAll(id="3"),
        Stop(id="4"),
        Watch(id="5", symbol="X"),
    ):
        port.post(safe)
    port.post(HandOver(id="6", session="OE"))
    assert [command.id for command in (*desk.commands, *desk.watches)] == ["2", "3", "4", "5"]
    assert [(answer.id, answer.ok, answer.text) for answer in port.drain().answers] == [
        ("1", False, "locked"),
        ("6", False, "locked"),
    ]
    assert port.drain().answers == []


def test_an_act_that_must_not_leave_is_no_command_that_failed() -> None:
    port = Restricted(FakeDesk(), lambda command: "read-only")
    port.post(Acted(id="1", what="asked"))
    assert port.drain().answers == []


# --- drafts --------------------------------------------------------------------------------------------------

READY = Reading(line="buy", terms=make_request(), symbol="BTCUSDT", words="BUY")


def test_a_draft_left_alone_must_be_looked_at_before_it_is_reviewed() -> None:
    draft = Entry().edit(READY, 0)
    assert draft.outlive(299 * SECOND, 300 * SECOND) == draft
    old = draft.outlive(300 * SECOND, 300 * SECOND)
    assert old.aged
    looked = old.review(301 * SECOND)
    assert (looked.stage, looked.aged) == (Stage.DRAFT, False)
    assert looked.review(302 * SECOND).stage is Stage.REVIEW
    assert not old.edit(READY, 302 * SECOND).aged


def test_a_review_does_not_age_as_a_draft_and_a_key_is_a_touch() -> None:
    review = Entry().edit(READY, 0).review(0)
    assert review.outlive(400 * SECOND, 300 * SECOND) == review
    assert review.drop().outlive(400 * SECOND, 300 * SECOND).aged
    refused = review.expire(40 * SECOND, 30 * SECOND)
    assert not refused.outlive(300 * SECOND, 300 * SECOND).aged


# --- a typed word --------------------------------------------------------------------------------------------


def typed(word: str, *keys: str) -> Typed:
    made = Typed(word)
    for key in keys:
        made = made.key(key, key if len(key) == 1 else None)
    return made


def test_a_word_is_right_letter_for_letter() -> None:
    assert typed("OE", "o", "e").right
    assert typed("kraken OE", *"kraken oe").right
    assert not typed("OE", "o").right
    assert not typed("OE", "o", "e", "x").right
    assert typed("OE", "o", "x", "backspace", "e").right
    assert not typed("").right


def test_enter_on_a_wrong_word_says_so_and_begins_anew() -> None:
    wrong = typed("OE", "y", "enter")
    assert (wrong.text, wrong.wrong) == ("", True)
    assert "not the word" in wrong.line().plain
    assert not wrong.takes("escape", "\x1b")


# --- sessions ------------------------------------------------------------------------------------------------


def link(name: str = "OE", state: LinkState = LinkState.LIVE, **terms: object) -> LinkView:
    return LinkView(name=name, state=state, since=START, last_in=0, last_out=0, **terms)


def text(view: LinkView, *, stalled: bool = False, chosen: bool = True, why: str = "") -> str:
    rates = SessionRates()
    lines = card(
        view, SECOND, rate=rates.rate(view.name), gauges=(), chosen=chosen, stalled=stalled, closed=why
    )
    return "\n".join(line.plain for line in lines)


def test_a_card_tells_gaps_errors_evidence_and_what_cannot_be_done() -> None:
    told = text(
        link(expected=7, received=12, errors=((START, "reset by peer"),), evidence="built from documents")
    )
    assert "expected 7, received 12: 5 are asked for again" in told
    assert "10:14:22 reset by peer" in told
    assert "built from documents" in told
    assert "log on: it was not logged out" in told
    down = text(link(state=LinkState.DOWN, suspended=True))
    assert "test: it is down" in down
    assert "L log on" in down


def test_only_the_chosen_card_has_verbs_and_none_where_nothing_may_act() -> None:
    assert "verbs" not in text(link(), chosen=False)
    assert READ_ONLY in text(link(), why=READ_ONLY)
    assert "hand over" not in text(link(), why=READ_ONLY)


def test_what_is_not_live_or_stalled_is_struck() -> None:
    def struck(view: LinkView, stalled: bool) -> bool:
        lines = card(view, SECOND, rate=None, gauges=(), chosen=False, stalled=stalled, closed="")
        (numbers,) = [line for line in lines if "next in" in line.plain]
        return any("strike" in str(span.style) for span in numbers.spans)

    assert not struck(link(), stalled=False)
    assert struck(link(), stalled=True)
    assert struck(link(state=LinkState.STALE), stalled=False)


def test_every_verb_that_interrupts_says_what_it_puts_at_stake() -> None:
    assert {verb.name for verb in VERBS if verb.risk} == {"hand over", "reconnect", "log out"}
    assert all(verb.command("1", "OE").session == "OE" for verb in VERBS)


def test_why_nothing_can_be_done() -> None:
    model = Model(max_messages=1)
    assert closed(model, False) == ""
    assert closed(model, True) == READ_ONLY
    desk = FakeDesk()
    desk.set_desk(recording="tape")
    model.apply(desk.drain())
    assert closed(model, True) == RECORDED


def test_a_rate_is_of_the_last_seconds_and_begins_anew_with_the_desk() -> None:
    rates = SessionRates()
    for second in range(8):
        rates.sample(link(messages_in=second * 10, bytes_in=second * 1_000), second * SECOND)
    rate = rates.rate("OE")
    assert rate is not None
    assert (rate.messages_in, rate.bytes_in, rate.messages_out) == (10, 1_000, 0)
    rates.sample(link(messages_in=0), 9 * SECOND)
    assert rates.rate("OE") is None
    assert rates.rate("DC") is None


def test_a_sparkline_reaches_from_low_to_high() -> None:
    assert sparkline([5, 5]) == "▁▁"
    assert sparkline([1, 8, 4]) == "▁█▄"
    assert sparkline([]) == ""


# --- an order's life -----------------------------------------------------------------------------------------


def act(what: str, at: int, **terms: object) -> ActSeen:
    return ActSeen(**{"at": at, "who": "you", "what": what, "symbol": "BTCUSDT", **terms})


def report(at: int, exec_type: str, *, session: str = "OE") -> MessageSeen:
    raw = f"8=FIX.4.4\x0135=8\x01150={exec_type}\x01".encode()
    return MessageSeen(
        row=1, at=at, session=session, outbound=False, seq=1, msg_type="8", name="ExecutionReport", summary=exec_type,
        order_id="A-000001", raw=raw,
    )  # fmt: skip


def request(at: int, msg_type: str = "D") -> MessageSeen:
    return MessageSeen(
        row=1, at=at, session="OE", outbound=True, seq=1, msg_type=msg_type, name="", summary=msg_type,
        order_id="A-000001",
    )  # fmt: skip


def test_the_life_of_an_order_with_who_did_what_and_how_long_it_took() -> None:
    order = make_order(1, age=0)
    start = order.created_at
    acts = [
        act("draft begun", start - 900),
        act("review shown", start - 400),
        act("sent", start + 50, order_ids=("A-000001",), pressed_at=start - 30),
        act("cancel", start + 5_000, order_ids=("A-000001",), who="another terminal"),
        act("cancel", start + 6_000, order_ids=("A-000002",)),
    ]
    messages = [
        request(start + 20), report(start + 120, "0"), report(start + 1_120, "F"),
        report(start + 1_500, "0", session="DC"),
        request(start + 5_100, "F"), report(start + 5_400, "4"),
    ]  # fmt: skip
    steps = timeline(order, messages, acts_of(acts, ["A-000001"], order))
    assert [(step.kind, step.ends, step.took) for step in steps] == [
        ("act", "", None),
        ("act", "", None),
        ("act", "", None),
        ("tape", "key→tape", 30),
        ("out", "tape→socket", 20),
        ("in", "socket→ack", 100),
        ("in", "ack→fill", 1_000),
        ("in", "", None),
        ("act", "", None),
        ("out", "act→socket", 100),
        ("in", "cancel→canceled", 300),
    ]
    assert [step.who for step in steps if step.kind == "act"] == ["you", "you", "you", "another terminal"]


def test_a_stop_is_part_of_the_life_of_what_was_open_then() -> None:
    order = make_order(1, age=10)
    stop = act("stop and cancel all", START, who="a rule", symbol="", all_orders=True, text="loss limit")
    early = act("stop and cancel all", START - 60 * SECOND, symbol="", all_orders=True)
    other = act("cancel all", START, symbol="ETHUSDT", all_orders=True)
    assert acts_of([early, stop, other], [order.id], order) == [stop]


def test_messages_alone_make_a_life_too() -> None:
    steps = timeline(None, busy_messages()[3:5], ())
    assert [(step.kind, step.took) for step in steps] == [("out", None), ("in", 10_000_000)]


# --- groups --------------------------------------------------------------------------------------------------


def rows(*depths: int) -> list[FieldRow]:
    return [FieldRow(ExplainedField(100 + place, "n", "v", "", depth)) for place, depth in enumerate(depths)]


def test_groups_fold_with_all_that_is_in_them() -> None:
    tree = rows(0, 0, 1, 1, 2, 1, 0)
    assert [(row.field.tag, row.inside) for row in folded(tree, ())] == [
        (100, 0), (101, 4), (102, 0), (103, 1), (104, 0), (105, 0), (106, 0)
    ]  # fmt: skip
    assert [row.field.tag for row in folded(tree, {101})] == [100, 101, 106]
    assert [row.field.tag for row in folded(tree, {103})] == [100, 101, 102, 103, 105, 106]
    assert [row.field.tag for row in folded(tree, {100, 106})] == [row.field.tag for row in tree]


@pytest.mark.parametrize("command", [LogOut(id="1", session="OE"), Submit(id="1", request=make_request())])
def test_a_locked_screen_takes_no_risk(command: object) -> None:
    assert not isinstance(command, (*LOOKING, *SAFE))


def test_a_gauge_is_its_sessions_by_name() -> None:
    gauge = Gauge(name="kraken DC messages/10s", used=1, maximum=2, at=0)
    lines = card(link("kraken DC"), SECOND, rate=None, gauges=[gauge], chosen=False, stalled=False, closed="")
    assert any("kraken DC messages" in line.plain for line in lines)
