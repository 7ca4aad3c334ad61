"""An order as the trader knows it: one immutable own id, a chain of placements at the venue under it.

A *placement* is one order at the venue. A cancel-and-new replace starts a second placement under the same own
id; an amend in place and a change of terms keep the placement and may rename it. `Order.apply(event) -> Order`
is the only way an order changes, and it is a pure fold: no clock, no id of its own making, the same report
twice changes nothing. How a placement's state moves is the table in `blotter.trading.placement`.

What the order as a whole is, is derived from its placements (`blotter.trading.order_state`).

Requests in flight stand beside that in `pending`; a refusal of one (9, XAR) never changes the state,
because it says nothing about the order: it has often just filled (fact sheet 7.2).
"""

from decimal import Decimal

import msgspec

from blotter.trading.enums import OrdStatus, RejectCategory, Side
from blotter.trading.event import (
    ZERO,
    AmendRejected,
    AmendRequested,
    CancelRejected,
    CancelRequested,
    ExecutionReport,
    LedgerEvent,
    ListCancelRequested,
    ListLeg,
    NotSent,
    OrderHeld,
    OrderListSubmitted,
    OrderResolved,
    OrderSubmitted,
    OutcomeUnknown,
    Reason,
    ReplaceRequested,
    RequestRejected,
    SessionGap,
)
from blotter.trading.order_state import doubted, excess, is_doubt, state_of, unknown, why_flat
from blotter.trading.pending import PendingRequest, RequestKind
from blotter.trading.placement import Evidence, OrderState, Placement, Standing
from blotter.trading.report_match import placement_of

__all__ = ["Order", "OrderState", "PendingRequest", "Placement", "RequestKind", "Standing"]


