"""The engine under any sequence of commands: nothing is created or lost, books never cross, replay is exact."""

from decimal import Decimal

import msgspec
from exchange_client import request
from exchange_commands import ACCOUNTS, Desk, check_invariants, reports, state, stop
from hypothesis import given, settings
from hypothesis import strategies as st

from blotter.exchange.engine import Engine, EngineState
from blotter.exchange.event import Report, Traded
from blotter.exchange.flow import HOUSE, Flow
from blotter.exchange.history import History, is_open, own_id
from blotter.exchange.listing import LISTINGS
from blotter.trading.enums import (
    ExecInst,
    ExecType,
    OrdType,
    PegPriceType,
    SelfTradePreventionMode,
    Side,
    TimeInForce,
    TriggerPriceDirection,
)
from blotter.trading.request import ListKind, OrderRequest

accounts = st.sampled_from(ACCOUNTS)
sides = st.sampled_from(Side)
ids = st.sampled_from([f"o{n}" for n in range(12)])
legs = st.one_of(
    ids, st.builds("{}{}".format, ids, st.integers(0, 2))
)  # those of a list bear its name and a number
prices = st.integers(9_995, 10_005).map(lambda ticks: str(Decimal(ticks) / 100))
quantities = st.integers(10_000, 300_000).map(lambda lots: str(Decimal(lots) / 100_000))
small = st.integers(10_000, 80_000).map(lambda lots: str(Decimal(lots) / 100_000))  # twelve fit a balance
modes = st.sampled_from([m for m in SelfTradePreventionMode if m is not SelfTradePreventionMode.TRANSFER])
terms = st.one_of(
    st.fixed_dictionaries({"time_in_force": st.sampled_from(TimeInForce), "self_trade_prevention": modes}),
    st.fixed_dictionaries({"exec_inst": st.just(ExecInst.PARTICIPATE_DONT_INITIATE)}),
    st.fixed_dictionaries({"max_floor": quantities.map(Decimal), "self_trade_prevention": modes}),
)
cash = st.integers(500, 50_000).map(lambda cents: {"order_qty": None, "cash_order_qty": Decimal(cents) / 100})
routed = st.fixed_dictionaries(
    {"time_in_force": st.sampled_from(TimeInForce), "smart_routing": st.just(True)}
)
directions = st.one_of(st.none(), st.sampled_from(TriggerPriceDirection))
bips = st.one_of(st.none(), st.integers(10, 20))


def contingent(
    side: Side,
    qty: str,
    trigger: str,
    limit: str | None,
    direction: TriggerPriceDirection | None,
    trail: int | None,
) -> OrderRequest:
    """Any order with a trigger: a plain one has a direction, one that trails may be without, and without a price."""
    if direction is None:
        return stop(side, qty, None, limit, trailing_bips=trail or 10, trigger_direction=None)
    return stop(side, qty, trigger, limit, trigger_direction=direction, trailing_bips=trail)


def pegged(
    side: Side, qty: str, peg: PegPriceType, offset: int | None, more: dict[str, object]
) -> OrderRequest:
    return request(side, qty, None, ord_type=OrdType.PEGGED, peg_price_type=peg, peg_offset=offset, **more)


contingents = st.builds(contingent, sides, small, prices, st.one_of(st.none(), prices), directions, bips)
pegs = st.builds(
    pegged,
    sides,
    quantities,
    st.sampled_from(PegPriceType),
    st.one_of(st.none(), st.integers(1, 2)),
    st.one_of(
        st.fixed_dictionaries({"time_in_force": st.sampled_from(TimeInForce)}),
        st.fixed_dictionaries({"exec_inst": st.just(ExecInst.PARTICIPATE_DONT_INITIATE)}),
        st.fixed_dictionaries(
            {
                "time_in_force": st.just(TimeInForce.GOOD_TILL_CANCEL),
                "trigger_price": prices.map(Decimal),
                "trigger_direction": st.sampled_from(TriggerPriceDirection),
            }
        ),
    ),
)
near = st.integers(1, 4).map(lambda ticks: Decimal(ticks) / 100)


def paired(
    side: Side, qty: str, below: Decimal, above: Decimal, limited: bool
) -> tuple[OrderRequest, OrderRequest]:
    """A pair around 100: a stop-loss and a post-only order, or a stop-loss and a take-profit."""
    loss, gain = (100 - below, 100 + above) if side is Side.SELL else (100 + above, 100 - below)
    stopped = stop(side, qty, str(loss))
    ahead = TriggerPriceDirection.UP if side is Side.SELL else TriggerPriceDirection.DOWN
    post = {"exec_inst": ExecInst.PARTICIPATE_DONT_INITIATE}
    taken = (
        stop(side, qty, str(gain), trigger_direction=ahead)
        if limited
        else request(side, qty, str(gain), **post)
    )
    return (stopped, taken) if side is Side.SELL else (taken, stopped)


