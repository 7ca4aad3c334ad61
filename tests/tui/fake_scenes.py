"""More of a scripted day: order lists with legs, held terms, a stop with its outcomes, differences, balances."""

import msgspec
from fake_desk import SECOND, START, D, FakeDesk, busy, make_order, replace_pending

from blotter.desk.change import BalancesView, Difference, Gauge, LinkState, StopOutcome, StopResult, StopView
from blotter.trading.account import Balance, Balances
from blotter.trading.book import BookState
from blotter.trading.enums import OrdType, Side, TimeInForce, TriggerPriceDirection
from blotter.trading.event import Fee
from blotter.trading.instrument import Quote
from blotter.trading.order import Order, OrderState
from blotter.trading.order_list import Held, ListState, OrderList
from blotter.trading.request import ListKind, OrderRequest
from blotter.trading.valuation import Profit

WORKING = True
SILENT = None  # WorkingIndicator is absent until the order is on the book


def stop_order(
    number: int,
    trigger: str,
    *,
    take: bool = False,
    side: Side = Side.SELL,
    limit: str | None = None,
    trail: int | None = None,
    state: OrderState = OrderState.NEW,
    working: bool | None = SILENT,
    **terms: object,
) -> Order:
    """A contingent order: stop loss, or take profit with `take`."""
    base = make_order(number, state, side=side, price=limit, **terms)
    rising = take == (side is Side.SELL)
    request = OrderRequest(
        symbol=base.symbol,
        side=side,
        ord_type=OrdType.STOP if limit is None else OrdType.STOP_LIMIT,
        order_qty=base.placements[0].order_qty,
        price=None if limit is None else D(limit),
        time_in_force=None if limit is None else TimeInForce.GOOD_TILL_CANCEL,
        trigger_price=D(trigger),
        trigger_direction=TriggerPriceDirection.UP if rising else TriggerPriceDirection.DOWN,
        trailing_bips=trail,
    )
    placement = msgspec.structs.replace(base.placements[0], request=request, working=working)
    return msgspec.structs.replace(base, placements=(placement,))


def as_leg(order: Order, list_id: str, leg: str, *, waiting: bool = False) -> Order:
    placement = msgspec.structs.replace(order.placements[0], waiting=waiting)
    return msgspec.structs.replace(order, list_id=list_id, leg=leg, placements=(placement,))


def make_list(number: int, kind: ListKind, legs: list[Order], age: float = 42, **terms: object) -> OrderList:
    at = START - int(age * SECOND)
    return OrderList(
        **{
            "id": f"L-{number:06d}",
            "symbol": legs[0].symbol,
            "legs": tuple(leg.id for leg in legs),
            "state": ListState.EXECUTING,
            "created_at": at,
            "updated_at": at,
            "kind": kind,
            "list_id": str(700 + number),
            **terms,
        }
    )


def oco(number: int = 31, first: int = 4201) -> tuple[OrderList, list[Order]]:
    """A profit at 61,000 and a stop at 59,000, of a long position."""
    list_id = f"L-{number:06d}"
    legs = [
        as_leg(stop_order(first, "59000", age=42), list_id, "below"),
        as_leg(make_order(first + 1, side=Side.SELL, price="61000", post=True, age=42), list_id, "above"),
    ]
    return make_list(number, ListKind.OCO, legs), legs


def bracket(number: int = 32, first: int = 4211) -> tuple[OrderList, list[Order]]:
    """A buy that works, its exits pending."""
    list_id = f"L-{number:06d}"
    legs = [
        as_leg(make_order(first, price="60000", age=20), list_id, "working"),
        as_leg(stop_order(first + 1, "59000", limit="58900", age=20), list_id, "below", waiting=True),
        as_leg(
            make_order(first + 2, side=Side.SELL, price="62000", post=True, age=20),
            list_id,
            "above",
            waiting=True,
        ),
    ]
    return make_list(number, ListKind.OTOCO, legs, age=20), legs


def add_list(desk: FakeDesk, made: tuple[OrderList, list[Order]]) -> OrderList:
    order_list, legs = made
    desk.frame.lists[order_list.id] = order_list
    desk.add_orders(legs)
    return order_list


def add_held(desk: FakeDesk, number: int = 4, price: str = "59500", age: float = 300) -> Held:
    order = make_order(1, price=price)
    held = Held(id=f"H-{number:06d}", at=START - int(age * SECOND), request=order.current.request)
    desk.frame.held[held.id] = held
    return held


def lists(desk: FakeDesk) -> None:
    """A day with lists, a stop of its own, a trailing stop and held terms."""
    busy(desk)
    add_list(desk, oco())
    add_list(desk, bracket())
    desk.add_orders(
        [
            stop_order(4221, "58000", age=6),
            stop_order(4222, "62500", take=True, limit="62450", age=7),
            stop_order(4223, "60900", trail=50, age=8),
            stop_order(4224, "60100", age=9, working=WORKING, limit="60050"),
        ]
    )
    add_held(desk)


OUTCOMES = (
    ("A-004116", "ETHUSDT", Side.BUY, "2", StopResult.UNKNOWN, "no answer in 5 s"),
    ("A-004117", "ETHUSDT", Side.SELL, "4", StopResult.REFUSED, "UNKNOWN_ORDER (-2011)"),
    ("A-004118", "BTCUSDT", Side.BUY, "0.5", StopResult.CANCELED, ""),
    ("A-004119", "BTCUSDT", Side.SELL, "0.15", StopResult.FILLED, ""),
    ("A-004120", "BTCUSDT", Side.BUY, "0.25", StopResult.SENT, ""),
)


