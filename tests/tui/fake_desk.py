"""A desk made of a script: records what is posted, serves what the test feeds, and stands still in time.

Nothing here sleeps, reads a clock or opens a socket. `advance` is the only way that time passes.
"""

from collections.abc import Iterable
from decimal import Decimal

from blotter.desk.change import (
    Answer,
    DeskView,
    ExplainedField,
    Frame,
    Gauge,
    LinkState,
    LinkView,
    MessageSeen,
    Notice,
    Severity,
)
from blotter.desk.command import Acted, AnyCommand, Unwatch, Watch
from blotter.trading.book import BookState, BookView
from blotter.trading.enums import ExecInst, OrdType, RejectCategory, Side, TimeInForce
from blotter.trading.event import Fee, Reason
from blotter.trading.instrument import Instrument, Quote
from blotter.trading.ledger import Fill, Position
from blotter.trading.order import Order, OrderState, PendingRequest, Placement, RequestKind
from blotter.trading.request import OrderRequest
from blotter.trading.trades import PublicTrade

SECOND = 1_000_000_000
START = 1_795_342_462_381_000_000  # 2026-11-22 10:14:22.381 UTC
D = Decimal


class FakeDesk:
    """Implements `DeskPort`."""

    def __init__(self) -> None:
        self.commands: list[AnyCommand] = []  # what acts
        self.watches: list[Watch | Unwatch] = []  # what asks for the market
        self.acts: list[Acted] = []  # what is noted down
        self.frame = Frame()
        self.drains = 0
        self.fail_drain: Exception | None = None
        self.paused = False  # the pulse stands still while time goes on
        self._mono = 1_000 * SECOND
        self._wall = START
        self.desk: DeskView | None = None

    # --- DeskPort ---

    def post(self, command: AnyCommand) -> None:
        if isinstance(command, Watch | Unwatch):
            self.watches.append(command)
        elif isinstance(command, Acted):
            self.acts.append(command)
        else:
            self.commands.append(command)

    def drain(self) -> Frame:
        self.drains += 1
        if self.fail_drain is not None:
            error, self.fail_drain = self.fail_drain, None
            raise error
        frame, self.frame = self.frame, Frame()
        return frame

    def explain(self, raw: bytes, session: str = "") -> list[ExplainedField]:
        names = {35: "MsgType", 34: "MsgSeqNum", 11: "ClOrdID", 55: "Symbol", 54: "Side", 44: "Price"}
        meanings = {
            (35, "8"): "ExecutionReport",
            (35, "D"): "NewOrderSingle",
            (54, "1"): "BUY",
            (54, "2"): "SELL",
        }
        fields = []
        for pair in raw.decode().strip("\x01").split("\x01"):
            tag, _, value = pair.partition("=")
            number = int(tag)
            depth = 1 if number in (137, 138, 139) else 0
            fields.append(
                ExplainedField(number, names.get(number, ""), value, meanings.get((number, value), ""), depth)
            )
        return fields

    def mono(self) -> int:
        return self._mono

    def wall(self) -> int:
        return self._wall

    # --- the script ---

    def advance(self, seconds: float) -> None:
        """Let time pass. A living desk's pulse goes with it."""
        step = int(seconds * SECOND)
        self._mono += step
        self._wall += step
        if not self.paused and self.desk is not None:
            self.set_desk()

    def set_desk(self, **changes: object) -> None:
        terms = {"venue": "Binance Spot", "environment": "testnet", "account": "spot-1"}
        if self.desk is not None:
            terms = {name: getattr(self.desk, name) for name in self.desk.__struct_fields__}
        self.desk = DeskView(**{**terms, "pulse": self._mono, **changes})
        self.frame.desk = self.desk

    def set_link(self, name: str = "OE", state: LinkState = LinkState.LIVE, **changes: object) -> None:
        terms: dict[str, object] = {
            "since": self._wall - 60 * SECOND,
            "endpoint": "fix-oe.testnet.binance.vision:9000",
            "comp_id": "BLOTTER1",
            "next_in": 104_233,
            "next_out": 8_112,
            "last_in": self._mono - 400_000_000,
            "last_out": self._mono - 2_100_000_000,
            "round_trip": 3_100_000,
            "clock_offset": 1_400_000,
            "messages_in": 104_232,
            "messages_out": 8_111,
        }
        self.frame.links[name] = LinkView(name=name, state=state, **{**terms, **changes})

    def add_orders(self, orders: Iterable[Order]) -> None:
        for each in orders:
            self.frame.orders[each.id] = each

    def add_market(self) -> None:
        for instrument in INSTRUMENTS:
            self.frame.instruments[instrument.symbol] = instrument
        self.quote("BTCUSDT", "60123.30", "60123.50")
        self.quote("ETHUSDT", "3210.40", "3210.60")

    def quote(self, symbol: str, bid: str, ask: str, age: float = 0.1) -> None:
        self.frame.quotes[symbol] = Quote(
            symbol=symbol,
            at=self._wall - int(age * SECOND),
            bid=D(bid),
            bid_size=D("0.771"),
            ask=D(ask),
            ask_size=D("1.108"),
        )

    def book(
        self,
        symbol: str = "BTCUSDT",
        mid: str = "60123.40",
        *,
        step: str = "0.10",
        levels: int = 30,
        state: BookState = BookState.LIVE,
        reason: str = "",
        since: float = 60,
        age: float = 0.02,
        **terms: object,
    ) -> BookView:
        """A book of `levels` prices a side around `mid`, in steps; sizes differ from price to price."""

        def side(sign: int) -> tuple[tuple[D, D], ...]:
            return tuple(
                (D(mid) + sign * n * D(step), D((n * 37 + 5 * sign) % 53 + 1) / 20)
                for n in range(1, levels + 1)
            )

        view = BookView(
            **{
                "symbol": symbol,
                "state": state,
                "since": self._wall - int(since * SECOND),
                "reason": reason,
                "at": self._wall - int(age * SECOND),
                "update_id": 7,
                "bids": side(-1),
                "asks": side(1),
                **terms,
            }
        )
        self.frame.books[symbol] = view
        return view

    def trade(
        self,
        price: str,
        size: str = "0.02",
        side: Side | None = Side.BUY,
        *,
        symbol: str = "BTCUSDT",
        age: float = 0.3,
    ) -> None:
        """A trade of the market, newer than those before it."""
        one = PublicTrade(
            symbol=symbol,
            price=D(price),
            size=D(size),
            at=self._wall - int(age * SECOND),
            aggressor=side,
        )
        self.frame.trades[symbol] = (one, *self.frame.trades.get(symbol, ()))

    def answer(self, command: AnyCommand, ok: bool = True, text: str = "", **more: object) -> None:
        self.frame.answers.append(Answer(id=command.id, ok=ok, text=text, **more))

    def notice(self, text: str, severity: Severity = Severity.INFO, order_id: str = "") -> None:
        self.frame.notices.append(Notice(at=self._wall, severity=severity, text=text, order_id=order_id))

    def up(self) -> None:
        """A live desk with a market and nothing traded yet."""
        self.set_desk(
            order_to_ack=3_100_000,
            tape_lag=310_000,
            tape_rows=1204,
            limits=(Gauge(name="orders/10s", used=3, maximum=50, at=0, interval=10),),
        )
        self.set_link()
        self.set_link("MD", next_in=9_220_118, next_out=14, messages_in=9_220_117, messages_out=13)
        self.add_market()