def listed(
    kind: ListKind,
    working: OrderRequest,
    pending: OrderRequest,
    pair: tuple[OrderRequest, OrderRequest],
    sale: tuple[OrderRequest, OrderRequest],
) -> tuple[ListKind, tuple[OrderRequest, ...]]:
    """A list of a shape the venue knows."""

    def unsized(legs: tuple[OrderRequest, ...]) -> tuple[OrderRequest, ...]:
        return tuple(msgspec.structs.replace(leg, order_qty=None) for leg in legs)

    buying = msgspec.structs.replace(working, side=Side.BUY)
    match kind:
        case ListKind.OCO:
            return kind, pair
        case ListKind.OTO:
            return kind, (working, pending)
        case ListKind.OTOCO:
            return kind, (working, *pair)
        case ListKind.OPO:
            return kind, (buying, *unsized(sale[1:]))
        case ListKind.OPOCO:
            return kind, (buying, *unsized(sale))


limits = st.builds(request, sides, small, prices)
lists = st.builds(
    listed,
    st.sampled_from(ListKind),
    limits,
    st.one_of(limits, contingents),
    st.builds(paired, sides, small, near, near, st.booleans()),
    st.builds(paired, st.just(Side.SELL), small, near, near, st.booleans()),
)
commands = st.one_of(
    st.tuples(st.just("place"), accounts, ids, sides, quantities, prices, terms),
    st.tuples(st.just("place"), accounts, ids, sides, quantities, prices, st.one_of(terms, routed)),
    st.tuples(st.just("place"), accounts, ids, sides, quantities, prices, st.just({"symbol": "BTCUSDC"})),
    st.tuples(st.just("place"), accounts, ids, sides, quantities, st.none(), st.one_of(cash, st.just({}))),
    st.tuples(st.just("order"), accounts, ids, contingents),
    st.tuples(st.just("order"), accounts, ids, pegs),
    st.tuples(st.just("group"), accounts, ids, lists),
    st.tuples(st.just("group"), accounts, ids, lists),
    st.tuples(st.just("cancel_list"), accounts, ids),
    st.tuples(st.just("cancel"), accounts, legs),
    st.tuples(st.just("amend"), accounts, ids, legs, st.one_of(quantities, small)),
    st.tuples(
        st.just("modify"), accounts, ids, legs, st.one_of(st.none(), quantities), st.one_of(st.none(), prices)
    ),
    st.tuples(st.just("replace"), accounts, ids, legs, sides, quantities, prices),
    st.tuples(st.just("mass_cancel"), accounts),
)


def market_at_100() -> Desk:
    """A desk whose last price is where the commands are."""
    desk = Desk()
    for symbol in ("BTCUSDT", "BTCUSDC"):
        desk.last("100", symbol)
    return desk


def run(desk: Desk, step: tuple[object, ...]) -> list[object]:
    name, *arguments = step
    if name == "group":
        account, list_name, (kind, orders) = arguments  # type: ignore[misc]
        return desk.group(account, list_name, kind, *orders)  # type: ignore[arg-type, return-value]
    more = arguments.pop() if isinstance(arguments[-1], dict) else {}
    return getattr(desk, str(name))(*arguments, **more)  # type: ignore[no-any-return]


@settings(max_examples=120, deadline=None)
@given(st.lists(commands, min_size=5, max_size=60))
def test_money_is_conserved_books_never_cross_and_replay_is_exact(steps: list[tuple[object, ...]]) -> None:
    desk = market_at_100()
    half = len(steps) // 2
    restored, told, retold = None, [], []
    for number, step in enumerate(steps):
        if number == half:  # a second engine takes over from a snapshot
            restored = Engine(LISTINGS, msgspec.msgpack.decode(state(desk.engine), type=EngineState))
        outcomes = run(desk, step)
        check_invariants(desk)
        if restored is not None:
            told.append(outcomes)
            retold.append(restored.submit(desk.log[-1]))
    assert restored is not None
    assert retold == told
    assert state(restored) == state(desk.engine)
    again = Engine(LISTINGS)
    for command in desk.log:
        again.submit(command)
    assert state(again) == state(desk.engine)