class Order(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """An order under its own id. Quantities in base asset, prices in quote asset, times UTC nanoseconds."""

    id: str
    symbol: str
    placements: tuple[Placement, ...]
    state: OrderState
    created_at: int
    updated_at: int
    foreign: bool = False  # placed elsewhere (phone, REST, another session): adopted from a report
    pending: tuple[PendingRequest, ...] = ()
    unverified_since: int | None = None  # a session gap lies behind it; reports may be missing
    acked_at: int | None = None  # first answer of the venue, for order-to-ack latency
    reason: Reason | None = None  # last refusal or ending worth telling, of the order or of a request
    list_id: str = ""  # own id of the order list it is a leg of
    leg: str = ""  # which leg ("working", "pending", "below", "above"); "" also where nobody here knows
    hold: str = ""  # ClOrdID of the cancel after which what is left of it is to be held here

    # --- how one begins -----------------------------------------------------------------------------------

    @classmethod
    def submitted(cls, event: OrderSubmitted) -> "Order":
        """An order of ours that is about to leave."""
        return cls(
            id=event.order_id,
            symbol=event.request.symbol,
            placements=(Placement.sent(event.cl_ord_id, event.request),),
            state=OrderState.PENDING_NEW,
            created_at=event.at,
            updated_at=event.at,
        )

    @classmethod
    def leg_of(cls, event: OrderListSubmitted, leg: ListLeg, name: str) -> "Order":
        """A leg of a list of ours that is about to leave."""
        return cls(
            id=leg.order_id,
            symbol=leg.request.symbol,
            placements=(Placement.sent(leg.cl_ord_id, leg.request),),
            state=OrderState.PENDING_NEW,
            created_at=event.at,
            updated_at=event.at,
            list_id=event.list_id,
            leg=name,
        )

    @classmethod
    def adopted(cls, id: str, report: ExecutionReport) -> "Order":
        """An order nobody asked for here, from the first report of it."""
        placement = Placement.adopted(report)
        return cls(
            id=id,
            symbol=report.symbol,
            placements=(placement,),
            state=placement.state,
            created_at=report.at,
            updated_at=report.at,
            foreign=True,
            acked_at=report.at,
            reason=placement.reason,
        )

    # --- what the screen asks -----------------------------------------------------------------------------

    @property
    def current(self) -> Placement:
        """The placement whose terms are the order's: the newest live one, else the newest not refused."""
        if len(self.placements) == 1:
            return self.placements[0]
        newest_first = self.placements[::-1]
        for placement in newest_first:
            if placement.state.live:
                return placement
        standing = (p for p in newest_first if p.state is not OrderState.REJECTED)
        return next(standing, newest_first[0])

    @property
    def open(self) -> bool:
        """It may still trade, or nobody knows that it cannot."""
        return not self.state.terminal

    @property
    def side(self) -> Side:
        """The same for all placements."""
        return self.placements[0].request.side

    @property
    def price(self) -> Decimal | None:
        """The accepted limit price, or the one it was pegged at; None for market orders."""
        return self.current.price

    @property
    def standing(self) -> Standing | None:
        """Working on the book, held until triggered, or pending until another leg fills; None when it is not live."""
        return self.current.standing

    @property
    def doubled(self) -> bool:
        """Two placements of it are live at once, and no replace is on its way that would explain it."""
        return not self.pending_replace and sum(p.state.live for p in self.placements) > 1

    @property
    def in_doubt(self) -> bool:
        """Nobody knows for sure how it stands: it, or a request about it, is unconfirmed, or reports may be missing."""
        lost = self.open and self.unverified_since is not None
        return lost or doubted(self.placements, self.pending)

    @property
    def to_hold(self) -> Decimal | None:
        """What is left of it and is to be held here, now that it is gone from the venue. None: nothing."""
        if not self.hold or self.state not in (OrderState.CANCELED, OrderState.EXPIRED):
            return None
        return self.current.unfilled_qty or None

    @property
    def cum_qty(self) -> Decimal:
        """Filled over all placements."""
        if len(self.placements) == 1:
            return self.placements[0].cum_qty
        return sum((p.cum_qty for p in self.placements), ZERO)

    @property
    def cum_quote_qty(self) -> Decimal:
        """Quote asset paid or received over all placements, before fees."""
        if len(self.placements) == 1:
            return self.placements[0].cum_quote_qty
        return sum((p.cum_quote_qty for p in self.placements), ZERO)

    @property
    def avg_px(self) -> Decimal | None:
        """Quote filled / base filled (fact sheet trap 17: the venue sends none). None while nothing is."""
        cum_qty = self.cum_qty
        return self.cum_quote_qty / cum_qty if cum_qty else None

    @property
    def order_qty(self) -> Decimal | None:
        """The accepted total: what other placements filled and what the current one was accepted for.
        None: a market order by quote amount whose base quantity nobody has said."""
        current = self.current
        if current.order_qty is None:
            return self.cum_qty if current.state is OrderState.FILLED else None
        return self.cum_qty - current.cum_qty + current.order_qty

    @property
    def leaves_qty(self) -> Decimal | None:
        """What may still trade, by what is accepted. None: not known (see `order_qty`)."""
        if self.state.terminal:
            return ZERO
        live = [p.leaves_qty for p in self.placements if p.state.live] or [self.current.leaves_qty]
        known = [leaves for leaves in live if leaves is not None]
        return sum(known, ZERO) if len(known) == len(live) else None

    @property
    def cl_ord_id_chain(self) -> tuple[str, ...]:
        """Every ClOrdID the order itself was known by, oldest first (ids of cancels are not among them)."""
        return tuple(name for placement in self.placements for name in placement.cl_ord_ids)

    @property
    def pending_cancel(self) -> bool:
        """A cancel has no answer yet."""
        return any(p.kind is RequestKind.CANCEL for p in self.pending)

    @property
    def pending_replace(self) -> bool:
        """An amend or a cancel-and-new has no answer yet."""
        return any(p.kind is not RequestKind.CANCEL for p in self.pending)

    # --- the fold -----------------------------------------------------------------------------------------

    def apply(self, event: LedgerEvent) -> "Order":
        """The order after `event`; itself when that is not about it or says nothing new. Never raises."""
        match event:
            case ExecutionReport():
                return self._reported(event)
            case CancelRequested():
                asked = self._asked(
                    PendingRequest(
                        kind=RequestKind.CANCEL,
                        cl_ord_id=event.cl_ord_id,
                        at=event.at,
                        target=event.orig_cl_ord_id,
                    )
                )
                return asked._with(event.at, hold=event.cl_ord_id) if event.hold else asked
            case ListCancelRequested():
                return self._asked(
                    PendingRequest(kind=RequestKind.CANCEL, cl_ord_id=event.cl_ord_id, at=event.at)
                )
            case OrderHeld():
                return self._with(event.at, hold="")
            case OrderResolved():
                return self._resolved(event)
            case AmendRequested():
                others = self.cum_qty - self.current.cum_qty
                return self._asked(
                    PendingRequest(
                        kind=RequestKind.AMEND,
                        cl_ord_id=event.cl_ord_id,
                        at=event.at,
                        price=self.price if event.request is None else event.request.price,
                        order_qty=others + event.order_qty,
                        target=event.orig_cl_ord_id,
                        terms=event.request,
                    )
                )
            case ReplaceRequested():
                return self._replacing(event)
            case CancelRejected() | AmendRejected():
                return self._refused_request(event)
            case RequestRejected():
                if event.reason.category is RejectCategory.UNKNOWN_OUTCOME:
                    return self._lost(event.cl_ord_id, event.reason, event.at)
                return self._refused(event.cl_ord_id, event.reason, event.at, answered=True)
            case NotSent():
                reason = Reason(category=RejectCategory.SESSION, text=event.text)
                return self._refused(event.cl_ord_id, reason, event.at, answered=False)
            case OutcomeUnknown():
                return self._lost(event.cl_ord_id, unknown(event.text), event.at)
            case SessionGap():
                return self._gap(event)
            case _:
                return self

    def _with(self, at: int, **changes: object) -> "Order":
        """This order with those fields; the derived state and, if anything differs, the time."""
        changed = msgspec.structs.replace(self, **changes)
        if changed == self:
            return self
        return msgspec.structs.replace(changed, state=state_of(changed.placements), updated_at=at)

    def _asked(self, request: PendingRequest) -> "Order":
        target = request.target or self.current.cl_ord_id
        if any(p.state.terminal for p in self.placements if target in p.cl_ord_ids):
            return self  # it ended while the request was being recorded: there is nothing to wait for
        request = msgspec.structs.replace(request, target=target)
        return self._with(request.at, pending=(*self.pending, request))

    def _replacing(self, event: ReplaceRequested) -> "Order":
        asked = event.request.order_qty
        request = PendingRequest(
            kind=RequestKind.REPLACE,
            cl_ord_id=event.cl_ord_id,
            cancel_cl_ord_id=event.cancel_cl_ord_id,
            at=event.at,
            price=event.request.price,
            order_qty=None if asked is None else self.cum_qty + asked,
            target=event.orig_cl_ord_id,
            mode=event.mode,
        )
        placement = Placement.sent(event.cl_ord_id, event.request, event.cancel_cl_ord_id)
        return self._with(
            event.at, placements=(*self.placements, placement), pending=(*self.pending, request)
        )

    # reports

    def _index(self, report: ExecutionReport) -> int | None:
        return placement_of(report, self.placements, self.pending, self.list_id)

    def concerns(self, report: ExecutionReport) -> bool:
        """Whether the report is about one of this order's placements."""
        return self._index(report) is not None

    def _reported(self, report: ExecutionReport) -> "Order":
        index = self._index(report)
        if index is None:
            return self
        old = self.placements[index]
        if report.ord_status is OrdStatus.REJECTED and (denied := self._denied(report)) is not None:
            return denied
        new = old.report(report)
        placements = (*self.placements[:index], new, *self.placements[index + 1 :])
        pending = self.pending
        if pending:
            waiting = (p.after(report, new, placements) for p in pending)
            pending = tuple(p for p in waiting if p is not None)
            if new.state is OrderState.UNCONFIRMED:
                why = report.reason.text if report.reason is not None else ""
                pending = tuple(p.doubted(why) if p.cl_ord_id in new.cl_ord_ids else p for p in pending)
        reason = self.reason
        if new.reason is not None and new.reason != old.reason:
            reason = new.reason
        elif is_doubt(reason) and not doubted(placements, pending):
            reason = None
        if old.state is OrderState.RESOLVED and new.state is not old.state:
            reason = new.reason  # a person's word is outweighed
        if new.state is not old.state and len(placements) > 1:
            reason = why_flat(placements) or reason
        if self.pending and (said := excess(self.pending, placements)):
            reason = Reason(category=RejectCategory.OTHER, text=said)
        state = state_of(placements)
        # News of one placement says nothing about another that is thought to be live.
        elsewhere = any(p.state.live for p in placements if p is not new)
        unverified_since = self.unverified_since if elsewhere else None
        if (
            new == old
            and pending == self.pending
            and self.unverified_since == unverified_since
            and self.acked_at is not None
            and reason == self.reason
        ):
            return self
        return msgspec.structs.replace(
            self,
            placements=placements,
            state=state,
            updated_at=report.at,
            pending=pending,
            unverified_since=unverified_since,
            acked_at=self.acked_at if self.acked_at is not None else report.at,
            reason=reason,
            hold=self._still_to_hold(state, pending) if self.hold else "",
        )

    def _denied(self, report: ExecutionReport) -> "Order | None":
        """The order after an ExecutionReport that refuses a cancel or an amend of it (39=8 under that request's id);
        None when it is none. It says nothing of the order then, though it may bear its OrderID."""
        name = report.cl_ord_id
        if name is None:
            return None
        # An order whose amend was given up may go by that name too: what it refuses then, 41 tells.
        about_another = report.orig_cl_ord_id not in (None, name)
        own = {p.cl_ord_id for p in self.placements} if about_another else self.cl_ord_id_chain
        if name in own:
            return None
        asked = self._pending(name)
        if asked is not None and asked.kind is RequestKind.REPLACE:
            return None
        reason = report.reason or Reason(category=RejectCategory.OTHER, text="refused, no reason given")
        if asked is None:
            return self._with(report.at, reason=reason) if self.open else self
        if reason.category is RejectCategory.UNKNOWN_OUTCOME:
            return self._lost(name, reason, report.at)
        return self._refused(name, reason, report.at, answered=True)

    def _still_to_hold(self, state: OrderState, pending: tuple[PendingRequest, ...]) -> str:
        """A cancel that came to nothing leaves nothing to hold."""
        if not self.hold or state.terminal or any(p.cl_ord_id == self.hold for p in pending):
            return self.hold
        return ""

    # refusals and losses

    def _pending(self, cl_ord_id: str) -> PendingRequest | None:
        return next((p for p in self.pending if p.answers_to(cl_ord_id)), None)

    def _told(
        self, request: PendingRequest | None, cl_ord_id: str, said: Evidence, reason: Reason
    ) -> tuple[Placement, ...]:
        """The placements after word of a request, when that request was to place one of them."""
        if request is not None:
            if request.kind is not RequestKind.REPLACE:
                return self.placements
            cl_ord_id = request.cl_ord_id
        return tuple(p.told(said, reason) if p.cl_ord_ids[0] == cl_ord_id else p for p in self.placements)

    def _refused_request(self, event: CancelRejected | AmendRejected) -> "Order":
        """OrderCancelReject (9) or OrderAmendReject (XAR)."""
        request = self._pending(event.cl_ord_id)
        if request is None:
            # Which of an XCN's two ids a 9 carries is written nowhere (fact sheet 6.3): 37 and 41 decide.
            amend = isinstance(event, AmendRejected)
            named = {p.cl_ord_ids for p in self.placements if p.order_id and p.order_id == event.order_id}
            names = {name for chain in named for name in chain} | {event.orig_cl_ord_id}
            fits = (p for p in self.pending if (p.kind is RequestKind.AMEND) == amend and p.target in names)
            request = next(fits, None)
        if event.reason.category is RejectCategory.UNKNOWN_OUTCOME:
            return self._lost(request.cl_ord_id if request else event.cl_ord_id, event.reason, event.at)
        if request is None:
            return self._with(event.at, reason=event.reason) if self.open else self
        if request.halves:
            left = request.cancel_refused(self.placements)
            others = tuple(left if p is request else p for p in self.pending)
            return self._with(
                event.at, pending=tuple(p for p in others if p is not None), reason=event.reason
            )
        return self._refused(request.cl_ord_id, event.reason, event.at, answered=True)

    def _refused(self, cl_ord_id: str, reason: Reason, at: int, *, answered: bool) -> "Order":
        """The request `cl_ord_id` had no effect. A replace's new placement was then never tried."""
        request = self._pending(cl_ord_id)
        why = reason
        if request is not None and request.kind is RequestKind.REPLACE:
            what = "cancel refused" if answered else "not sent"
            why = msgspec.structs.replace(reason, text=f"not placed, {what}: {reason.text}")
        placements = self._told(request, cl_ord_id, Evidence.REFUSED, why)
        if request is None and placements == self.placements:
            return self
        first = answered and request is None and self.acked_at is None
        pending = tuple(p for p in self.pending if p is not request)
        return self._with(
            at,
            placements=placements,
            pending=pending,
            acked_at=at if first else self.acked_at,
            reason=why_flat(placements) or reason,
            hold=self._still_to_hold(state_of(placements), pending),
        )

    def _resolved(self, event: OrderResolved) -> "Order":
        """A person takes it out of doubt: what may still live is done with, what was asked is not waited for."""
        if not self.in_doubt:
            return self
        reason = Reason(category=RejectCategory.OTHER, text=f"resolved: {event.note}")
        placements = [p.told(Evidence.VOUCHED, reason) for p in self.placements]
        for asked in self.pending:
            if asked.kind is RequestKind.AMEND:  # under that name it may come back
                placements = [
                    p.also(asked.cl_ord_id) if asked.target in p.cl_ord_ids else p for p in placements
                ]
        return self._with(
            event.at,
            placements=tuple(placements),
            pending=(),
            unverified_since=None,
            reason=reason,
            hold="",
        )

    def _lost(self, cl_ord_id: str, reason: Reason, at: int) -> "Order":
        """Nobody knows what became of the request `cl_ord_id`."""
        request = self._pending(cl_ord_id)
        placements = self._told(request, cl_ord_id, Evidence.LOST, reason)
        if request is None and placements == self.placements:
            return self
        pending = tuple(p.doubted(reason.text) if p is request else p for p in self.pending)
        return self._with(at, placements=placements, pending=pending, reason=reason)

    def _gap(self, gap: SessionGap) -> "Order":
        if not self.open and not self.pending:
            return self
        reason = unknown(gap.text)
        placements = tuple(p.told(Evidence.LOST, reason) for p in self.placements)
        pending = tuple(p if p.unconfirmed else p.doubted(gap.text) for p in self.pending)
        lost = placements != self.placements or pending != self.pending
        since = self.unverified_since
        if since is None and any(p.state.live for p in placements):
            since = gap.at
        return self._with(
            gap.at,
            placements=placements,
            pending=pending,
            unverified_since=since,
            reason=reason if lost else self.reason,
        )
