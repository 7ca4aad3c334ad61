"""One order at the venue, and the table by which evidence moves it.

A *placement* has one venue OrderID. `TRANSITIONS` is the whole rule of its state: what we knew, what was
said, what we know now. It is data, so that it can be read, printed and tested row by row:

    known \\ said       ACCEPTED WORKING PARTIAL FILLED   CANCELED EXPIRED  REJECTED REFUSED  LOST
    PENDING_NEW        new      new     partial filled   canceled expired  rejected rejected unconf.
    UNCONFIRMED        new      new     partial filled   canceled expired  rejected rejected unconf.
    NEW                .        .       partial filled   canceled expired  rejected .        .
    PARTIALLY_FILLED   .        .       .       filled   canceled expired  canceled .        .
    FILLED             .        .       .       .        .        .        .        .        .
    CANCELED           .        .       .       filled   .        .        .        .        .
    EXPIRED            .        .       .       filled   .        .        .        .        .
    REJECTED           new      .       partial filled   canceled expired  .        .        .

A dot is "unchanged". Read it so:

- A terminal state moves only on stronger evidence: a complete fill outweighs a cancel or an expiry, and a
  refusal (the weakest ending, often our own conclusion) yields to any proof that the venue does have the
  order.
- `REFUSED` says that a *request* to place was refused; it cannot end an order already acknowledged under
  another answer. `REJECTED` names the OrderID: the venue ended that very order.
- ExecType (150) appears nowhere: the status is OrdStatus (39) alone. 150=0 may come twice, and 150=C may
  leave a survivor of self-trade prevention that lives on (fact sheet 7.1).

Quantities follow another rule, in `Placement.report`: they are cumulative, the highest wins, none ever falls.
Nothing here reads a clock or raises on evidence that contradicts.
"""

from decimal import Decimal
from enum import Enum

import msgspec

from blotter.trading.enums import ExecInst, ExecType, OrdStatus, RejectCategory
from blotter.trading.event import ZERO, ExecutionReport, Reason
from blotter.trading.request import OrderRequest


class OrderState(Enum):
    """Where an order, or one of its placements, stands."""

    PENDING_NEW = "pending new"  # sent (or about to be), no answer yet
    NEW = "new"  # accepted; working, or held by the venue until triggered
    PARTIALLY_FILLED = "partially filled"
    FILLED = "filled"
    CANCELED = "canceled"
    REJECTED = "rejected"
    EXPIRED = "expired"
    UNCONFIRMED = "unconfirmed"  # sent, and nobody knows what became of it

    @property
    def terminal(self) -> bool:
        """No further report is expected, though a late fill is still believed."""
        return self in _TERMINAL

    @property
    def live(self) -> bool:
        """The venue has acknowledged it and it may trade."""
        return self in _LIVE

    @property
    def unanswered(self) -> bool:
        """The venue has not said anything about it."""
        return self in _UNANSWERED

    __hash__ = object.__hash__  # members are singletons; Enum's own hash is Python code, on the hot path


_TERMINAL = frozenset({OrderState.FILLED, OrderState.CANCELED, OrderState.REJECTED, OrderState.EXPIRED})
_LIVE = frozenset({OrderState.NEW, OrderState.PARTIALLY_FILLED})
_UNANSWERED = frozenset({OrderState.PENDING_NEW, OrderState.UNCONFIRMED})


class Evidence(Enum):
    """What was said about a placement, reduced to what its state may depend on."""

    ACCEPTED = "live, and the venue names an OrderID we did not know"
    WORKING = "live, without fills"
    PARTIAL = "live, with fills"
    FILLED = "completely filled"
    CANCELED = "canceled"
    EXPIRED = "expired"
    REJECTED = "ended by refusal after it was accepted"
    REFUSED = "the request to place it was refused, or certainly never sent"
    LOST = "no answer will come: time-out, session ended, or the venue itself does not know"

    __hash__ = object.__hash__  # as above


def _table() -> dict[tuple[OrderState, Evidence], OrderState]:
    pend, unco, new, part = (
        OrderState.PENDING_NEW,
        OrderState.UNCONFIRMED,
        OrderState.NEW,
        OrderState.PARTIALLY_FILLED,
    )
    fill, canc, rejd, expd = (
        OrderState.FILLED,
        OrderState.CANCELED,
        OrderState.REJECTED,
        OrderState.EXPIRED,
    )
    rows = {  # columns in the order of Evidence
        pend: (new, new, part, fill, canc, expd, rejd, rejd, unco),
        unco: (new, new, part, fill, canc, expd, rejd, rejd, unco),
        new: (new, new, part, fill, canc, expd, rejd, new, new),
        part: (part, part, part, fill, canc, expd, canc, part, part),
        fill: (fill, fill, fill, fill, fill, fill, fill, fill, fill),
        canc: (canc, canc, canc, fill, canc, canc, canc, canc, canc),
        expd: (expd, expd, expd, fill, expd, expd, expd, expd, expd),
        rejd: (new, rejd, part, fill, canc, expd, rejd, rejd, rejd),
    }
    return {(s, e): row[i] for s, row in rows.items() for i, e in enumerate(Evidence)}


TRANSITIONS = _table()

_BY_STATUS = {
    OrdStatus.PARTIALLY_FILLED: Evidence.PARTIAL,
    OrdStatus.FILLED: Evidence.FILLED,
    OrdStatus.CANCELED: Evidence.CANCELED,
    OrdStatus.EXPIRED: Evidence.EXPIRED,
}


