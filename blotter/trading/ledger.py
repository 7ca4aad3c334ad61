"""All orders, order lists, fills and positions of one account: the fold over everything that happened.

The same `apply` runs live and at restart; nothing else changes state, which is why the screen equals the
tape. It routes an event to its order (`Order.apply` decides what that means), builds fills and positions,
and remembers what was seen. It must never drop evidence silently: what fits nothing comes back as
`Delta.note`.

What goes by which id is known to the parts: `OrderIndex`, `Lists` and `Executions`.
"""

from collections.abc import Mapping
from decimal import Decimal

import msgspec

from blotter.trading.decimals import plain
from blotter.trading.delta import Delta, Fill
from blotter.trading.encoding import copied, encoded
from blotter.trading.enums import ExecType, OrdStatus
from blotter.trading.event import (
    ZERO,
    AmendRejected,
    AmendRequested,
    CancelRejected,
    CancelRequested,
    EntryResumed,
    EntryStopped,
    ExecutionReport,
    HeldEnded,
    LedgerEvent,
    ListCancelRequested,
    ListReport,
    MassCancelReport,
    MassCancelRequested,
    NotSent,
    OrderHeld,
    OrderListSubmitted,
    OrderResolved,
    OrderSubmitted,
    OutcomeUnknown,
    ReplaceRequested,
    RequestRejected,
    SessionGap,
)
from blotter.trading.executions import ExecutionNames, Executions
from blotter.trading.ledger_lists import ListNames, Lists
from blotter.trading.order import Order
from blotter.trading.order_index import OrderIndex, OrderNames, format_order_id, parse_order_id
from blotter.trading.order_list import Held, OrderList
from blotter.trading.order_state import excess
from blotter.trading.position import Position

__all__ = ["Delta", "Fill", "Ledger", "Position", "format_order_id", "parse_order_id"]

_NOTHING = (ZERO, ZERO)

HELD_PREFIX = "H"
RELEASED = 100
"""Of so many released terms it is known what they were, should they turn out never to have left."""


class _State(msgspec.Struct, forbid_unknown_fields=True):
    orders: list[Order]
    order_names: OrderNames
    lists: list[OrderList]
    list_names: ListNames
    fills: list[Fill]
    positions: dict[str, Position]
    execution_names: ExecutionNames
    held: list[Held]
    released: dict[str, Held]
    last_held_number: int
    mass_cancels: dict[str, str]


