"""A floor of desks: names, routing, merged frames, and one desk's trouble that leaves the others alone."""

import string
from decimal import Decimal
from typing import Any, get_args, get_type_hints

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from blotter.desk import command
from blotter.desk.change import (
    ActSeen,
    Answer,
    BalancesView,
    DeskView,
    Difference,
    ExplainedField,
    Frame,
    Gauge,
    LinkState,
    LinkView,
    MessageSeen,
    Notice,
    Severity,
    StopOutcome,
    StopResult,
    StopView,
)
from blotter.desk.command import AnyCommand, Cancel, CancelAll, Reconcile, Stop, Submit
from blotter.desk.floor import ENDED, Floor
from blotter.desk.floor_answers import PATIENCE, SILENT
from blotter.desk.floor_names import NAMES, Name, mentions, qualify, unqualify
from blotter.desk.floor_views import totals
from blotter.trading.account import Balance, Balances
from blotter.trading.enums import OrdType, Side
from blotter.trading.instrument import Instrument, Quote
from blotter.trading.order_list import Held
from blotter.trading.qualified import split_symbol
from blotter.trading.request import ListKind, OrderListRequest, OrderRequest

D = Decimal
SECOND = 1_000_000_000

# --- names: the rule is total --------------------------------------------------------------------------------

STAYS = {
    "Frame": {"venues", "desks"},  # made by the floor itself
    "ReplayView": {"busy"},
    "DeskView": {
        "venue", "environment", "account", "entry_blocked", "drop_copy", "when_disconnected", "features", "recording",
    },  # `one_desk` says whose each is
    "LinkView": {
        "reason", "endpoint", "comp_id", "instance", "headline", "handover", "errors", "evidence",
    },
    "Order": {"leg", "hold"},
    "Placement": {"cl_ord_id", "cl_ord_ids", "order_id", "cancel_cl_ord_id", "ended_by", "former_order_ids"},
    "OrderRequest": set(),
    "Reason": {"text"},
    "PendingRequest": {"cl_ord_id", "text", "cancel_cl_ord_id", "target"},
    "Fill": {"exec_id", "cl_ord_id", "trade_id"},
    "Fee": {"asset"},
    "Quote": {"doubt"},
    "Instrument": {"base", "quote", "status"},
    "BookView": {"reason"},
    "MessageSeen": {"msg_type", "name", "summary"},  # the session tells the venue
    "OrderList": {"cl_list_id", "list_id", "pending_cancel"},
    "BalancesView": {"unit"},
    "Profit": {"quote_asset"},
    "Difference": {"ours", "theirs", "source", "resolved"},
    "StopView": {"cause"},  # `one_stop` says whose it is
    "StopOutcome": {"text"},
    "Answer": {"id", "field", "warning_rules"},
    "ActSeen": {"who", "what", "text", "bid", "ask", "refused"},
    "Submit": {"accept_rules"},
    "SubmitList": {"accept_rules"},
    "Release": {"accept_rules"},
    "Amend": {"accept_rules"},
    "Resolve": {"note"},
    "Stop": {"cause"},
    "Acted": {"what", "text"},
}  # fmt: skip
"""Texts that are the same at every venue, or the venue's own. A field that is new here or in `NAMES` belongs in one."""


def structs_in(hint: Any) -> list[type]:
    found = [hint] if isinstance(hint, type) and issubclass(hint, msgspec.Struct) else []
    return found + [one for inner in get_args(hint) for one in structs_in(inner)]


def has_text(hint: Any) -> bool:
    return hint is str or any(has_text(inner) for inner in get_args(hint))


def reachable() -> dict[type, dict[str, Any]]:
    found: dict[type, dict[str, Any]] = {}
    waiting = [Frame, *get_args(AnyCommand)]
    while waiting:
        kind = waiting.pop()
        if kind not in found:
            found[kind] = get_type_hints(kind)
            waiting += [one for hint in found[kind].values() for one in structs_in(hint)]
    return found


