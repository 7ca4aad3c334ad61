"""A blotter reduced to what a life of orders needs: our requests out, the venue's messages in, the ledger between.

What is sent is encoded, what comes is framed and decoded, so that a test reads as the wire did.
"""

from decimal import Decimal

from binance_samples import inbound

from blotter.trading.enums import OrdType, Side, TimeInForce
from blotter.trading.event import (
    AmendRequested,
    CancelRequested,
    ExecutionReport,
    LedgerEvent,
    ListLeg,
    ListReport,
    MassCancelRequested,
    OrderListSubmitted,
    OrderSubmitted,
    ReplaceRequested,
    RequestRejected,
)
from blotter.trading.ledger import Delta, Ledger
from blotter.trading.order import Order
from blotter.trading.request import ListKind, OrderRequest
from blotter.venues.base import (
    AmendOrder,
    CancelOrder,
    MassCancel,
    NewOrder,
    NewOrderList,
    ReplaceOrder,
    SessionRejected,
    Unhandled,
    VenueRequest,
    VenueSettings,
)
from blotter.venues.binance import BinanceSpot

D = Decimal
SYMBOL = "BTCUSDT"
START = 1_772_359_200_000_000_000
BUY, SELL = Side.BUY, Side.SELL


def limit(qty: str = "1", price: str | None = "100", **terms: object) -> OrderRequest:
    """A resting buy."""
    given = {
        "symbol": SYMBOL,
        "side": BUY,
        "ord_type": OrdType.LIMIT,
        "order_qty": D(qty),
        "price": None if price is None else D(price),
        "time_in_force": TimeInForce.GOOD_TILL_CANCEL,
    }
    return OrderRequest(**(given | terms))  # type: ignore[arg-type]