class Ledger:
    """Mutable holder of immutable facts."""

    def __init__(
        self,
        index: OrderIndex | None = None,
        lists: Lists | None = None,
        executions: Executions | None = None,
    ) -> None:
        self._index = index or OrderIndex()
        self._lists = lists or Lists(self._index)
        self._executions = executions or Executions()
        self.orders = self._index.by_id
        """By own id, in order of creation."""
        self.fills = self._executions.fills
        self.positions = self._executions.positions
        self.held: dict[str, Held] = {}  # by id, terms put aside here
        self._released: dict[str, Held] = {}  # by ClOrdID or ClListID, held terms that were to leave under it
        self._last_held_number = 0
        self._mass_cancels: dict[str, str] = {}

    @property
    def next_order_number(self) -> int:
        """One above the highest number any own order ever had: ids never come twice, over restarts too."""
        return self._index.names.last_number + 1

    @property
    def next_list_number(self) -> int:
        """Likewise of lists."""
        return self._lists.names.last_number + 1

    @property
    def next_held_number(self) -> int:
        """Likewise of held terms."""
        return self._last_held_number + 1

    @property
    def lists(self) -> Mapping[str, OrderList]:
        """Order lists by own id, in order of creation."""
        return self._lists.by_id

    @property
    def mass_cancels(self) -> Mapping[str, str]:
        """Mass cancels without an answer: ClOrdID to symbol."""
        return self._mass_cancels

    def list_by_name(self, name: str) -> OrderList | None:
        """The list of this ClListID, or that the cancel of this ClOrdID is about."""
        return self._lists.named(name)

    def by_cl_ord_id(self, cl_ord_id: str) -> Order | None:
        """The order that this ClOrdID (of a placement or of any request) belongs to."""
        return self._index.by_cl_ord_id(cl_ord_id)

    def by_venue_id(self, symbol: str, order_id: str) -> Order | None:
        """The order that has (or had, before a replace) this OrderID (37) at the venue."""
        return self._index.by_venue_id(symbol, order_id)

    def of_report(self, report: ExecutionReport) -> Order | None:
        """The order that a report is about; None when it would be adopted from it."""
        return self._index.of_report(report)

    def unreported_qty(self, order_id: str) -> Decimal:
        """How much of an order's CumQty no fill of ours accounts for. Above 0: reports are missing."""
        return self._executions.unreported_qty(self.orders[order_id])

    def unsettled(self) -> list[Order]:
        """Orders that may still trade, or with a request that has no answer."""
        return [self.orders[own_id] for own_id in self._index.unsettled]

    def apply(self, event: LedgerEvent) -> Delta:
        """Fold one event in. Never raises on contradicting evidence: it believes the stronger and says so."""
        delta = self._fold(event)
        touched = [order.list_id for order in delta.orders if order.list_id]
        if delta.lists:
            touched += [one.id for one in delta.lists]
        elif not touched:
            return delta
        lists = {one.id: one for one in (*delta.lists, *self._lists.settle(touched))}
        return msgspec.structs.replace(delta, lists=tuple(lists.values()))

    def _fold(self, event: LedgerEvent) -> Delta:
        match event:
            case ExecutionReport():
                return self._report(event)
            case OrderSubmitted():
                return self._submitted(event)
            case OrderListSubmitted():
                return self._list_submitted(event)
            case ListReport():
                return self._lists.reported(event)
            case CancelRequested() | AmendRequested() | ReplaceRequested():
                return self._requested(event)
            case ListCancelRequested():
                return self._lists.cancel_requested(event)
            case OrderHeld() | HeldEnded():
                return self._put_aside(event)
            case OrderResolved():
                return self._resolved(event)
            case MassCancelRequested():
                self._mass_cancels[event.cl_ord_id] = event.symbol
                return Delta()
            case MassCancelReport():
                return self._mass_cancelled(event)
            case SessionGap():
                return self._gap(event)
            case CancelRejected() | AmendRejected():
                return self._request_refused(event)
            case RequestRejected():
                return self._answer(event, event.reason.text)
            case NotSent():
                return self._held_on(event)
            case OutcomeUnknown():
                return self._answer(event, event.text)
            case EntryStopped() | EntryResumed():
                return Delta()  # about what may be sent, not about what was

    # --- our own facts ------------------------------------------------------------------------------------

    def _submitted(self, event: OrderSubmitted) -> Delta:
        if event.order_id in self.orders or self._is_ours(event.cl_ord_id):
            return Delta(note=f"{event.order_id}: submitted twice as {event.cl_ord_id}; the first one stands")
        return Delta(
            (self._index.begin(Order.submitted(event)),), held=self._let_go(event.held_id, event.cl_ord_id)
        )

    def _list_submitted(self, event: OrderListSubmitted) -> Delta:
        names = (event.cl_list_id, *(leg.cl_ord_id for leg in event.legs))
        if event.list_id in self.lists or any(self._is_ours(name) for name in names):
            return Delta(note=f"{event.list_id}: submitted twice as {event.cl_list_id}; the first one stands")
        delta = self._lists.submitted(event)
        return msgspec.structs.replace(delta, held=self._let_go(event.held_id, event.cl_list_id))

    def _is_ours(self, name: str) -> bool:
        return name in self._index.names.own or name in self._lists.names.own

    def _requested(self, event: CancelRequested | AmendRequested | ReplaceRequested) -> Delta:
        order = self.orders.get(event.order_id)
        if order is None:
            return Delta(note=f"{event.cl_ord_id}: a request about {event.order_id}, which is not known")
        names = [event.cl_ord_id]
        if isinstance(event, ReplaceRequested):
            names.append(event.cancel_cl_ord_id)
        keeps_name = isinstance(event, AmendRequested) and event.cl_ord_id == event.orig_cl_ord_id
        if not keeps_name and any(self._is_ours(name) for name in names):
            return Delta(note=f"{order.id}: {event.cl_ord_id} was requested twice; the first one stands")
        for name in names:
            self._index.names.own[name] = order.id
        return Delta((self._index.keep(order.apply(event)),))

    def _put_aside(self, event: OrderHeld | HeldEnded) -> Delta:
        if isinstance(event, HeldEnded):
            return Delta(held=self._let_go(event.held_id))
        number = parse_order_id(event.held_id, HELD_PREFIX) or 0
        self._last_held_number = max(self._last_held_number, number)
        held = Held(
            id=event.held_id,
            at=event.at,
            request=event.request,
            list_request=event.list_request,
            from_order_id=event.from_order_id,
        )
        self.held[held.id] = held
        source = self.orders.get(event.from_order_id)
        orders = () if source is None else (self._index.keep(source.apply(event)),)
        return Delta(orders, held=((held.id, held),))

    def _let_go(self, held_id: str, submitted_as: str = "") -> tuple[tuple[str, Held | None], ...]:
        held = self.held.pop(held_id, None)
        if held is None:
            return ()
        if submitted_as:
            self._released[submitted_as] = held
            if len(self._released) > RELEASED:
                del self._released[next(iter(self._released))]
        return ((held_id, None),)

    def _held_on(self, event: NotSent) -> Delta:
        """What certainly never left is held as before, when that is where it came from."""
        delta, held = self._answer(event, event.text), self._released.pop(event.cl_ord_id, None)
        if held is None:
            return delta
        self.held[held.id] = held
        return msgspec.structs.replace(delta, held=((held.id, held),))

    def _resolved(self, event: OrderResolved) -> Delta:
        order = self.orders.get(event.order_id)
        if order is None or not order.in_doubt:
            return Delta(note=f"{event.order_id} is not in doubt, and was not resolved: {event.note}")
        return Delta((self._index.keep(order.apply(event)),))

    def _gap(self, gap: SessionGap) -> Delta:
        changed = []
        for order in self.unsettled():
            new = order.apply(gap)
            if new is not order:
                changed.append(self._index.keep(new))
        note = "".join(
            f"mass cancel of {symbol} ({name}): no answer, and none will come; "
            for name, symbol in self._mass_cancels.items()
        )
        self._mass_cancels.clear()
        return Delta(tuple(changed), note=note.rstrip("; "))

    # --- answers ------------------------------------------------------------------------------------------

    def _answer(
        self,
        event: CancelRejected | AmendRejected | RequestRejected | NotSent | OutcomeUnknown,
        text: str,
        order: Order | None = None,
    ) -> Delta:
        """`order`: which one it is about, where its ids say so; else the request's own id does."""
        if order is None:
            one = self._lists.named(event.cl_ord_id)
            if one is not None:
                return self._lists.answered(event, one, text)
            order = self.by_cl_ord_id(event.cl_ord_id)
        if order is None:
            symbol = self._mass_cancels.get(event.cl_ord_id)
            if symbol is None:
                return Delta(note=f"{event.cl_ord_id}: answer to a request that is not known here: {text}")
            if not isinstance(event, OutcomeUnknown):
                del self._mass_cancels[event.cl_ord_id]
            return Delta(note=f"mass cancel of {symbol} ({event.cl_ord_id}): {text}")
        new = order.apply(event)
        if new is order:
            return Delta(note=f"{order.id} is {order.state.value}, {event.cl_ord_id} changes nothing: {text}")
        return Delta((self._index.keep(new),), note=_doubling(order, new))

    def _request_refused(self, event: CancelRejected | AmendRejected) -> Delta:
        if isinstance(event, CancelRejected) and (one := self._lists.of_refusal(event)) is not None:
            event = msgspec.structs.replace(event, cl_ord_id=one.pending_cancel or event.cl_ord_id)
            return self._lists.answered(event, one, event.reason.text)
        order = self.by_cl_ord_id(event.cl_ord_id)
        if order is not None:
            if not any(p.answers_to(event.cl_ord_id) for p in order.pending):
                # Late: that request is settled. By its other ids it would pass for the answer to the next one.
                event = msgspec.structs.replace(event, order_id=None, orig_cl_ord_id=None)
        elif event.order_id is not None:
            order = self.by_venue_id(event.symbol, event.order_id)
        if order is None and event.orig_cl_ord_id is not None:
            order = self.by_cl_ord_id(event.orig_cl_ord_id)
        return self._answer(event, event.reason.text, order)

    def _mass_cancelled(self, report: MassCancelReport) -> Delta:
        asked = self._mass_cancels.pop(report.cl_ord_id, None)
        what = f"mass cancel of {report.symbol} ({report.cl_ord_id})"
        if report.reason is not None:
            code = "" if report.reason.code is None else f" ({report.reason.code})"
            return Delta(note=f"{what} refused: {report.reason.text}{code}")
        return Delta(note="" if asked is not None else f"{what} was not asked for here")

    # --- reports ------------------------------------------------------------------------------------------

    def _report(self, report: ExecutionReport) -> Delta:
        order = self._index.of_report(report)
        if order is None:
            own_id = self._index.new_foreign_id(report)
            if report.ord_status is OrdStatus.REJECTED:
                name = report.cl_ord_id or own_id
                return Delta(note=f"{name}: refusal of an order not placed here: {_text(report)}")
            new, before = Order.adopted(own_id, report), _NOTHING
            note = ""
        else:
            if self._executions.seen(order, report):
                return Delta(note=f"{order.id}: report {report.exec_id} repeated", repeated=True)
            new, before = order.apply(report), (order.cum_qty, order.cum_quote_qty)
            notes = (_exceeding(order, new), _contradiction(order, new, report) or _doubling(order, new))
            note = "; ".join(text for text in notes if text)
        lists: tuple[OrderList, ...] = ()
        if report.list_id is not None:
            new, lists = self._lists.joined(new, report)
        if new is not order:
            self._index.keep(new)
        self._index.learn(new, report)
        fills = self._executions.take(new, report)
        position = self._executions.move(new, before, fills)
        return Delta((new,) if new is not order else (), fills, position, note, lists)

    # --- snapshots ----------------------------------------------------------------------------------------

    def copied(self) -> object:
        """The whole state as it is now, for `blotter.trading.encoding.encoded`; for a tape snapshot."""
        return copied(
            _State(
                orders=list(self.orders.values()),
                order_names=self._index.names,
                lists=list(self.lists.values()),
                list_names=self._lists.names,
                fills=self.fills,
                positions=self.positions,
                execution_names=self._executions.names,
                held=list(self.held.values()),
                released=self._released,
                last_held_number=self._last_held_number,
                mass_cancels=self._mass_cancels,
            )
        )

    def dump(self) -> bytes:
        """The whole state as msgpack."""
        return b"".join(encoded(self.copied()))

    @classmethod
    def load(cls, data: bytes | msgspec.Raw) -> "Ledger":
        """The inverse of `dump`. Raises `msgspec.ValidationError` on data of another shape, and its base
        `msgspec.DecodeError` on bytes that are no msgpack at all."""
        state = msgspec.msgpack.decode(data, type=_State)
        index = OrderIndex(state.orders, state.order_names)
        ledger = cls(
            index,
            Lists(index, state.lists, state.list_names),
            Executions(state.fills, state.positions, state.execution_names),
        )
        ledger.held = {held.id: held for held in state.held}
        ledger._released = state.released
        ledger._last_held_number = state.last_held_number
        ledger._mass_cancels = state.mass_cancels
        return ledger


def _text(report: ExecutionReport) -> str:
    return report.reason.text if report.reason is not None else ""


def _doubling(old: Order, new: Order) -> str:
    """Said once, when a replace has left both the old and the new order live."""
    if len(new.placements) > 1 and new.doubled and not old.doubled:
        return f"{new.id}: two orders are live under it, the old one was not cancelled"
    return ""


def _exceeding(old: Order, new: Order) -> str:
    """Said once, when a replace has left more than was asked for."""
    if not old.pending:
        return ""
    said = excess(old.pending, new.placements)
    return f"{new.id}: {said}" if said and said != excess(old.pending, old.placements) else ""


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