def test_every_text_that_a_desk_tells_or_is_told_is_a_name_or_is_known_to_stay() -> None:
    unsorted = []
    for kind, hints in reachable().items():
        stays = STAYS.get(kind.__name__, set()) | ({"id"} if kind in get_args(AnyCommand) else set())
        names = set(NAMES.get(kind, {}))
        assert not names & stays, kind
        texts = {field for field, hint in hints.items() if has_text(hint)}
        unsorted += [f"{kind.__name__}.{field}" for field in texts - names - stays]
    assert not unsorted, f"names, or the same at every venue? {sorted(unsorted)}"


def test_the_rule_names_no_field_that_does_not_exist() -> None:
    for kind, names in NAMES.items():
        assert set(names) <= set(get_type_hints(kind)), kind


# --- names: there and back -----------------------------------------------------------------------------------

PLAIN = st.text(string.ascii_letters + string.digits + "/-_#.:", min_size=1, max_size=12)
VENUE = st.from_regex(r"[A-Za-z0-9_-]{1,10}", fullmatch=True)
REQUESTS = st.builds(
    lambda symbol: OrderRequest(symbol=symbol, side=Side.BUY, ord_type=OrdType.MARKET, order_qty=D(1)), PLAIN
)
LISTS = st.builds(lambda leg: OrderListRequest(kind=ListKind.OCO, legs=(leg, leg)), REQUESTS)


def named_fields(kind: type) -> dict[str, Any]:
    """Something in every field that is a name; the rest as it comes."""
    given: dict[str, Any] = {}
    for field, hint in get_type_hints(kind).items():
        if field in NAMES.get(kind, {}):
            given[field] = st.tuples(PLAIN, PLAIN) if hint == tuple[str, ...] else PLAIN
        elif hint in (OrderRequest, OrderRequest | None):
            given[field] = REQUESTS
        elif hint in (OrderListRequest, OrderListRequest | None):
            given[field] = LISTS
        elif hint is str:
            given[field] = st.just("as it is")
        elif hint is float:
            given[field] = st.just(60.0)
        elif hint is int:
            given[field] = st.just(5)
    if kind is command.SubmitList:
        given["request"] = LISTS
    return given


COMMANDS = st.one_of(*(st.builds(kind, **named_fields(kind)) for kind in get_args(AnyCommand)))


@given(COMMANDS, VENUE)
def test_what_a_desk_is_told_comes_back_in_its_own_names(posted: AnyCommand, venue: str) -> None:
    there = qualify(posted, venue)
    assert unqualify(there) == posted
    assert {mention.venue for mention in mentions(there)} <= {venue}
    assert len(list(mentions(there))) == len(list(mentions(posted)))


def texts(value: Any) -> list[str]:
    """Every text in a value, however deep, that is neither raw nor for people."""
    if isinstance(value, msgspec.Struct):
        skip = STAYS.get(type(value).__name__, set())
        return [t for f in value.__struct_fields__ if f not in skip for t in texts(getattr(value, f))]
    if isinstance(value, dict):
        return [t for pair in value.items() for part in pair for t in texts(part)]
    if isinstance(value, list | tuple):
        return [t for inner in value for t in texts(inner)]
    return [value] if isinstance(value, str) and value else []


def request(symbol: str = "BTCUSDT") -> OrderRequest:
    return OrderRequest(symbol=symbol, side=Side.BUY, ord_type=OrdType.LIMIT, order_qty=D(1), price=D(5))