INSTRUMENTS = (
    Instrument(
        symbol="BTCUSDT",
        base="BTC",
        quote="USDT",
        tick_size=D("0.01"),
        min_price=D("0.01"),
        max_price=D(1000000),
        step_size=D("0.00001"),
        min_qty=D("0.00001"),
        max_qty=D(9000),
        min_notional=D(5),
    ),
    Instrument(
        symbol="ETHUSDT",
        base="ETH",
        quote="USDT",
        tick_size=D("0.01"),
        step_size=D("0.0001"),
        min_qty=D("0.0001"),
        max_qty=D(9000),
        min_notional=D(5),
    ),
    Instrument(symbol="币安人生USDT", base="币安人生", quote="USDT", tick_size=D("0.0001"), step_size=D(1)),
)


def make_request(
    symbol: str = "BTCUSDT",
    side: Side = Side.BUY,
    qty: str = "0.25",
    price: str | None = "60123.10",
    post: bool = False,
    tif: TimeInForce | None = TimeInForce.GOOD_TILL_CANCEL,
) -> OrderRequest:
    return OrderRequest(
        symbol=symbol,
        side=side,
        ord_type=OrdType.LIMIT if price is not None else OrdType.MARKET,
        order_qty=D(qty),
        price=None if price is None else D(price),
        time_in_force=None if post or price is None else tif,
        exec_inst=ExecInst.PARTICIPATE_DONT_INITIATE if post else None,
    )


