"""One order at the venue, and the table by which evidence moves it.

A *placement* has one venue OrderID at a time. `TRANSITIONS` is the whole rule of its state: what we knew, what was
said, what we know now. It is data, so that it can be read, printed and tested row by row:

    known \\ said       ACCEPTED WORKING PARTIAL FILLED   CANCELED EXPIRED  REJECTED REFUSED  LOST    VOUCHED
    PENDING_NEW        new      new     partial filled   canceled expired  rejected rejected unconf. resolved
    UNCONFIRMED        new      new     partial filled   canceled expired  rejected rejected unconf. resolved
    NEW                .        .       partial filled   canceled expired  rejected .        .       resolved
    PARTIALLY_FILLED   .        .       .       filled   canceled expired  canceled .        .       resolved
    FILLED             .        .       .       .        .        .        .        .        .       .
    CANCELED           .        .       .       filled   .        .        .        .        .       .
    EXPIRED            .        .       .       filled   .        .        .        .        .       .
    REJECTED           new      .       partial filled   canceled expired  .        .        .       .
    RESOLVED           new      new     partial filled   canceled expired  rejected rejected .       .

A dot is "unchanged". Read it so:

- A terminal state moves only on stronger evidence: a complete fill outweighs a cancel or an expiry, and a
  refusal (the weakest ending, often our own conclusion) yields to any proof that the venue does have the
  order.
- `REFUSED` says that a *request* to place was refused; it cannot end an order already acknowledged under
  another answer. `REJECTED` names the OrderID: the venue ended that very order.
- `RESOLVED` is a person's word, not the venue's: the weakest ending of all, which any evidence outweighs.
- ExecType (150) appears nowhere: the status is OrdStatus (39) alone. 150=0 may come twice, and 150=C may
  leave a survivor of self-trade prevention that lives on (fact sheet 7.1).

Quantities follow another rule, in `Placement.report`: they are cumulative, the highest wins, none ever falls.
Terms follow a third: a change may move them either way, so the newest report has them.
Nothing here reads a clock or raises on evidence that contradicts.
"""

from decimal import Decimal
from enum import Enum

import msgspec

from blotter.trading.enums import ExecInst, ExecType, OrdStatus, RejectCategory
from blotter.trading.event import ZERO, ExecutionReport, Reason
from blotter.trading.request import OrderRequest
from blotter.trading.terms import reported


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
    RESOLVED = "resolved"  # it was in doubt, and a person says that it is done with

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


_TERMINAL = frozenset(
    {
        OrderState.FILLED,
        OrderState.CANCELED,
        OrderState.REJECTED,
        OrderState.EXPIRED,
        OrderState.RESOLVED,
    }
)
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
    VOUCHED = "in doubt, and a person vouches that it is done with"

    __hash__ = object.__hash__  # as above


def _table() -> dict[tuple[OrderState, Evidence], OrderState]:
    pend, unco, new, part = (
        OrderState.PENDING_NEW,
        OrderState.UNCONFIRMED,
        OrderState.NEW,
        OrderState.PARTIALLY_FILLED,
    )
    fill, canc, rejd, expd, solv = (
        OrderState.FILLED,
        OrderState.CANCELED,
        OrderState.REJECTED,
        OrderState.EXPIRED,
        OrderState.RESOLVED,
    )
    rows = {  # columns in the order of Evidence
        pend: (new, new, part, fill, canc, expd, rejd, rejd, unco, solv),
        unco: (new, new, part, fill, canc, expd, rejd, rejd, unco, solv),
        new: (new, new, part, fill, canc, expd, rejd, new, new, solv),
        part: (part, part, part, fill, canc, expd, canc, part, part, solv),
        fill: (fill, fill, fill, fill, fill, fill, fill, fill, fill, fill),
        canc: (canc, canc, canc, fill, canc, canc, canc, canc, canc, canc),
        expd: (expd, expd, expd, fill, expd, expd, expd, expd, expd, expd),
        rejd: (new, rejd, part, fill, canc, expd, rejd, rejd, rejd, rejd),
        solv: (new, new, part, fill, canc, expd, rejd, rejd, solv, solv),
    }
    return {(s, e): row[i] for s, row in rows.items() for i, e in enumerate(Evidence)}


TRANSITIONS = _table()

_BY_STATUS = {
    OrdStatus.PARTIALLY_FILLED: Evidence.PARTIAL,
    OrdStatus.FILLED: Evidence.FILLED,
    OrdStatus.CANCELED: Evidence.CANCELED,
    OrdStatus.EXPIRED: Evidence.EXPIRED,
}
_ALIVE = frozenset(OrdStatus) - {*_BY_STATUS, OrdStatus.REJECTED} | {OrdStatus.PARTIALLY_FILLED}
_ASKED = (ExecType.PENDING_CANCEL, ExecType.PENDING_REPLACE)
"""The venue has a request and has not decided: what such a report says of the terms may be what was asked for."""