def full_frame() -> Frame:
    """Something of everything that a name can be in."""
    from blotter.trading.book import BookState, BookView
    from blotter.trading.event import OrderSubmitted
    from blotter.trading.ledger import Fill, Position
    from blotter.trading.order import Order
    from blotter.trading.order_list import ListState, OrderList
    from blotter.trading.trades import PublicTrade
    from blotter.trading.valuation import Profit

    placed = Order.submitted(OrderSubmitted(at=1, order_id="A-000001", cl_ord_id="c1", request=request()))
    leg = msgspec.structs.replace(placed, id="A-000002", list_id="L-000001")
    return Frame(
        desk=DeskView(venue="Toy", environment="embedded", limits=(Gauge(name="orders/10s", used=1, maximum=2, at=0),)),
        links={"OE": LinkView(name="OE", state=LinkState.LIVE, since=0)},
        orders={placed.id: placed, leg.id: leg},
        fills=[Fill(symbol="BTCUSDT", exec_id="e", order_id="A-000001", cl_ord_id="c1", side=Side.BUY, last_qty=D(1),
                    last_px=D(5), at=2)],
        positions={"BTCUSDT": Position(symbol="BTCUSDT")},
        quotes={"BTCUSDT": Quote(symbol="BTCUSDT", at=1)},
        instruments={"BTCUSDT": Instrument(symbol="BTCUSDT", base="BTC", quote="USDT")},
        books={"BTCUSDT": BookView(symbol="BTCUSDT", state=BookState.LIVE, since=0)},
        trades={"BTCUSDT": (PublicTrade(symbol="BTCUSDT", price=D(1), size=D(1), at=0),)},
        messages=[MessageSeen(row=1, at=1, session="OE", outbound=True, seq=1, msg_type="D", name="N", summary="s",
                              order_id="A-000001", raw=b"35=D")],
        lists={"L-000001": OrderList(id="L-000001", symbol="BTCUSDT", legs=("A-000002",), state=ListState.EXECUTING,
                                     created_at=0, updated_at=0)},
        held={"H-000001": Held(id="H-000001", at=0, request=request(), from_order_id="A-000001"), "H-000002": None},
        balances=BalancesView(
            balances=Balances(at=0, by_asset={"BTC": Balance(asset="BTC", free=D(1), locked=D(0))}), mono=0,
            worth={"BTC": D(60)}, unit="USDT", mismatches={"BTC": "kraken has less"}, error="late",
        ),
        profits={"BTCUSDT": Profit(symbol="BTCUSDT", quote_asset="USDT")},
        differences={"d1": Difference(id="d1", at=0, what="fill", ours="1", theirs="2", source="REST",
                                      order_id="A-000001"), "d2": None},
        stop=StopView(at=0, cause="F8", outcomes=(StopOutcome(order_id="A-000001", symbol="BTCUSDT", side=Side.BUY,
                                                              leaves_qty=D(1), result=StopResult.SENT),)),
        answers=[Answer(id="ui-1", ok=True, text="done", warnings=("mind",), order_ids=("A-000001",))],
        notices=[Notice(at=0, severity=Severity.INFO, text="hello", order_id="A-000001")],
        acts=[ActSeen(at=0, who="you", what="order", order_ids=("A-000001",), symbol="BTCUSDT")],
    )  # fmt: skip


def test_no_name_of_a_frame_remains_without_its_venue() -> None:
    frame = full_frame()
    for field in Frame.__struct_fields__:
        if field not in ("replaced", "replay", "venues", "desks", "messages_dropped"):
            assert getattr(frame, field), f"{field} is not in the frame of this test"
    told = texts(qualify(frame, "kraken"))
    assert len(told) == len(texts(frame)) + 1  # the act's venue
    assert [text for text in told if "kraken" not in text] == []
    assert unqualify(qualify(frame, "kraken")).orders == frame.orders
    raw = qualify(frame, "kraken").messages[0].raw
    assert raw == b"35=D"


# --- the floor -----------------------------------------------------------------------------------------------


class ScriptedDesk:
    """Implements `FloorDesk`."""

    def __init__(self) -> None:
        self.posted: list[AnyCommand] = []
        self.frame = Frame()
        self.now = 1_000 * SECOND
        self.ended = False
        self.fails: Exception | None = None

    def post(self, posted: AnyCommand) -> None:
        self.posted.append(posted)

    def drain(self) -> Frame:
        if self.fails is not None:
            raise self.fails
        frame, self.frame = self.frame, Frame()
        return frame

    def explain(self, raw: bytes, session: str = "") -> list[ExplainedField]:
        return [ExplainedField(35, "MsgType", raw.decode(), session, 0)]

    def mono(self) -> int:
        return self.now

    def wall(self) -> int:
        return self.now

    def finished(self) -> bool:
        return self.ended

    def view(self, **terms: Any) -> None:
        self.frame.desk = DeskView(**{"venue": "Toy", "environment": "embedded", "pulse": self.now, **terms})


@pytest.fixture
def desks() -> dict[str, ScriptedDesk]:
    return {"alpha": ScriptedDesk(), "beta": ScriptedDesk()}


@pytest.fixture
def floor(desks: dict[str, ScriptedDesk]) -> Floor:
    return Floor(desks)