@settings(max_examples=60, deadline=None)
@given(st.lists(commands, min_size=5, max_size=60))
def test_the_history_agrees_with_the_books_after_any_commands(steps: list[tuple[object, ...]]) -> None:
    desk = market_at_100()
    for step in steps:
        run(desk, step)
    market = desk.engine.markets["BTCUSDT"]
    for account in ACCOUNTS:
        kept = desk.engine.histories[account]
        assert {report.order_id: own_id(report) for report in kept.orders("BTCUSDT") if is_open(report)} == {
            order.order_id: order.cl_ord_id for order in market.owned(account)
        }
        assert {(s.list_id, *(m.cl_ord_id for m in s.members)) for s in kept.open_lists()} == {
            (found.list_id, *found.cl_ord_ids) for found in desk.engine.lists.owned(account)
        }
        for order in market.owned(account):
            report = kept.named("BTCUSDT", order.cl_ord_id)
            assert report is not None
            assert (report.order_id, report.cum_qty, report.leaves_qty) == (
                order.order_id,
                order.cum_qty,
                order.leaves,
            )
        for report in kept.orders():
            fills = [f for f in (*kept.fills, *kept.allocations) if key(f) == key(report)]
            assert sum((fill.last_qty for fill in fills), Decimal(0)) == report.cum_qty
        assert History(kept.dump()).dump() == kept.dump()


@settings(max_examples=80, deadline=None)
@given(st.lists(commands, min_size=5, max_size=60))
def test_reports_tell_a_consistent_story(steps: list[tuple[object, ...]]) -> None:
    desk = market_at_100()
    filled: dict[tuple[str, int | None], Decimal] = {}
    exec_ids: dict[str, list[int]] = {}
    ended: set[tuple[str, int | None]] = set()
    for step in steps:
        outcomes = run(desk, step)
        found = reports(outcomes)  # type: ignore[arg-type]
        traded = sum((o.qty for o in outcomes if isinstance(o, Traded)), Decimal(0))
        assert sum((r.last_qty for r in found), Decimal(0)) == 2 * traded
        for report in found:
            check_report(report, filled)
            if report.exec_id is not None:
                exec_ids.setdefault(report.symbol, []).append(report.exec_id)
                assert key(report) not in ended  # what has ended is heard of no more
                if not is_open(report):
                    ended.add(key(report))
    for numbers in exec_ids.values():
        assert numbers == list(range(len(numbers)))


def key(report: Report) -> tuple[str, int | None]:
    return report.symbol, report.order_id


def check_report(report: Report, filled: dict[tuple[str, int | None], Decimal]) -> None:
    if report.exec_type is ExecType.REJECTED:
        assert report.order_id is None
        assert report.exec_id is None
        return
    assert report.order_id is not None
    assert report.leaves_qty is not None
    filled[key(report)] = filled.get(key(report), Decimal(0)) + report.last_qty
    assert report.cum_qty == filled[key(report)]
    assert report.working == (report.working_at is not None)
    assert report.working or not report.cum_qty
    if report.time_in_force is TimeInForce.FILL_OR_KILL and report.exec_type is ExecType.EXPIRED:
        assert not report.cum_qty or report.stp is SelfTradePreventionMode.DECREMENT
    if report.leaves_qty:
        assert report.order_qty is not None
        assert report.cum_qty + report.leaves_qty + report.prevented_qty == report.order_qty


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(prices, small), min_size=2, max_size=12), quantities)
def test_the_taker_meets_orders_in_price_time_order(resting: list[tuple[str, str]], taken: str) -> None:
    desk = Desk()
    for number, (price, qty) in enumerate(resting):
        desk.place("ann", f"m{number}", Side.SELL, qty, price)
    expected = sorted(range(len(resting)), key=lambda n: (Decimal(resting[n][0]), n))
    outcomes = desk.place("bob", "taker", Side.BUY, taken, "200")
    met = [int(r.cl_ord_id[1:]) for r in reports(outcomes, "ann")]
    assert met == expected[: len(met)]
    left = Decimal(taken) - sum((Decimal(resting[n][1]) for n in met[:-1]), Decimal(0))
    assert left > 0


@settings(max_examples=4, deadline=None)
@given(st.integers(0, 2**32))
def test_the_house_is_deterministic_keeps_quotes_and_is_never_refused(seed: int) -> None:
    engines = []
    for _ in "ab":
        engine = Engine(LISTINGS)
        flow = Flow(engine, seed)
        for command in flow.open(0):
            engine.submit(command)
        for number in range(300):
            for symbol in engine.markets:
                for command in flow.step(symbol, number):
                    outcomes = engine.submit(command)
                    assert not any(isinstance(outcome, Report) for outcome in outcomes)
        engines.append(engine)
    assert state(engines[0]) == state(engines[1])
    for market in engines[0].markets.values():
        assert market.open_count[HOUSE] > 4
        assert market.state.next_trade_id > 30