class Standing(Enum):
    """What a live order does at the venue, in words for the grid."""

    WORKING = "working"  # on the book
    HELD = "held"  # contingent: waits for its trigger
    PENDING = "pending"  # a list's leg: waits for another leg to fill


class Placement(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One order at the venue. Quantities in base asset, prices in quote asset."""

    cl_ord_id: str  # current ClOrdID
    cl_ord_ids: tuple[str, ...]  # all it was ever known by, oldest first
    request: OrderRequest
    state: OrderState
    order_qty: Decimal | None  # accepted total in base asset; None while only a quote amount is known
    order_id: str | None = None  # venue OrderID
    former_order_ids: tuple[str, ...] = ()  # a change may give an order another
    former_prices: tuple[Decimal, ...] = ()  # limit prices it had before it was changed
    cum_qty: Decimal = ZERO
    cum_quote_qty: Decimal = ZERO
    prevented_qty: Decimal = ZERO
    working: bool | None = None  # on the book; once it was, it stays so while it lives
    waiting: bool = (
        False  # a list's leg that another leg's fill must release: 39=A was said, and no 636=Y since
    )
    pegged_price: Decimal | None = None  # the price the venue pegged it at
    cancel_cl_ord_id: str = ""  # of the cancel that left in one message with it (a replacement)
    ended_by: str = ""  # the ClOrdID that the report of its cancellation bore
    reason: Reason | None = None
    terms_at: int | None = None  # venue time of the report that name, total and `waiting` come from

    @classmethod
    def sent(cls, cl_ord_id: str, request: OrderRequest, cancel_cl_ord_id: str = "") -> "Placement":
        """A placement that is about to leave."""
        return cls(
            cl_ord_id=cl_ord_id,
            cl_ord_ids=(cl_ord_id,),
            request=request,
            state=OrderState.PENDING_NEW,
            order_qty=request.order_qty,
            cancel_cl_ord_id=cancel_cl_ord_id,
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
                expire_time=report.expire_time,
                exec_inst=ExecInst.PARTICIPATE_DONT_INITIATE if report.post_only else None,
                max_floor=report.max_floor,
                self_trade_prevention=report.self_trade_prevention,
                trigger_price=report.trigger_price,
                trigger_direction=report.trigger_direction,
                trailing_bips=report.trailing_bips,
                peg_price_type=report.peg_price_type,
                peg_offset=report.peg_offset,
                target_strategy=report.target_strategy,
                strategy_id=report.strategy_id,
                smart_routing=report.smart_routing,
            ),
            state=OrderState.UNCONFIRMED,
            order_qty=report.order_qty or None,
        ).report(report)

    @property
    def leaves_qty(self) -> Decimal | None:
        """38 - 14 - 25030 while it may trade, 0 once it may not. None: the total in base is not known."""
        if self.state.terminal:
            return ZERO
        return self.unfilled_qty

    @property
    def unfilled_qty(self) -> Decimal | None:
        """38 - 14 - 25030, ended or not: what did not trade. None: the total in base is not known."""
        if self.order_qty is None:
            return None
        return max(ZERO, self.order_qty - self.cum_qty - self.prevented_qty)

    @property
    def price(self) -> Decimal | None:
        """The price it rests at: the pegged one where the venue pegged it, else its limit. None: market."""
        return self.pegged_price if self.pegged_price is not None else self.request.price

    @property
    def standing(self) -> Standing | None:
        """What it does at the venue; None when it is not live."""
        if not self.state.live:
            return None
        if self.waiting:
            return Standing.PENDING
        contingent = self.request.contingent and not self.working and not self.cum_qty
        return Standing.HELD if contingent else Standing.WORKING

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
        # All others live: New, Pending New (held by the venue: a list's pending leg), Pending Cancel and their kin.
        if self.order_id is None and report.order_id is not None:
            return Evidence.ACCEPTED
        return Evidence.WORKING

    def may_be(self, report: ExecutionReport, *, named: bool) -> bool:
        """Whether a report that bears this placement's OrderID can be about it: numbers begin again when a test venue
        is reset (fact sheet trap 12). `named`: it bears a name by which this placement goes."""
        if report.side is not self.request.side:
            return False
        when, known = report.transact_time, self.terms_at
        if self.state.terminal and when is not None and known is not None and when > known:
            # What has ended is not heard of again: live, or under a name it never had, it is another.
            concluded_here = self.state in (OrderState.REJECTED, OrderState.RESOLVED)
            if not named or (report.ord_status in _ALIVE and not concluded_here):
                return False
        if named:
            return True
        price, asked = report.price, self.request.price
        fixed = self.request.peg_price_type is None and price is not None and asked is not None
        # No change makes another type of it, and one that moves the price names it.
        return report.ord_type is self.request.ord_type and not (
            fixed and price not in (asked, *self.former_prices)
        )

    def has_order_id(self, order_id: str | None) -> bool:
        """Whether it has this OrderID at the venue, or had it before a change."""
        return order_id is not None and (order_id == self.order_id or order_id in self.former_order_ids)

    def told(self, said: Evidence, reason: Reason | None = None) -> "Placement":
        """The placement after evidence that is no report: a refusal, a loss."""
        state = TRANSITIONS[self.state, said]
        if state is self.state:
            return self
        return msgspec.structs.replace(self, state=state, reason=reason)

    def also(self, name: str) -> "Placement":
        """The placement that may go by this ClOrdID too."""
        if name in self.cl_ord_ids:
            return self
        return msgspec.structs.replace(self, cl_ord_ids=(*self.cl_ord_ids, name))

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

        cl_ord_id, order_qty, request, waiting, pegged_price, terms_at = (
            self.cl_ord_id,
            self.order_qty,
            self.request,
            self.waiting,
            self.pegged_price,
            self.terms_at,
        )
        working = self.working or report.working or (self.working if report.working is None else False)
        when = report.transact_time
        renamed = report.exec_type is ExecType.REPLACED and report.cl_ord_id is not None
        newest = terms_at is None or when is None or when >= terms_at
        if newest and report.exec_type not in _ASKED:
            # Terms of an order can go both ways, so the newest report has them, not the last to arrive.
            cl_ord_id = self._name(report)
            order_qty = report.order_qty or order_qty  # a zero 38 says: placed by quote amount
            waiting = report.ord_status is OrdStatus.PENDING_NEW
            if report.pegged_price is not None:
                pegged_price = report.pegged_price
            if report.price != request.price or report.trigger_price or report.trailing_bips:
                request = reported(request, report)
            terms_at = when if when is not None else terms_at
        elif renamed and report.orig_cl_ord_id == cl_ord_id:
            cl_ord_id = self._name(
                report
            )  # older than what is known of the terms, yet the only word of the name
        names, order_id, former_order_ids = self.cl_ord_ids, self.order_id, self.former_order_ids
        if cl_ord_id not in names or renamed:
            for name in (report.cl_ord_id if renamed else None, cl_ord_id):
                if name is not None and name not in names:
                    names = (*names, name)
        if report.order_id != order_id:
            order_id, former_order_ids = self._numbered(report.order_id, newest=newest)
        return msgspec.structs.replace(
            self,
            cl_ord_id=cl_ord_id,
            cl_ord_ids=names,
            request=request,
            state=state,
            order_qty=order_qty,
            order_id=order_id,
            former_order_ids=former_order_ids,
            former_prices=self.former_prices if request is self.request else _former(self, request.price),
            cum_qty=cum_qty,
            cum_quote_qty=cum_quote_qty,
            prevented_qty=max(self.prevented_qty, report.prevented_qty),
            working=working,
            waiting=waiting and not working and not cum_qty and state.live,
            pegged_price=pegged_price,
            ended_by=self._canceller(report) if said is Evidence.CANCELED else self.ended_by,
            reason=reason,
            terms_at=terms_at,
        )

    def _canceller(self, report: ExecutionReport) -> str:
        """The id of the cancel that a report of its cancellation names; "" when it names none (a snapshot)."""
        if self.ended_by or report.cl_ord_id is None or report.cl_ord_id in self.cl_ord_ids:
            return self.ended_by
        return report.cl_ord_id

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
        """The order's ClOrdID: 11, or 41 where that is present and 11 names a request; an amend renames. Some venues
        go on naming the id before the amend in 41."""
        if report.exec_type is ExecType.REPLACED or report.orig_cl_ord_id is None:
            return report.cl_ord_id or self.cl_ord_id
        return self.cl_ord_id if report.cl_ord_id == self.cl_ord_id else report.orig_cl_ord_id

    def _numbered(self, said: str | None, *, newest: bool) -> tuple[str | None, tuple[str, ...]]:
        """The OrderID, and those before it, after a report that bears this one."""
        before, now = self.former_order_ids, self.order_id
        if said is None or said in before or said == now:
            return now, before
        if now is None:
            return said, before
        return (said, (*before, now)) if newest else (now, (*before, said))


def _former(placement: Placement, price: Decimal | None) -> tuple[Decimal, ...]:
    """The limit prices before this one."""
    before, now = placement.former_prices, placement.request.price
    return before if now is None or price == now or now in before else (*before, now)