def test_one_desk_needs_no_floor() -> None:
    with pytest.raises(ValueError, match="two desks at least"):
        Floor({"alpha": ScriptedDesk()})


def test_what_both_have_under_one_name_is_there_twice(floor: Floor, desks: dict[str, ScriptedDesk]) -> None:
    desks["alpha"].frame, desks["beta"].frame = full_frame(), full_frame()
    frame = floor.drain()
    assert frame.venues == ("alpha", "beta")
    assert set(frame.orders) == {"alpha:A-000001", "alpha:A-000002", "beta:A-000001", "beta:A-000002"}
    assert set(frame.links) == {"alpha OE", "beta OE"}
    assert set(frame.books) == {"BTCUSDT.alpha", "BTCUSDT.beta"}
    assert frame.balances is not None
    assert set(frame.balances.worth) == {"BTC.alpha", "BTC.beta"}
    assert frame.stop is not None
    assert [one.order_id for one in frame.stop.outcomes] == ["alpha:A-000001", "beta:A-000001"]
    assert frame.stop.cause == "F8"
    assert set(frame.desks) == {"alpha", "beta"}
    assert [act.venue for act in frame.acts] == ["alpha", "beta"]
    quiet = floor.drain()
    assert (quiet.desk, quiet.balances, quiet.stop) == (None, None, None)


def test_nothing_of_a_frame_is_lost_on_the_way(floor: Floor, desks: dict[str, ScriptedDesk]) -> None:
    desks["beta"].frame = full_frame()
    desks["beta"].frame.messages_dropped = 7
    frame = floor.drain()
    empty = Frame()
    lost = [field for field in Frame.__struct_fields__ if getattr(frame, field) == getattr(empty, field)]
    assert lost == ["replaced", "replay"]  # a recording is shown alone


def test_a_command_goes_to_the_desk_whose_name_it_says(floor: Floor, desks: dict[str, ScriptedDesk]) -> None:
    floor.post(Submit(id="ui-1", request=request("BTCUSDT.beta")))
    floor.post(command.TestLink(id="ui-2", session="alpha OE"))
    assert desks["beta"].posted == [Submit(id="ui-1", request=request("BTCUSDT"))]
    assert desks["alpha"].posted == [command.TestLink(id="ui-2", session="OE")]


def test_orders_at_two_venues_are_cancelled_by_each(floor: Floor, desks: dict[str, ScriptedDesk]) -> None:
    floor.post(Cancel(id="ui-1", order_ids=("alpha:A-1", "beta:A-1", "beta:A-2")))
    assert desks["alpha"].posted == [Cancel(id="ui-1", order_ids=("A-1",))]
    assert desks["beta"].posted == [Cancel(id="ui-1", order_ids=("A-1", "A-2"))]


@pytest.mark.parametrize("posted", [Stop(id="ui-1", cancel=True), CancelAll(id="ui-1", side=Side.BUY)])
def test_what_names_nothing_goes_to_all(
    posted: AnyCommand, floor: Floor, desks: dict[str, ScriptedDesk]
) -> None:
    floor.post(posted)
    assert desks["alpha"].posted == desks["beta"].posted == [posted]


@pytest.mark.parametrize(
    ("posted", "text"),
    [
        (Submit(id="ui-1", request=request()), "BTCUSDT: at which venue? say BTCUSDT.alpha or BTCUSDT.beta"),
        (Submit(id="ui-1", request=request("BTCUSDT.gone")), "BTCUSDT.gone: at which venue?"),
        (command.TestLink(id="ui-1", session="OE"), "OE: at which venue? say alpha OE or beta OE"),
        (Cancel(id="ui-1", order_ids=("A-1",)), "A-1: at which venue? say alpha:A-1 or beta:A-1"),
    ],
)
def test_what_does_not_say_its_venue_goes_nowhere(
    posted: AnyCommand, text: str, floor: Floor, desks: dict[str, ScriptedDesk]
) -> None:
    floor.post(posted)
    assert not desks["alpha"].posted
    assert not desks["beta"].posted
    (answer,) = floor.drain().answers
    assert (answer.id, answer.ok) == ("ui-1", False)
    assert answer.text.startswith(text)
    assert answer.field


