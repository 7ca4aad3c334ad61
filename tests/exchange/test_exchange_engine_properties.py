"""The engine under any sequence of commands: nothing is created or lost, books never cross, replay is exact."""

from decimal import Decimal

import msgspec
from exchange_commands import ACCOUNTS, Desk, check_invariants, reports, state
from hypothesis import given, settings
from hypothesis import strategies as st

from blotter.exchange.engine import Engine, EngineState
from blotter.exchange.event import Report, Traded
from blotter.exchange.flow import HOUSE, Flow
from blotter.exchange.history import History, is_open, own_id
from blotter.exchange.listing import LISTINGS
from blotter.trading.enums import ExecInst, ExecType, SelfTradePreventionMode, Side, TimeInForce

accounts = st.sampled_from(ACCOUNTS)
sides = st.sampled_from(Side)
ids = st.sampled_from([f"o{n}" for n in range(12)])
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
commands = st.one_of(
    st.tuples(st.just("place"), accounts, ids, sides, quantities, prices, terms),
    st.tuples(st.just("place"), accounts, ids, sides, quantities, prices, terms),
    st.tuples(st.just("place"), accounts, ids, sides, quantities, st.none(), st.one_of(cash, st.just({}))),
    st.tuples(st.just("cancel"), accounts, ids),
    st.tuples(st.just("amend"), accounts, ids, ids, quantities),
    st.tuples(st.just("replace"), accounts, ids, ids, sides, quantities, prices),
    st.tuples(st.just("mass_cancel"), accounts),
)


def run(desk: Desk, step: tuple[object, ...]) -> list[object]:
    name, *arguments = step
    more = arguments.pop() if isinstance(arguments[-1], dict) else {}
    return getattr(desk, str(name))(*arguments, **more)  # type: ignore[no-any-return]


@settings(max_examples=120, deadline=None)
@given(st.lists(commands, min_size=5, max_size=60))
def test_money_is_conserved_books_never_cross_and_replay_is_exact(steps: list[tuple[object, ...]]) -> None:
    desk = Desk()
    for step in steps:
        run(desk, step)
        check_invariants(desk)
    again = Engine(LISTINGS)
    for command in desk.log:
        again.submit(command)
    assert state(again) == state(desk.engine)
    restored = Engine(LISTINGS, msgspec.msgpack.decode(state(desk.engine), type=EngineState))
    assert state(restored) == state(desk.engine)


@settings(max_examples=60, deadline=None)
@given(st.lists(commands, min_size=5, max_size=60))
def test_the_history_agrees_with_the_books_after_any_commands(steps: list[tuple[object, ...]]) -> None:
    desk = Desk()
    for step in steps:
        run(desk, step)
    market = desk.engine.markets["BTCUSDT"]
    for account in ACCOUNTS:
        kept = desk.engine.histories[account]
        assert {report.order_id: own_id(report) for report in kept.orders() if is_open(report)} == {
            order.order_id: order.cl_ord_id for order in market.owned(account)
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
            filled = sum((f.last_qty for f in kept.fills if f.order_id == report.order_id), Decimal(0))
            assert filled == report.cum_qty
        assert History(kept.dump()).dump() == kept.dump()


@settings(max_examples=80, deadline=None)
@given(st.lists(commands, min_size=5, max_size=60))
def test_reports_tell_a_consistent_story(steps: list[tuple[object, ...]]) -> None:
    desk = Desk()
    filled: dict[int, Decimal] = {}
    exec_ids: list[int] = []
    for step in steps:
        outcomes = run(desk, step)
        found = reports(outcomes)  # type: ignore[arg-type]
        traded = sum((o.qty for o in outcomes if isinstance(o, Traded)), Decimal(0))
        assert sum((r.last_qty for r in found), Decimal(0)) == 2 * traded
        exec_ids += [r.exec_id for r in found if r.exec_id is not None]
        for report in found:
            check_report(report, filled)
    assert exec_ids == list(range(len(exec_ids)))


def check_report(report: Report, filled: dict[int, Decimal]) -> None:
    if report.exec_type is ExecType.REJECTED:
        assert report.order_id is None
        assert report.exec_id is None
        return
    assert report.order_id is not None
    assert report.leaves_qty is not None
    filled[report.order_id] = filled.get(report.order_id, Decimal(0)) + report.last_qty
    assert report.cum_qty == filled[report.order_id]
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