class Blotter:
    """One account."""

    def __init__(self) -> None:
        self.venue = BinanceSpot(VenueSettings(three_leg_lists=True))
        self.ledger = Ledger()
        self.notes: list[str] = []
        self._heard: list[LedgerEvent] = []
        self._exec_id = 100
        self._at = START

    # --- out -------------------------------------------------------------------------------------------------

    def submit(self, order_id: str, request: OrderRequest) -> Order:
        """Send a new order under an own id that is its ClOrdID too."""
        self._own(
            OrderSubmitted(order_id=order_id, cl_ord_id=order_id, request=request, at=self._now()),
            NewOrder(order_id, request),
        )
        return self.order(order_id)

    def submit_list(self, list_id: str, kind: ListKind, *legs: tuple[str, OrderRequest]) -> None:
        event = OrderListSubmitted(
            list_id=list_id,
            cl_list_id=list_id,
            kind=kind,
            legs=tuple(ListLeg(order_id=name, cl_ord_id=name, request=request) for name, request in legs),
            at=self._now(),
        )
        self._own(
            event, NewOrderList(list_id, kind, tuple(NewOrder(name, request) for name, request in legs))
        )

    def cancel(self, order_id: str, cl_ord_id: str) -> None:
        name = self.order(order_id).current.cl_ord_id
        event = CancelRequested(order_id=order_id, cl_ord_id=cl_ord_id, orig_cl_ord_id=name, at=self._now())
        self._own(event, CancelOrder(cl_ord_id, SYMBOL, name, self.order(order_id).current.order_id))

    def amend(self, order_id: str, cl_ord_id: str, qty: str) -> None:
        name = self.order(order_id).current.cl_ord_id
        event = AmendRequested(
            order_id=order_id, cl_ord_id=cl_ord_id, orig_cl_ord_id=name, order_qty=D(qty), at=self._now()
        )
        self._own(event, AmendOrder(cl_ord_id, SYMBOL, name, D(qty)))

    def replace(
        self, order_id: str, cl_ord_id: str, cancel_id: str, request: OrderRequest, **how: object
    ) -> None:
        name = self.order(order_id).current.cl_ord_id
        event = ReplaceRequested(
            order_id=order_id,
            cl_ord_id=cl_ord_id,
            cancel_cl_ord_id=cancel_id,
            orig_cl_ord_id=name,
            request=request,
            at=self._now(),
            **how,  # type: ignore[arg-type]
        )
        self._own(event, ReplaceOrder(cl_ord_id, cancel_id, name, request, **how))  # type: ignore[arg-type]

    def mass_cancel(self, cl_ord_id: str) -> None:
        self._own(
            MassCancelRequested(cl_ord_id=cl_ord_id, symbol=SYMBOL, at=self._now()),
            MassCancel(cl_ord_id, SYMBOL),
        )

    # --- in --------------------------------------------------------------------------------------------------

    def hear(self, msg_type: str, *fields: tuple[int, object]) -> Delta:
        """A message of the venue's."""
        decoded = self.venue.decode(
            inbound(msg_type, *((tag, str(value)) for tag, value in fields)), self._now()
        )
        assert not isinstance(decoded, Unhandled | SessionRejected), decoded
        return self._fold(decoded)  # type: ignore[arg-type]

    def report(self, states: str, order_id: str, venue_id: str, **changes: object) -> Delta:
        """An ExecutionReport (8). `states`: ExecType and OrdStatus as the fact sheet writes them, "F/1"; the rest are
        fields by number (`f14="0.5"`), None leaves one out."""
        exec_type, status = states.split("/")
        self._exec_id += 1
        fields: dict[int, object] = {
            17: self._exec_id,
            11: order_id,
            37: venue_id,
            38: "1",
            40: "2",
            54: "1",
            55: SYMBOL,
            44: "100",
            59: "1",
            60: f"20260301-10:00:{self._exec_id % 60:02}.000000",
            150: exec_type,
            14: "0",
            151: "1",
            25017: "0",
            32: "0",
            39: status,
        } | {int(name[1:]): value for name, value in changes.items()}
        return self.hear("8", *((tag, value) for tag, value in fields.items() if value is not None))

    def fill(
        self, states: str, order_id: str, venue_id: str, trade: int, qty: str, cum: str, **changes: object
    ) -> Delta:
        """A trade at 100 with a fee in a third asset."""
        fee = {"f136": 1, "f137": "0.001", "f138": "BNB", "f139": 4}
        given = {
            "f31": 100,
            "f32": qty,
            "f14": cum,
            "f151": D(1) - D(cum),
            "f25017": D(cum) * 100,
            "f1003": trade,
        }
        return self.report(
            states, order_id, venue_id, **(given | fee | {"f1057": "Y", "f636": "Y"} | changes)
        )

    def reject(self, cl_ord_id: str, code: int, text: str) -> Delta:
        """A session Reject (3), tied to its request as the desk does."""
        decoded = self.venue.decode(inbound("3", (45, "7"), (25016, str(code)), (58, text)), self._now())
        assert isinstance(decoded, SessionRejected)
        return self._fold(RequestRejected(cl_ord_id=cl_ord_id, reason=decoded.reason, at=self._now()))

    # --- what the trader sees ----------------------------------------------------------------------------------

    def order(self, order_id: str) -> Order:
        return self.ledger.orders[order_id]

    def seen(self, order_id: str) -> tuple[str, Decimal, Decimal | None]:
        """State, filled, open."""
        order = self.order(order_id)
        return order.state.value, order.cum_qty, order.leaves_qty

    def filled(self) -> list[tuple[str, Decimal]]:
        """The fills, by order."""
        return [(fill.order_id, fill.last_qty) for fill in self.ledger.fills]

    def hear_all_again(self) -> None:
        """Every report a second time, as an overlapping session or drop copy brings them. Nothing may change."""
        before = self.ledger.dump()
        for event in self._heard:
            self.ledger.apply(event)
        after = self.ledger.dump()
        assert Ledger.load(before).orders == Ledger.load(after).orders
        assert Ledger.load(before).fills == Ledger.load(after).fills
        assert Ledger.load(before).positions == Ledger.load(after).positions

    # ---------------------------------------------------------------------------------------------------------

    def _now(self) -> int:
        self._at += 1_000_000
        return self._at

    def _own(self, event: LedgerEvent, request: VenueRequest) -> None:
        self.venue.encode(request)  # what the venue could not take would be seen here
        delta = self.ledger.apply(event)
        assert not delta.note, delta.note

    def _fold(self, event: LedgerEvent) -> Delta:
        if isinstance(event, ExecutionReport | ListReport):
            self._heard.append(event)
        delta = self.ledger.apply(event)
        if delta.note:
            self.notes.append(delta.note)
        return delta