def test_an_order_that_does_not_say_its_venue_keeps_no_other_from_its_cancel(
    floor: Floor, desks: dict[str, ScriptedDesk]
) -> None:
    floor.post(Cancel(id="ui-1", order_ids=("beta:A-1", "A-9")))
    assert desks["beta"].posted == [Cancel(id="ui-1", order_ids=("A-1",))]
    assert not desks["alpha"].posted
    (refused,) = floor.drain().answers
    assert refused.text.startswith("A-9: at which venue?")


def test_what_a_person_did_is_noted_where_it_was_done(floor: Floor, desks: dict[str, ScriptedDesk]) -> None:
    floor.post(command.Acted(id="ui-1", what="sent", symbol="BTCUSDT.beta", at=1))
    floor.post(command.Acted(id="ui-2", what="stop", symbol="BTCUSDT", at=2))
    assert desks["beta"].posted == [
        command.Acted(id="ui-1", what="sent", symbol="BTCUSDT", at=1),
        command.Acted(id="ui-2", what="stop", at=2),
    ]
    assert desks["alpha"].posted == [command.Acted(id="ui-2", what="stop", at=2)]
    desks["beta"].ended = True
    floor.post(command.Acted(id="ui-3", what="sent", symbol="BTCUSDT.beta", at=3))
    assert floor.drain().answers == []


def test_a_list_over_two_venues_is_refused(floor: Floor, desks: dict[str, ScriptedDesk]) -> None:
    legs = (request("BTCUSDT.alpha"), request("BTCUSDT.beta"))
    floor.post(command.SubmitList(id="ui-1", request=OrderListRequest(kind=ListKind.OCO, legs=legs)))
    (answer,) = floor.drain().answers
    assert answer.text == "submitlist: of one venue at a time, not alpha and beta"
    assert not desks["alpha"].posted + desks["beta"].posted


# --- answers -------------------------------------------------------------------------------------------------


def answer(desk: ScriptedDesk, id: str, ok: bool = True, text: str = "done", **more: Any) -> None:
    desk.frame.answers.append(Answer(id=id, ok=ok, text=text, **more))


def test_one_answer_when_all_have_answered(floor: Floor, desks: dict[str, ScriptedDesk]) -> None:
    floor.post(Stop(id="ui-1", cancel=True))
    answer(desks["beta"], "ui-1", text="2 cancels")
    assert floor.drain().answers == []
    answer(desks["alpha"], "ui-1", text="1 cancel", order_ids=("A-1",))
    assert floor.drain().answers == [
        Answer(id="ui-1", ok=True, text="alpha: 1 cancel; beta: 2 cancels", order_ids=("alpha:A-1",))
    ]


def test_a_refusal_of_one_is_told_with_its_name(floor: Floor, desks: dict[str, ScriptedDesk]) -> None:
    floor.post(command.Resume(id="ui-1"))
    answer(desks["alpha"], "ui-1")
    answer(desks["beta"], "ui-1", ok=False, text="entry is on", field="entry")
    (told,) = floor.drain().answers
    assert (told.ok, told.text, told.field) == (False, "beta: entry is on", "entry")


def test_a_desk_that_never_answers_holds_nobody_up(floor: Floor, desks: dict[str, ScriptedDesk]) -> None:
    floor.post(Stop(id="ui-1", cancel=True))
    answer(desks["alpha"], "ui-1")
    assert floor.drain().answers == []
    desks["alpha"].now += PATIENCE - 1
    assert floor.drain().answers == []
    desks["alpha"].now += 1
    (told,) = floor.drain().answers
    assert (told.ok, told.text) == (False, f"beta: {SILENT}")
    assert floor.drain().answers == []
    answer(desks["beta"], "ui-1", text="2 cancels")
    (late,) = floor.drain().answers
    assert (late.ok, late.text) == (True, "beta: 2 cancels")


def test_asking_the_venue_for_everything_has_more_time(floor: Floor, desks: dict[str, ScriptedDesk]) -> None:
    floor.post(Reconcile(id="ui-1"))
    desks["alpha"].now += 4 * PATIENCE
    assert floor.drain().answers == []


def test_an_answer_of_one_desk_alone_is_not_kept(floor: Floor, desks: dict[str, ScriptedDesk]) -> None:
    floor.post(Submit(id="ui-1", request=request("BTCUSDT.beta")))
    answer(desks["beta"], "ui-1", ok=False, text="too large", warnings=("10 above 5",), warning=True)
    (told,) = floor.drain().answers
    assert (told.text, told.warnings, told.warning) == ("beta: too large", ("beta: 10 above 5",), True)