def stop_view(*, done: bool = False, cause: str = "F8", at: int = START, **results: StopResult) -> StopView:
    """The outcomes of the open orders of a busy day; `A_004120=...` changes one."""
    changed = {name.replace("_", "-"): result for name, result in results.items()}
    return StopView(
        at=at,
        cause=cause,
        outcomes=tuple(
            StopOutcome(
                order_id=id,
                symbol=symbol,
                side=side,
                leaves_qty=D(qty),
                result=changed.get(id, result),
                text=text,
            )
            for id, symbol, side, qty, result, text in OUTCOMES
        ),
        written_in=41_000_000,
        done=done,
    )


def differences(desk: FakeDesk) -> None:
    """Two sources that do not agree, and one case that went away by itself."""
    busy(desk)
    desk.set_link("DC", next_in=55_120, next_out=402)
    for one in (
        Difference(
            id="d1",
            at=START - 8 * SECOND,
            what="fill 8812004119 of A-004119",
            ours="not reported",
            theirs="0.1 @ 60,124.10",
            source="drop copy",
            order_id="A-004119",
        ),
        Difference(
            id="d2",
            at=START - 4 * SECOND,
            what="balance BTC",
            ours="1.25000",
            theirs="1.24969",
            source="REST",
        ),
        Difference(
            id="d3",
            at=START - 60 * SECOND,
            what="state of A-004114",
            ours="new",
            theirs="canceled",
            source="drop copy",
            resolved="report arrived 1.2 s later",
        ),
    ):
        desk.frame.differences[one.id] = one  # fmt: skip
    desk.notice("drop copy: a fill of A-004119 that order entry has not reported")


def balances(desk: FakeDesk, *, error: str = "", age: float = 12) -> None:
    """Positions with their worth, and what the venue says the account holds."""
    busy(desk)
    desk.frame.profits["BTCUSDT"] = Profit(
        symbol="BTCUSDT", quote_asset="USDT", mark=D("60123.4"), mark_at=START, unrealised=D("99"),
        realised=D("412.3"), fees=D("38.11"), unpriced_fees=(Fee(D("0.002"), "BNB"),),
    )  # fmt: skip
    held = {
        "USDT": ("812004.1", "15030.83"),
        "BTC": ("1.24969", "0.15"),
        "ETH": ("0", "4"),
        "DUST": ("0", "0"),
    }
    desk.frame.balances = BalancesView(
        balances=Balances(
            at=START,
            by_asset={
                asset: Balance(asset=asset, free=D(free), locked=D(locked))
                for asset, (free, locked) in held.items()
            },
        ),
        mono=desk.mono() - int(age * SECOND),
        worth={"USDT": D("827034.93"), "BTC": D("84154.55")},
        unit="USDT",
        mismatches={"BTC": "venue 1.39969, fills 1.40000"},
        error=error,
    )


def pressed(desk: FakeDesk) -> None:
    """Limits near, order entry away, open orders on their own, armed."""
    busy(desk)
    desk.set_desk(
        limits=(
            Gauge(name="orders/10s", used=48, maximum=50, at=desk.mono(), interval=10),
            Gauge(name="messages/10s", used=8_300, maximum=10_000, at=desk.mono(), interval=10),
            Gauge(name="REST weight/60s", used=120, maximum=6_000, at=desk.mono(), interval=60),
        ),
        armed_until=desk.mono() + 252 * SECOND,
        when_disconnected="open orders stay open",
    )
    desk.set_link(
        "OE", LinkState.WAITING, reason="connection reset by peer", retry_at=desk.mono() + 3 * SECOND
    )


def market(desk: FakeDesk, *, state: BookState = BookState.LIVE, reason: str = "") -> None:
    """A book with orders of ours in it, a quarter of an hour of trades, two quoted symbols and one in doubt."""
    desk.up()
    desk.add_orders(
        [
            make_order(4118, qty="0.5", price="60122.60", age=10),
            make_order(
                4119, OrderState.PARTIALLY_FILLED, side=Side.SELL, price="60124.10", filled="0.1", age=3
            ),
            make_order(4120, price="60123.10", age=1, pending=(replace_pending(4120, "60122.90", "0.25"),)),
            make_order(4121, OrderState.UNCONFIRMED, side=Side.SELL, qty="0.1", price="60124.30", age=14),
            stop_order(4122, "60122.20", age=30),
        ]
    )
    desk.book(
        state=state, reason=reason, since=4, age=4.2 if reason else 0.02, bids_known_to=D("60121.90"),
        asks_known_to=D("60124.90"),
    )  # fmt: skip
    for n in range(300):
        wave = D((n * n) % 97 - 48) / 10 + D(abs(n % 120 - 60)) / 4
        desk.trade(
            str(60123 + wave),
            "0.02",
            Side.BUY if n % 3 else Side.SELL,
            age=900 - 3 * n if n < 200 or n > 230 else 320,
        )
    desk.trade("60123.50", "0.12", Side.BUY, age=1.4)
    desk.trade("60123.50", "0.08", Side.BUY, age=1.2)
    desk.trade("60123.30", "0.004", Side.SELL, age=0.9)
    desk.trade("60123.30", "0.02", None, age=0.8)
    desk.trade("60123.50", "0.02", Side.BUY, age=0.3)
    desk.frame.quotes["币安人生USDT"] = Quote(
        symbol="币安人生USDT", at=desk.wall(), doubt="its book lost something: updates 8 to 9 are missing"
    )


def stale_market(desk: FakeDesk) -> None:
    """The market-data session has just been lost."""
    market(desk, state=BookState.STALE, reason="market data is down: connection reset by peer")