class Placement(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One order at the venue. Quantities in base asset, prices in quote asset."""

    cl_ord_id: str  # current ClOrdID
    cl_ord_ids: tuple[str, ...]  # all it was ever known by, oldest first
    request: OrderRequest
    state: OrderState
    order_qty: Decimal | None  # accepted total in base asset; None while only a quote amount is known
    order_id: str | None = None  # venue OrderID
    cum_qty: Decimal = ZERO
    cum_quote_qty: Decimal = ZERO
    prevented_qty: Decimal = ZERO
    working: bool | None = None
    reason: Reason | None = None
    terms_at: int | None = None  # venue time of the report that name, total and `working` come from

    @classmethod
    def sent(cls, cl_ord_id: str, request: OrderRequest) -> "Placement":
        """A placement that is about to leave."""
        return cls(
            cl_ord_id=cl_ord_id,
            cl_ord_ids=(cl_ord_id,),
            request=request,
            state=OrderState.PENDING_NEW,
            order_qty=request.order_qty,
        )

    @classmethod
    def adopted(cls, report: ExecutionReport) -> "Placement":
        """A placement first heard of in a report. Its request is what the report tells of the terms."""
        name = report.orig_cl_ord_id or report.cl_ord_id or ""
        return cls(
            cl_ord_id=name,
            cl_ord_ids=(name,),
            request=OrderRequest(
                symbol=report.symbol,
                side=report.side,
                ord_type=report.ord_type,
                order_qty=report.order_qty or None,
                cash_order_qty=report.cash_order_qty,
                price=report.price,
                time_in_force=report.time_in_force,
                exec_inst=ExecInst.PARTICIPATE_DONT_INITIATE if report.post_only else None,
                max_floor=report.max_floor,
            ),
            state=OrderState.UNCONFIRMED,
            order_qty=report.order_qty or None,
        ).report(report)

    @property
    def leaves_qty(self) -> Decimal | None:
        """38 - 14 - 25030 while it may trade, 0 once it may not. None: the total in base is not known."""
        if self.state.terminal:
            return ZERO
        if self.order_qty is None:
            return None
        return max(ZERO, self.order_qty - self.cum_qty - self.prevented_qty)

    def evidence(self, report: ExecutionReport) -> Evidence:
        """What this report says of this placement's state."""
        status = report.ord_status
        if status is OrdStatus.REJECTED:
            if report.reason is not None and report.reason.category is RejectCategory.UNKNOWN_OUTCOME:
                return Evidence.LOST
            known = self.order_id is not None and report.order_id == self.order_id
            return Evidence.REJECTED if known else Evidence.REFUSED
        said = _BY_STATUS.get(status)
        if said is not None:
            return said
        # New, Pending New (held by the venue: a list's pending leg) and Pending Cancel all live.
        if self.order_id is None and report.order_id is not None:
            return Evidence.ACCEPTED
        return Evidence.WORKING

    def told(self, said: Evidence, reason: Reason | None = None) -> "Placement":
        """The placement after evidence that is no report: a refusal, a loss."""
        state = TRANSITIONS[self.state, said]
        if state is self.state:
            return self
        return msgspec.structs.replace(self, state=state, reason=reason)

    def report(self, report: ExecutionReport) -> "Placement":
        """The placement after an ExecutionReport about it."""
        said = self.evidence(report)
        state = TRANSITIONS[self.state, said]
        cum_qty, cum_quote_qty = self._filled(report)
        if state is OrderState.NEW and cum_qty:
            state = OrderState.PARTIALLY_FILLED
        reason = self.reason
        if state is not self.state or (report.reason is not None and state.terminal):
            reason = report.reason if state.terminal or state is OrderState.UNCONFIRMED else None
        if said is Evidence.REFUSED or said is Evidence.LOST:
            return msgspec.structs.replace(self, state=state, reason=reason)

        cl_ord_id, order_qty, working, terms_at = (
            self.cl_ord_id,
            self.order_qty,
            self.working,
            self.terms_at,
        )
        when = report.transact_time
        if terms_at is None or when is None or when >= terms_at:
            # Terms of an order can go both ways, so the newest report has them, not the last to arrive.
            cl_ord_id = self._name(report)
            order_qty = report.order_qty or order_qty  # a zero 38 says: placed by quote amount
            working = report.working if report.working is not None else working
            terms_at = when if when is not None else terms_at
        names = self.cl_ord_ids if cl_ord_id in self.cl_ord_ids else (*self.cl_ord_ids, cl_ord_id)
        return msgspec.structs.replace(
            self,
            cl_ord_id=cl_ord_id,
            cl_ord_ids=names,
            state=state,
            order_qty=order_qty,
            order_id=report.order_id if report.order_id is not None else self.order_id,
            cum_qty=cum_qty,
            cum_quote_qty=cum_quote_qty,
            prevented_qty=max(self.prevented_qty, report.prevented_qty),
            working=working,
            reason=reason,
            terms_at=terms_at,
        )

    def _filled(self, report: ExecutionReport) -> tuple[Decimal, Decimal]:
        """(CumQty, CumQuoteQty) after `report`. The report with the highest CumQty knows both best."""
        more = report.cum_qty - self.cum_qty
        if more < 0:
            return self.cum_qty, self.cum_quote_qty
        if report.cum_quote_qty is not None:
            return report.cum_qty, report.cum_quote_qty
        # No quote total said: at its own price, or at worst at its limit.
        px = report.last_px or report.price or self.request.price or ZERO
        return report.cum_qty, self.cum_quote_qty + more * px

    def _name(self, report: ExecutionReport) -> str:
        """The order's ClOrdID: 11, or 41 where that is present and 11 names a request; an amend renames."""
        if report.exec_type is ExecType.REPLACED or report.orig_cl_ord_id is None:
            return report.cl_ord_id or self.cl_ord_id
        return report.orig_cl_ord_id
