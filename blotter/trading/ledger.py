"""All orders, fills and positions of one account: the fold over everything that happened.

The same `apply` runs live and at restart; nothing else changes state, which is why the screen equals the
tape. It routes an event to its order (`Order.apply` decides what that means), builds fills and positions,
and remembers what was seen. It must never drop evidence silently: what fits nothing comes back as
`Delta.note`.

Identity (fact sheet traps 10 to 12): the venue's OrderID, ExecID and TradeID are unique per symbol only,
may be "0", and start again when a test venue is reset; its ClOrdIDs may return once an order has filled.
Ours never do, so a name of ours decides first, then (symbol, OrderID).
"""

import re
from collections.abc import Mapping
from decimal import Decimal

import msgspec

from blotter.trading.decimals import plain
from blotter.trading.enums import ExecType, OrdStatus, Side
from blotter.trading.event import (
    ZERO,
    AmendRejected,
    AmendRequested,
    CancelRejected,
    CancelRequested,
    ExecutionReport,
    Fee,
    LedgerEvent,
    MassCancelReport,
    MassCancelRequested,
    NotSent,
    OrderSubmitted,
    OutcomeUnknown,
    ReplaceRequested,
    RequestRejected,
    SessionGap,
)
from blotter.trading.order import Order
from blotter.trading.position import Position

__all__ = ["Delta", "Fill", "Ledger", "Position", "format_order_id", "parse_order_id"]

_NOTHING = (ZERO, ZERO)

ORDER_PREFIX = "A"
_ORDER_ID = re.compile(r"([A-Z]+)-([0-9]{1,18})", re.ASCII)


def format_order_id(number: int, prefix: str = ORDER_PREFIX) -> str:
    """Own order id of that number: 12 -> `A-000012`."""
    return f"{prefix}-{number:06d}"


def parse_order_id(text: str, prefix: str = ORDER_PREFIX) -> int | None:
    """The number in an own order id, or None when it is none of that prefix."""
    found = _ORDER_ID.fullmatch(text)
    return int(found[2]) if found is not None and found[1] == prefix else None