def make_order(
    number: int,
    state: OrderState = OrderState.NEW,
    *,
    symbol: str = "BTCUSDT",
    side: Side = Side.BUY,
    qty: str = "0.25",
    price: str | None = "60123.10",
    filled: str = "0",
    average: str | None = None,
    age: float = 1.0,
    pending: tuple[PendingRequest, ...] = (),
    reason: Reason | None = None,
    post: bool = False,
    foreign: bool = False,
    unverified: bool = False,
    now: int = START,
) -> Order:
    request = make_request(symbol, side, qty, price, post)
    at = now - int(age * SECOND)
    cl_ord_id = f"A-{number:06d}"
    cum = D(filled)
    paid = cum * D(average if average is not None else (price or "0"))
    placement = Placement(
        cl_ord_id=cl_ord_id,
        cl_ord_ids=(cl_ord_id,),
        request=request,
        state=state,
        order_qty=D(qty),
        order_id=str(553_000_000 + number),
        cum_qty=cum,
        cum_quote_qty=paid,
        reason=reason,
    )
    return Order(
        id=cl_ord_id,
        symbol=symbol,
        placements=(placement,),
        state=state,
        created_at=at,
        updated_at=at + 3_100_000,
        acked_at=None if state is OrderState.UNCONFIRMED else at + 3_100_000,
        pending=pending,
        reason=reason,
        foreign=foreign,
        unverified_since=at if unverified else None,
    )


def replace_pending(number: int, price: str | None, qty: str | None, age: float = 0.1) -> PendingRequest:
    return PendingRequest(
        kind=RequestKind.REPLACE,
        cl_ord_id=f"A-{number:06d}-2",
        at=START - int(age * SECOND),
        price=None if price is None else D(price),
        order_qty=None if qty is None else D(qty),
    )


def cancel_pending(number: int, age: float = 0.1) -> PendingRequest:
    return PendingRequest(
        kind=RequestKind.CANCEL, cl_ord_id=f"A-{number:06d}-c", at=START - int(age * SECOND)
    )


REJECTED = Reason(category=RejectCategory.RULE, text="Filter failure: PERCENT_PRICE_BY_SIDE", code=-1013)


def busy_orders() -> list[Order]:
    """The orders of the mock-up: working, partial, pending replace, unknown, and every way to end."""
    return [
        make_order(4113, OrderState.REJECTED, symbol="ETHUSDT", side=Side.SELL, qty="9", price="3260", age=84,
                   reason=REJECTED),
        make_order(4114, OrderState.CANCELED, price="60119.10", age=62),
        make_order(4115, OrderState.FILLED, price="60120", filled="0.25", age=60),
        make_order(4116, OrderState.UNCONFIRMED, symbol="ETHUSDT", qty="2", price="3209.90", age=14),
        make_order(4117, symbol="ETHUSDT", side=Side.SELL, qty="4", price="3210.55", age=11,
                   pending=(replace_pending(4117, "3210.40", "3.5"),)),
        make_order(4118, qty="0.5", price="60122.60", age=10, pending=(cancel_pending(4118),)),
        make_order(4119, OrderState.PARTIALLY_FILLED, side=Side.SELL, price="60124.10", filled="0.1", age=3.3),
        make_order(4120, age=0.5, post=True),
    ]  # fmt: skip


