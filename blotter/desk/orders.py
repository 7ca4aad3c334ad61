"""From a trader's wish to a message in the lane: checks, ids, and what is waited for.

Every refusal happens here, before anything leaves, and names the field at fault. Cancels are refused only where there
is nothing to cancel or no session to send on.
"""

from collections.abc import Callable, Mapping
from decimal import Decimal

import msgspec

from blotter.desk.change import Answer
from blotter.desk.clock import Clock
from blotter.desk.command import Amend, Cancel, CancelAll, MassCancelSymbol, Submit
from blotter.desk.fold import request_id
from blotter.desk.lane import Outgoing
from blotter.desk.link import Link
from blotter.desk.recorder import Recorder
from blotter.trading.event import (
    AmendRequested,
    CancelRequested,
    MassCancelRequested,
    OrderSubmitted,
    OutcomeUnknown,
    OwnEvent,
    ReplaceRequested,
)
from blotter.trading.instrument import Instrument, Quote
from blotter.trading.ledger import format_order_id
from blotter.trading.order import Order, OrderState
from blotter.trading.request import OrderRequest
from blotter.trading.rules import check
from blotter.venues.base import (
    AmendOrder,
    CancelOrder,
    MassCancel,
    NewOrder,
    ReplaceOrder,
    Venue,
    VenueRequest,
)

SECOND = 1_000_000_000


class Refusal(Exception):
    """A command cannot be carried out: the field at fault and the reason, for its Answer."""

    def __init__(self, text: str, field: str = "", *, warning: bool = False) -> None:
        super().__init__(text)
        self.field = field
        self.warning = warning