class Fill(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One execution. (symbol, exec_id) is its identity."""

    symbol: str
    exec_id: str  # "T" and the TradeID, when the evidence (REST) has no ExecID
    order_id: str  # our own order id
    cl_ord_id: str
    side: Side
    last_qty: Decimal
    last_px: Decimal
    at: int  # when it reached this machine
    transact_time: int | None = None
    fees: tuple[Fee, ...] = ()
    aggressor: bool | None = None
    trade_id: str | None = None


class Delta(msgspec.Struct, frozen=True, gc=False):
    """What one event changed: the new versions."""

    orders: tuple[Order, ...] = ()
    fills: tuple[Fill, ...] = ()
    position: Position | None = None
    note: str = ""  # for a person: evidence that fits nothing (report repeated, answer to an unknown request)


class _Names(msgspec.Struct):
    """What the ids in messages stand for. Those in `own` are ours and never change their meaning."""

    own: dict[str, str] = {}  # ClOrdID of our placements and requests -> own order id
    foreign: dict[str, str] = {}  # ClOrdID of others -> own order id; the newest holder
    venue: dict[str, dict[str, str]] = {}  # symbol -> OrderID -> own order id
    execs: dict[str, dict[str, str]] = {}  # symbol -> ExecID -> own order id
    trades: dict[str, dict[str, str]] = {}  # own order id -> TradeID -> ExecID of its fill
    mass_cancels: dict[str, str] = {}  # ClOrdID -> symbol, while unanswered
    last_order_number: int = 0


class _State(msgspec.Struct, forbid_unknown_fields=True):
    orders: list[Order]
    fills: list[Fill]
    positions: dict[str, Position]
    names: _Names


class Ledger:
    """Mutable holder of immutable facts."""

    orders: dict[str, Order]  # by own id, in order of creation
    fills: list[Fill]
    positions: dict[str, Position]

    def __init__(self) -> None:
        self.orders = {}
        self.fills = []
        self.positions = {}
        self._names = _Names()
        self._open: dict[str, None] = {}  # own ids that a session gap may concern

    @property
    def next_order_number(self) -> int:
        """One above the highest number any own order ever had: ids never come twice, over restarts too."""
        return self._names.last_order_number + 1

    def by_cl_ord_id(self, cl_ord_id: str) -> Order | None:
        """The order that this ClOrdID (of a placement or of any request) belongs to."""
        names = self._names
        own_id = names.own.get(cl_ord_id) or names.foreign.get(cl_ord_id)
        return self.orders.get(own_id) if own_id is not None else None

    def by_venue_id(self, symbol: str, order_id: str) -> Order | None:
        """The order that has (or had, before a replace) this OrderID (37) at the venue."""
        own_id = self._names.venue.get(symbol, {}).get(order_id)
        return self.orders.get(own_id) if own_id is not None else None

    def unreported_qty(self, order_id: str) -> Decimal:
        """How much of an order's CumQty no fill of ours accounts for. Above 0: reports are missing."""
        order = self.orders[order_id]
        return order.cum_qty - sum((f.last_qty for f in self.fills if f.order_id == order_id), ZERO)

    @property
    def mass_cancels(self) -> Mapping[str, str]:
        """Mass cancels without an answer: ClOrdID to symbol."""
        return self._names.mass_cancels

    def apply(self, event: LedgerEvent) -> Delta:
        """Fold one event in. Never raises on contradicting evidence: it believes the stronger and says so."""
        match event:
            case ExecutionReport():
                return self._report(event)
            case OrderSubmitted():
                return self._submitted(event)
            case CancelRequested() | AmendRequested() | ReplaceRequested():
                return self._requested(event)
            case MassCancelRequested():
                self._names.mass_cancels[event.cl_ord_id] = event.symbol
                return Delta()
            case MassCancelReport():
                return self._mass_cancelled(event)
            case SessionGap():
                return self._gap(event)
            case CancelRejected() | AmendRejected():
                return self._request_refused(event)
            case RequestRejected():
                return self._answer(event, self.by_cl_ord_id(event.cl_ord_id), event.reason.text)
            case NotSent() | OutcomeUnknown():
                return self._answer(event, self.by_cl_ord_id(event.cl_ord_id), event.text)
            case _:
                return Delta()

    # --- our own facts ------------------------------------------------------------------------------------

    def _submitted(self, event: OrderSubmitted) -> Delta:
        if event.order_id in self.orders or event.cl_ord_id in self._names.own:
            return Delta(note=f"{event.order_id}: submitted twice as {event.cl_ord_id}; the first one stands")
        self._names.own[event.cl_ord_id] = event.order_id
        number = parse_order_id(event.order_id)
        if number is not None:
            self._names.last_order_number = max(self._names.last_order_number, number)
        return Delta((self._keep(Order.submitted(event)),))

    def _requested(self, event: CancelRequested | AmendRequested | ReplaceRequested) -> Delta:
        order = self.orders.get(event.order_id)
        if order is None:
            return Delta(note=f"{event.cl_ord_id}: a request about {event.order_id}, which is not known")
        names = [event.cl_ord_id]
        if isinstance(event, ReplaceRequested):
            names.append(event.cancel_cl_ord_id)
        keeps_name = isinstance(event, AmendRequested) and event.cl_ord_id == event.orig_cl_ord_id
        if not keeps_name and any(name in self._names.own for name in names):
            return Delta(note=f"{order.id}: {event.cl_ord_id} was requested twice; the first one stands")
        for name in names:
            self._names.own[name] = order.id
        return Delta((self._keep(order.apply(event)),))

    def _gap(self, gap: SessionGap) -> Delta:
        changed = []
        for own_id in tuple(self._open):
            order = self.orders[own_id]
            new = order.apply(gap)
            if new is not order:
                changed.append(self._keep(new))
        note = "".join(
            f"mass cancel of {symbol} ({name}): no answer, and none will come; "
            for name, symbol in self._names.mass_cancels.items()
        )
        self._names.mass_cancels.clear()
        return Delta(tuple(changed), note=note.rstrip("; "))

    # --- answers ------------------------------------------------------------------------------------------

    def _answer(
        self,
        event: CancelRejected | AmendRejected | RequestRejected | NotSent | OutcomeUnknown,
        order: Order | None,
        text: str,
    ) -> Delta:
        if order is None:
            symbol = self._names.mass_cancels.get(event.cl_ord_id)
            if symbol is None:
                return Delta(note=f"{event.cl_ord_id}: answer to a request that is not known here: {text}")
            if not isinstance(event, OutcomeUnknown):
                del self._names.mass_cancels[event.cl_ord_id]
            return Delta(note=f"mass cancel of {symbol} ({event.cl_ord_id}): {text}")
        new = order.apply(event)
        if new is order:
            return Delta(note=f"{order.id} is {order.state.value}, {event.cl_ord_id} changes nothing: {text}")
        return Delta((self._keep(new),))

    def _request_refused(self, event: CancelRejected | AmendRejected) -> Delta:
        order = self.by_cl_ord_id(event.cl_ord_id)
        if order is not None:
            if not any(p.answers_to(event.cl_ord_id) for p in order.pending):
                # Late: that request is settled. By its other ids it would pass for the answer to the next one.
                event = msgspec.structs.replace(event, order_id=None, orig_cl_ord_id=None)
        elif event.order_id is not None:
            order = self.by_venue_id(event.symbol, event.order_id)
        if order is None and event.orig_cl_ord_id is not None:
            order = self.by_cl_ord_id(event.orig_cl_ord_id)
        return self._answer(event, order, event.reason.text)

    def _mass_cancelled(self, report: MassCancelReport) -> Delta:
        asked = self._names.mass_cancels.pop(report.cl_ord_id, None)
        what = f"mass cancel of {report.symbol} ({report.cl_ord_id})"
        if report.reason is not None:
            code = "" if report.reason.code is None else f" ({report.reason.code})"
            return Delta(note=f"{what} refused: {report.reason.text}{code}")
        return Delta(note="" if asked is not None else f"{what} was not asked for here")

    # --- reports ------------------------------------------------------------------------------------------

    def _report(self, report: ExecutionReport) -> Delta:
        order, own_id = self._find(report), ""
        if order is None:
            own_id = f"{report.symbol}#{report.order_id if report.order_id is not None else report.cl_ord_id}"
            order = self.orders.get(own_id)
        if order is None:
            if report.ord_status is OrdStatus.REJECTED:
                name = report.cl_ord_id or own_id
                return Delta(note=f"{name}: refusal of an order not placed here: {_text(report)}")
            new, before = Order.adopted(own_id, report), _NOTHING
            note = ""
        else:
            if self._seen(order, report):
                return Delta(note=f"{order.id}: report {report.exec_id} repeated")
            new, before = order.apply(report), (order.cum_qty, order.cum_quote_qty)
            note = _contradiction(order, new, report)
        if new is not order:
            self._keep(new)
        self._learn(new, report)
        fills = self._fill(new, report)
        position = self._move(new, before, fills)
        return Delta((new,) if new is not order else (), fills, position, note)

    def _move(
        self, order: Order, before: tuple[Decimal, Decimal], fills: tuple[Fill, ...]
    ) -> Position | None:
        """The position after the order's cumulative quantities went up from `before`. None: no change."""
        more = order.cum_qty - before[0]
        fees = [fee for fill in fills for fee in fill.fees]
        if more <= 0 and not fees:
            return None
        position = self.positions.get(order.symbol) or Position(symbol=order.symbol)
        if more > 0:
            position = position.traded(order.side, more, order.cum_quote_qty - before[1])
        if fees:
            position = position.charged(fees)
        self.positions[order.symbol] = position
        return position

    def _find(self, report: ExecutionReport) -> Order | None:
        names = self._names
        for name in (report.cl_ord_id, report.orig_cl_ord_id):
            own_id = names.own.get(name) if name is not None else None
            if own_id is not None:
                order = self.orders[own_id]
                if order.symbol == report.symbol and order.concerns(report):
                    return order
        if report.order_id is not None:
            return self.by_venue_id(report.symbol, report.order_id)
        for name in (report.cl_ord_id, report.orig_cl_ord_id):
            own_id = names.foreign.get(name) if name is not None else None
            if own_id is not None and self.orders[own_id].symbol == report.symbol:
                return self.orders[own_id]
        return None

    def _seen(self, order: Order, report: ExecutionReport) -> bool:
        """Whether this very report was folded before. The same ExecID on *another* order is not."""
        if report.exec_id is None:
            return False
        return self._names.execs.get(report.symbol, {}).get(report.exec_id) == order.id

    def _learn(self, order: Order, report: ExecutionReport) -> None:
        names = self._names
        symbol = report.symbol
        if report.exec_id is not None:
            names.execs.setdefault(symbol, {})[report.exec_id] = order.id
        for placement in order.placements:
            if placement.order_id is not None and placement.order_id == report.order_id:
                names.venue.setdefault(symbol, {})[placement.order_id] = order.id
                name = placement.cl_ord_id
                if name and name not in names.own:
                    names.foreign[name] = order.id

    def _fill(self, order: Order, report: ExecutionReport) -> tuple[Fill, ...]:
        """The execution a report tells of, unless it is known already under its ExecID or its TradeID."""
        if report.exec_type is not ExecType.TRADE or report.last_qty <= 0 or report.last_px is None:
            return ()
        exec_id = report.exec_id if report.exec_id is not None else f"T{report.trade_id}"
        if report.trade_id is not None:
            known = self._names.trades.setdefault(order.id, {})
            if report.trade_id in known:
                return ()
            known[report.trade_id] = exec_id
        elif report.exec_id is None:
            return ()
        fill = Fill(
            symbol=report.symbol,
            exec_id=exec_id,
            order_id=order.id,
            cl_ord_id=report.cl_ord_id or "",
            side=report.side,
            last_qty=report.last_qty,
            last_px=report.last_px,
            at=report.at,
            transact_time=report.transact_time,
            fees=report.fees,
            aggressor=report.aggressor,
            trade_id=report.trade_id,
        )
        self.fills.append(fill)
        return (fill,)

    def _keep(self, order: Order) -> Order:
        self.orders[order.id] = order
        if order.open or order.pending:
            self._open[order.id] = None
        else:
            self._open.pop(order.id, None)
        return order

    # --- snapshots ----------------------------------------------------------------------------------------

    def dump(self) -> bytes:
        """The whole state as msgpack, for a tape snapshot."""
        return msgspec.msgpack.encode(
            _State(
                orders=list(self.orders.values()),
                fills=self.fills,
                positions=self.positions,
                names=self._names,
            )
        )

    @classmethod
    def load(cls, data: bytes) -> "Ledger":
        """The inverse of `dump`. Raises `msgspec.ValidationError` on data of another shape, and its base
        `msgspec.DecodeError` on bytes that are no msgpack at all."""
        state = msgspec.msgpack.decode(data, type=_State)
        ledger = cls()
        ledger.fills = state.fills
        ledger.positions = state.positions
        ledger._names = state.names
        for order in state.orders:
            ledger._keep(order)
        return ledger


def _text(report: ExecutionReport) -> str:
    return report.reason.text if report.reason is not None else ""


def _contradiction(old: Order, new: Order, report: ExecutionReport) -> str:
    """What in this report a person should know because it does not follow from what was known."""
    more = new.cum_qty - old.cum_qty
    if old.state.terminal:
        if new.open:
            return f"{old.id} was {old.state.value}, yet the venue has it {new.state.value}: believed"
        if more > 0:
            return f"{old.id}: late fill of {plain(more)}, after it was {old.state.value}"
    elif report.ord_status is OrdStatus.REJECTED and any(
        report.cl_ord_id in p.cl_ord_ids and p.state.live for p in new.placements
    ):
        return f"{old.id} is {new.state.value}; a refusal under its id does not end it: {_text(report)}"
    if report.exec_type is ExecType.TRADE and report.last_px is None:
        return f"{old.id}: a trade of {plain(report.last_qty)} without a price is not among the fills"
    if more > 0:
        total = new.order_qty
        if total is not None and new.cum_qty > total:
            return f"{old.id}: filled {plain(new.cum_qty)} of {plain(total)}"
        told = report.last_qty if report.exec_type is ExecType.TRADE else ZERO
        if more > told:
            return f"{old.id}: no execution report yet for {plain(more - told)} of its fills"
    return ""