def busy_fills() -> list[Fill]:
    def fill(order: str, symbol: str, side: Side, qty: str, price: str, age: float, fee: str) -> Fill:
        base = symbol.removesuffix("USDT")
        return Fill(
            symbol=symbol,
            exec_id=f"88120{int(age * 10):05d}",
            order_id=order,
            cl_ord_id=order,
            side=side,
            last_qty=D(qty),
            last_px=D(price),
            at=START - int(age * SECOND),
            fees=(Fee(D(fee), base),),
            aggressor=side is Side.BUY,
        )

    return [
        fill("A-004101", "SOLUSDT", Side.BUY, "20", "211.90", 102, "0.002"),
        fill("A-004115", "BTCUSDT", Side.BUY, "0.25", "60120.00", 58, "0.000031"),
        fill("A-004119", "BTCUSDT", Side.SELL, "0.1", "60124.10", 1, "0.000012"),
    ]


def busy_positions() -> dict[str, Position]:
    return {
        "BTCUSDT": Position(symbol="BTCUSDT", net_qty=D("1.25"), avg_cost=D("60044.2"), realised=D("412.3"),
                            bought_qty=D("2"), sold_qty=D("0.75"), fees=(Fee(D("0.00031"), "BTC"),)),
        "ETHUSDT": Position(symbol="ETHUSDT", net_qty=D("-4"), avg_cost=D("3214"), realised=D("0"),
                            bought_qty=D("0"), sold_qty=D("4")),
    }  # fmt: skip


def raw(**tags: str) -> bytes:
    return b"".join(f"{tag[1:]}={value}\x01".encode() for tag, value in tags.items())


def busy_messages() -> list[MessageSeen]:
    def seen(
        row: int, age: float, out: bool, seq: int, kind: str, name: str, text: str, order: str = ""
    ) -> MessageSeen:
        return MessageSeen(
            row=row,
            at=START - int(age * SECOND),
            session="OE",
            outbound=out,
            seq=seq,
            msg_type=kind,
            name=name,
            summary=text,
            order_id=order,
            raw=raw(_8="FIX.4.4", _9="214", _35=kind, _34=str(seq), _11=order or "-", _55="BTCUSDT", _54="1",
                    _44="60123.10", _25001="3", _136="1", _137="0.01", _138="BTC", _10="071"),
        )  # fmt: skip

    return [
        seen(1, 14, True, 8098, "D", "NewOrderSingle", "A-004116  BUY 2.000 ETHUSDT @ 3209.90", "A-004116"),
        seen(2, 2.4, False, 104229, "0", "Heartbeat", ""),
        seen(3, 1.0, False, 104230, "8", "ExecutionReport", "Trade  A-004119  0.100 @ 60124.10", "A-004119"),
        seen(4, 0.5, True, 8111, "D", "NewOrderSingle", "A-004120  BUY 0.250 BTCUSDT @ 60123.10", "A-004120"),
        seen(5, 0.49, False, 104231, "8", "ExecutionReport", "New  A-004120  venue 553004120", "A-004120"),
        seen(
            6,
            0.1,
            True,
            8112,
            "XCN",
            "OrderCancelRequestAndNewOrderSingle",
            "A-004117  3.5 @ 3210.40",
            "A-004117",
        ),
    ]


def busy(desk: FakeDesk) -> None:
    """A desk in the middle of a day."""
    desk.up()
    desk.add_orders(busy_orders())
    desk.book()
    desk.book("ETHUSDT", "3210.50", step="0.05")
    desk.trade("3210.60", "0.4", symbol="ETHUSDT", age=4)
    desk.trade("3210.40", "1.25", Side.SELL, symbol="ETHUSDT", age=0.6)
    desk.frame.fills.extend(busy_fills())
    desk.frame.positions.update(busy_positions())
    desk.frame.messages.extend(busy_messages())
    desk.notice("FILLED 0.100 BTCUSDT @ 60,124.10 (A-004119)", order_id="A-004119")


def down(desk: FakeDesk) -> None:
    """The order session has just been lost."""
    busy(desk)
    desk.set_desk(entry_blocked="OE is down")
    desk.set_link(
        "OE",
        LinkState.WAITING,
        reason="connection reset by peer",
        retry_at=desk.mono() + 3 * SECOND,
        reconnects=2,
        last_in=desk.mono() - 41 * SECOND,
        last_out=desk.mono() - 12 * SECOND,
    )
    desk.set_link("MD", LinkState.STALE, test_request_pending=True, last_in=desk.mono() - 37 * SECOND)
    desk.notice("OE: connection reset by peer", Severity.ERROR)