class Orders:
    """Order commands of one account at one venue."""

    def __init__(
        self,
        venue: Venue,
        link: Link,
        recorder: Recorder,
        clock: Clock,
        answer: Callable[[Answer], None],
        *,
        tag: str,
        ack_timeout: float,
        power_durable: bool,
        frozen: Callable[[], str] = lambda: "",
    ) -> None:
        """`frozen`: why new orders must wait; "" when they need not. Cancels never do."""
        self._venue = venue
        self._link = link
        self._recorder = recorder
        self._clock = clock
        self._answer = answer
        self._tag = tag
        self._ack_timeout = int(ack_timeout * SECOND)
        self._power_durable = power_durable
        self._frozen = frozen
        self._next_order = recorder.fold.ledger.next_order_number
        self._next_request = recorder.fold.requests + 1
        self._waiting: dict[str, int] = {}  # ClOrdID -> mono ns at which its silence makes it unconfirmed
        self.written_at: dict[str, int] = {}  # ClOrdID -> mono ns of the socket write, until the first answer
        self.stopped = False

    # --- why not -------------------------------------------------------------------------------------------

    def entry_blocked(self) -> str:
        """Why a new order would be refused now; "" when it would not."""
        if self.stopped:
            return "entry is stopped (resume turns it on)"
        if trouble := self._recorder.trouble:
            return f"nothing can be recorded: {trouble}"
        if not self._link.live:
            return f"{self._link.name} is down" + (f": {self._link.reason}" if self._link.reason else "")
        return self._frozen()

    def _require_link(self) -> None:
        if not self._link.live:
            reason = self._link.reason
            raise Refusal(
                f"{self._link.name} is down" + (f": {reason}" if reason else "") + "; nothing was sent"
            )

    def _require_entry(self) -> None:
        if blocked := self.entry_blocked():
            raise Refusal(blocked)

    def _require_legal(
        self,
        request: OrderRequest,
        instruments: Mapping[str, Instrument],
        quotes: Mapping[str, Quote],
        accept_warnings: bool,
    ) -> None:
        instrument = instruments.get(request.symbol)
        rules_known = bool(
            instruments
        )  # until the venue has listed its symbols, only the shape can be judged
        for violation in check(request, instrument, quotes.get(request.symbol)):
            if violation.field != "symbol" or rules_known:
                raise Refusal(violation.text, violation.field)
        if not rules_known and not accept_warnings:
            text = f"the venue's rules for {request.symbol} are not known yet: price and size are not checked"
            raise Refusal(text, "symbol", warning=True)

    def _order(self, order_id: str) -> Order:
        order = self._recorder.fold.ledger.orders.get(order_id)
        if order is None:
            raise Refusal(f"order {order_id} is not known", "order_id")
        return order

    # --- commands ------------------------------------------------------------------------------------------

    def submit(
        self, command: Submit, instruments: Mapping[str, Instrument], quotes: Mapping[str, Quote]
    ) -> None:
        """A new order. Raises Refusal."""
        self._require_entry()
        request = command.request
        self._require_legal(request, instruments, quotes, command.accept_warnings)
        number = self._next_order
        order_id, cl_ord_id = format_order_id(number), f"{self._tag}-{number:06d}"
        quote = quotes.get(request.symbol)
        fact = OrderSubmitted(
            order_id=order_id,
            cl_ord_id=cl_ord_id,
            request=request,
            at=self._clock().wall,
            bid=quote.bid if quote else None,
            ask=quote.ask if quote else None,
        )
        self._next_order = number + 1
        self._send(command.id, NewOrder(cl_ord_id, request), fact, cl_ord_id, (order_id,), f"{order_id} sent")

    def cancel(self, command: Cancel) -> None:
        """Cancel orders by own id; one request each. Raises Refusal when none can be sent."""
        self._require_link()
        known = self._recorder.fold.ledger.orders
        unknown = [order_id for order_id in command.order_ids if order_id not in known]
        if unknown:
            raise Refusal(f"not known: {', '.join(unknown)}", "order_id")
        victims = [known[order_id] for order_id in command.order_ids if not known[order_id].state.terminal]
        if not victims:
            raise Refusal(
                "nothing to cancel: " + ", ".join(_ended(known[i]) for i in command.order_ids), "order_id"
            )
        self._cancel(command.id, victims)

    def cancel_all(self, command: CancelAll) -> None:
        """Cancel what is open, of one symbol or all. Raises Refusal."""
        victims = self.open_orders(command.symbol)
        if not victims:
            raise Refusal("nothing to cancel" + (f" in {command.symbol}" if command.symbol else ""))
        self._require_link()
        self._cancel(command.id, victims)

    def open_orders(self, symbol: str | None = None) -> list[Order]:
        """Every order that may still trade, unconfirmed ones included."""
        return [
            order
            for order in self._recorder.fold.ledger.orders.values()
            if not order.state.terminal and (symbol is None or order.symbol == symbol)
        ]

    def _cancel(self, command_id: str, victims: list[Order]) -> None:
        # Every placement that may trade: behind an unanswered replace there are two.
        targets = [(order, p) for order in victims for p in order.placements if not p.state.terminal]
        tally = _Tally(command_id, tuple(order.id for order in victims), len(targets), self._answer)
        for order, placement in targets:
            cl_ord_id = self._request_id()
            request = CancelOrder(cl_ord_id, order.symbol, placement.cl_ord_id, placement.order_id)
            fact = CancelRequested(
                order_id=order.id,
                cl_ord_id=cl_ord_id,
                orig_cl_ord_id=placement.cl_ord_id,
                at=self._clock().wall,
            )
            try:
                self._put(request, fact, cl_ord_id, tally.one, essential=True)
            except Refusal as refusal:  # one that cannot be cancelled must not shield the others
                tally.one(f"{order.id}: {refusal}")

    def mass_cancel(self, command: MassCancelSymbol) -> None:
        """The venue's own mass cancel of a symbol. Raises Refusal."""
        self._require_link()
        cl_ord_id = self._request_id()
        fact = MassCancelRequested(cl_ord_id=cl_ord_id, symbol=command.symbol, at=self._clock().wall)
        request = MassCancel(cl_ord_id, command.symbol)
        text = f"mass cancel of {command.symbol} sent"
        self._send(command.id, request, fact, cl_ord_id, (), text, essential=True)

    def amend(
        self, command: Amend, instruments: Mapping[str, Instrument], quotes: Mapping[str, Quote]
    ) -> None:
        """Change price or total quantity: in place where the venue can, else cancel and new. Raises Refusal."""
        order = self._order(command.order_id)
        if not order.state.live:
            raise Refusal(f"{order.id} is {order.state.value}: it cannot be amended", "order_id")
        if any(request.kind.value != "cancel" for request in order.pending):
            raise Refusal(f"{order.id} has a change on its way already", "order_id")
        self._require_link()
        placement = order.current
        if placement.order_qty is None or order.order_qty is None:
            raise Refusal(f"the venue has not said the quantity of {order.id} yet", "order_qty")
        price = command.price if command.price is not None else placement.request.price
        total = command.order_qty if command.order_qty is not None else order.order_qty
        same_price = price == placement.request.price
        if same_price and total == order.order_qty:
            raise Refusal("nothing would change", "order_qty" if command.price is None else "price")
        if total <= order.cum_qty:
            raise Refusal(f"order_qty {total} is not above the {order.cum_qty} already filled", "order_qty")
        earlier = order.order_qty - placement.order_qty  # filled by placements before this one
        if self._venue.amend_keeps_priority(placement.order_qty, total - earlier, same_price):
            self._amend_in_place(command.id, order, total - earlier)
            return
        self._require_entry()
        request = _terms(placement.request, price, total - order.cum_qty)
        self._require_legal(request, instruments, quotes, accept_warnings=True)
        self._replace(command.id, order, request)

    def _amend_in_place(self, command_id: str, order: Order, order_qty: Decimal) -> None:
        placement, cl_ord_id = order.current, self._request_id()
        fact = AmendRequested(
            order_id=order.id,
            cl_ord_id=cl_ord_id,
            orig_cl_ord_id=placement.cl_ord_id,
            order_qty=order_qty,
            at=self._clock().wall,
        )
        request = AmendOrder(cl_ord_id, order.symbol, placement.cl_ord_id, order_qty, placement.order_id)
        text = f"{order.id} amend sent, keeps its place in the queue"
        self._send(command_id, request, fact, cl_ord_id, (order.id,), text)

    def _replace(self, command_id: str, order: Order, terms: OrderRequest) -> None:
        placement = order.current
        cancel_cl_ord_id, cl_ord_id = self._request_id(), self._request_id()
        fact = ReplaceRequested(
            order_id=order.id,
            cl_ord_id=cl_ord_id,
            cancel_cl_ord_id=cancel_cl_ord_id,
            orig_cl_ord_id=placement.cl_ord_id,
            request=terms,
            at=self._clock().wall,
        )
        request = ReplaceOrder(
            cl_ord_id,
            cancel_cl_ord_id,
            placement.cl_ord_id,
            terms,
            placement.order_id,
            only_unfilled=not placement.cum_qty,
        )
        text = f"{order.id} cancel/replace sent, goes to the end of the queue"
        self._send(command_id, request, fact, cl_ord_id, (order.id,), text)

    # --- sending -------------------------------------------------------------------------------------------

    def _request_id(self) -> str:
        number = self._next_request
        self._next_request += 1
        return request_id(self._tag, number)

    def _send(
        self,
        command_id: str,
        request: VenueRequest,
        fact: OwnEvent,
        cl_ord_id: str,
        order_ids: tuple[str, ...],
        text: str,
        *,
        essential: bool = False,
    ) -> None:
        def done(cause: str) -> None:
            self._answer(Answer(id=command_id, ok=not cause, text=cause or text, order_ids=order_ids))

        self._put(request, fact, cl_ord_id, done, essential=essential)

    def _put(
        self,
        request: VenueRequest,
        fact: OwnEvent,
        cl_ord_id: str,
        done: Callable[[str], None],
        *,
        essential: bool = False,
    ) -> None:
        try:
            draft = self._venue.encode(request)
        except ValueError as error:
            raise Refusal(str(error)) from error

        def written(cause: str) -> None:
            if not cause:
                now = self._clock().mono
                self._waiting[cl_ord_id] = now + self._ack_timeout
                self.written_at[cl_ord_id] = now
            done(cause)

        self._link.send(
            Outgoing(
                draft,
                written,
                fact,
                cl_ord_id,
                power_durable=self._power_durable,
                essential=essential,
            )
        )

    @property
    def can_cancel(self) -> bool:
        """The session is up."""
        return self._link.live

    def cancels_waiting(self) -> bool:
        """Cancels are out and not overdue yet."""
        return any(order.pending_cancel for order in self.open_orders()) and bool(self._waiting)

    def overdue(self) -> list[OutcomeUnknown]:
        """Requests that have waited too long for an answer; each is told once."""
        now = self._clock()
        events = []
        while self._waiting:  # oldest first: all wait equally long
            cl_ord_id, deadline = next(iter(self._waiting.items()))
            if deadline > now.mono:
                break
            del self._waiting[cl_ord_id]
            self.written_at.pop(cl_ord_id, None)
            if self._unanswered(cl_ord_id):
                text = f"no answer within {self._ack_timeout / SECOND:g} s"
                events.append(OutcomeUnknown(cl_ord_id=cl_ord_id, text=text, at=now.wall))
        return events

    def _unanswered(self, cl_ord_id: str) -> bool:
        ledger = self._recorder.fold.ledger
        order = ledger.by_cl_ord_id(cl_ord_id)
        if order is None:
            return cl_ord_id in ledger.mass_cancels
        if any(request.cl_ord_id == cl_ord_id and not request.unconfirmed for request in order.pending):
            return True
        return any(
            placement.cl_ord_id == cl_ord_id and placement.state is OrderState.PENDING_NEW
            for placement in order.placements
        )

    def connection_lost(self) -> None:
        """Nobody is waited for any more: the session gap has made them all unconfirmed."""
        self._waiting.clear()
        self.written_at.clear()


class _Tally:
    """One answer for many cancels."""

    def __init__(
        self, command_id: str, order_ids: tuple[str, ...], cancels: int, answer: Callable[[Answer], None]
    ) -> None:
        self._command_id = command_id
        self._order_ids = order_ids
        self._answer = answer
        self._left = self._count = cancels
        self._causes: list[str] = []

    def one(self, cause: str) -> None:
        self._left -= 1
        if cause:
            self._causes.append(cause)
        if self._left:
            return
        sent = self._count - len(self._causes)
        text = f"cancel sent for {sent} order{'s' if sent != 1 else ''}"
        if self._causes:
            text += f"; {len(self._causes)} not sent: {self._causes[0]}"
        self._answer(Answer(id=self._command_id, ok=not self._causes, text=text, order_ids=self._order_ids))


def _ended(order: Order) -> str:
    return f"{order.id} is {order.state.value}"


def _terms(request: OrderRequest, price: Decimal | None, order_qty: Decimal) -> OrderRequest:
    """The same order on new terms; an iceberg shows no more than the whole."""
    max_floor = request.max_floor
    if max_floor is not None and max_floor >= order_qty:
        max_floor = None
    return msgspec.structs.replace(request, price=price, order_qty=order_qty, max_floor=max_floor)