@given(st.permutations(["alpha", "beta", "gamma"]), st.sets(st.sampled_from(["alpha", "beta", "gamma"])))
def test_whoever_answers_in_whatever_order_it_is_told_once(order: list[str], silent: set[str]) -> None:
    desks = {name: ScriptedDesk() for name in ("alpha", "beta", "gamma")}
    floor = Floor(desks)
    floor.post(Stop(id="ui-1"))
    told = []
    for name in order:
        if name not in silent:
            answer(desks[name], "ui-1")
        told += floor.drain().answers
    desks["alpha"].now += PATIENCE
    told += floor.drain().answers
    assert [one.ok for one in told] == [not silent]
    assert all((f"{name}: {SILENT}" in told[0].text) == (name in silent) for name in desks)


# --- trouble -------------------------------------------------------------------------------------------------


def test_a_desk_that_cannot_be_drained_is_told_of_once_and_the_others_are_shown(
    floor: Floor, desks: dict[str, ScriptedDesk]
) -> None:
    desks["beta"].fails = ValueError("broken")
    desks["alpha"].frame = full_frame()
    frame = floor.drain()
    assert "alpha:A-000001" in frame.orders
    assert "beta: cannot be shown: ValueError('broken') (logged)" in [one.text for one in frame.notices]
    assert floor.drain().notices == []
    desks["beta"].fails = None
    desks["beta"].frame = full_frame()
    assert "beta:A-000001" in floor.drain().orders


def test_a_desk_that_has_ended_takes_no_command_and_the_others_do(
    floor: Floor, desks: dict[str, ScriptedDesk]
) -> None:
    desks["beta"].ended = True
    assert [one.text for one in floor.drain().notices] == [f"beta: {ENDED}"]
    floor.post(Stop(id="ui-1", cancel=True))
    floor.post(Submit(id="ui-2", request=request("BTCUSDT.beta")))
    assert desks["alpha"].posted == [Stop(id="ui-1", cancel=True)]
    assert not desks["beta"].posted
    answer(desks["alpha"], "ui-1")
    answers = {one.id: one for one in floor.drain().answers}
    assert (answers["ui-1"].ok, answers["ui-1"].text) == (False, f"beta: {ENDED}")
    assert (answers["ui-2"].ok, answers["ui-2"].text) == (False, f"beta: {ENDED}")


# --- all of them in one --------------------------------------------------------------------------------------


def test_the_desk_as_a_whole_is_the_least_favourable_of_any(
    floor: Floor, desks: dict[str, ScriptedDesk]
) -> None:
    desks["alpha"].view(environment="live", tape_lag=5, armed_until=9, features=frozenset({"AMEND"}))
    desks["beta"].view(
        stopped=True, tape_lag=7, tape_rows=3, armed_until=8, dead_man_at=4, drop_copy="off",
        when_disconnected="stay", features=frozenset({"LISTS"}),
    )  # fmt: skip
    desk = floor.drain().desk
    assert desk is not None
    assert (desk.environment, desk.account) == ("live", "alpha, beta (embedded)")
    assert (desk.stopped, desk.entry_blocked) == (False, "beta: stopped")
    assert (desk.tape_lag, desk.tape_rows, desk.armed_until, desk.dead_man_at) == (7, 3, 8, 4)
    assert (desk.drop_copy, desk.when_disconnected) == ("beta: off", "beta: stay")
    assert desk.features == {"AMEND", "LISTS"}
    desks["alpha"].view(stopped=True, when_disconnected="stay")
    desks["beta"].view(stopped=True, when_disconnected="stay")
    both = floor.drain().desk
    assert both is not None
    assert (both.stopped, both.entry_blocked, both.when_disconnected) == (True, "stopped", "stay")


def test_nothing_that_a_desk_says_of_itself_is_left_out(floor: Floor, desks: dict[str, ScriptedDesk]) -> None:
    said: dict[str, Any] = {
        "limits": (Gauge(name="orders/10s", used=1, maximum=2, at=0),),
        "features": frozenset({"A"}),
    }
    for field, hint in get_type_hints(DeskView).items():
        choices = get_args(hint) or (hint,)
        said.setdefault(field, True if bool in choices else "live" if str in choices else 7)
    assert set(said) == set(DeskView.__struct_fields__)
    for desk in desks.values():
        desk.view(**said)
    desk = floor.drain().desk
    assert desk is not None
    bare = DeskView(venue="", environment="")
    assert [f for f in DeskView.__struct_fields__ if getattr(desk, f) == getattr(bare, f)] == []


def stop_view(at: int, result: StopResult, *, done: bool, cause: str = "F8") -> StopView:
    outcome = StopOutcome(order_id="A-1", symbol="BTCUSDT", side=Side.BUY, leaves_qty=D(1), result=result)
    return StopView(at=at, cause=cause, outcomes=(outcome,), done=done, written_in=at)


def test_a_stop_is_done_when_it_is_done_everywhere(floor: Floor, desks: dict[str, ScriptedDesk]) -> None:
    desks["alpha"].frame.stop = stop_view(5, StopResult.CANCELED, done=True)
    desks["beta"].frame.stop = stop_view(6, StopResult.SENT, done=False)
    first = floor.drain().stop
    assert first is not None
    assert (first.at, first.done, first.written_in) == (6, False, 6)
    desks["beta"].frame.stop = stop_view(6, StopResult.UNKNOWN, done=True)
    last = floor.drain().stop
    assert last is not None
    assert last.done
    assert [(one.order_id, one.result) for one in last.outcomes] == [
        ("alpha:A-1", StopResult.CANCELED),
        ("beta:A-1", StopResult.UNKNOWN),
    ]


def test_a_stop_of_one_desk_later_is_its_own(floor: Floor, desks: dict[str, ScriptedDesk]) -> None:
    desks["alpha"].frame.stop = stop_view(5, StopResult.CANCELED, done=True)
    desks["beta"].frame.stop = stop_view(60 * SECOND, StopResult.SENT, done=False, cause="loss limit")
    stop = floor.drain().stop
    assert stop is not None
    assert [one.order_id for one in stop.outcomes] == ["beta:A-1"]
    assert stop.cause == "beta: loss limit"


def balances(mono: int, worth: str | None, **held: str) -> BalancesView:
    table = {asset: Balance(asset=asset, free=D(qty), locked=D(0)) for asset, qty in held.items()}
    return BalancesView(
        balances=Balances(at=mono, by_asset=table),
        mono=mono,
        worth={} if worth is None else dict.fromkeys(held, D(worth)),
        unit="USDT",
    )


def test_assets_are_summed_over_the_venues_that_hold_them(
    floor: Floor, desks: dict[str, ScriptedDesk]
) -> None:
    desks["alpha"].frame.balances = balances(7, "60", BTC="1", ETH="2")
    desks["beta"].frame.balances = balances(5, "30", BTC="0.5")
    view = floor.drain().balances
    assert view is not None
    assert view.mono == 5
    (total,) = totals(view, split_symbol).values()
    assert (total.asset, total.free, total.worth, total.venues) == ("BTC", D("1.5"), D(90), 2)
    desks["beta"].frame.balances = balances(9, None, BTC="0.5")
    unpriced = floor.drain().balances
    assert unpriced is not None
    assert totals(unpriced, split_symbol)["BTC"].worth is None


def test_a_message_is_explained_by_its_own_venue(floor: Floor) -> None:
    assert floor.explain(b"8", "beta OE") == [ExplainedField(35, "MsgType", "8", "OE", 0)]


def test_what_is_told_of_several_desks_stands_in_the_order_it_happened(
    floor: Floor, desks: dict[str, ScriptedDesk]
) -> None:
    for name, times in (("alpha", (1, 5)), ("beta", (2, 4, 3))):
        desks[name].frame.notices = [Notice(at=at, severity=Severity.INFO, text=str(at)) for at in times]
    assert [one.text for one in floor.drain().notices] == [
        "alpha: 1",
        "beta: 2",
        "beta: 4",
        "beta: 3",
        "alpha: 5",
    ]


def test_a_name_of_every_kind_is_used() -> None:
    assert {kind for names in NAMES.values() for kind in names.values()} == set(Name)
