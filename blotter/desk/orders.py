"""From a trader's wish to a request: new orders, order lists, and changes of working orders, after every check.

Every refusal happens here, before anything leaves, and names the field at fault. Warnings are confirmed by a person or
nothing is sent.
"""

from collections.abc import Callable, Mapping
from decimal import Decimal

import msgspec

from blotter.desk.command import Amend, Submit, SubmitList
from blotter.desk.gate import Gate, Verdict
from blotter.desk.outbox import Outbox, Refusal
from blotter.trading.decimals import sane
from blotter.trading.enums import ReplaceMode, TimeInForce
from blotter.trading.event import (
    AmendRequested,
    ListLeg,
    OrderListSubmitted,
    OrderSubmitted,
    ReplaceRequested,
)
from blotter.trading.instrument import Amending, Instrument, Quote
from blotter.trading.order import Order, Standing
from blotter.trading.request import OrderRequest
from blotter.trading.risk_situation import Finding
from blotter.trading.rules import Violation, check, check_list, short_tif
from blotter.trading.until import until_words
from blotter.venues.base import AmendOrder, ChangeOrder, Feature, NewOrder, NewOrderList, ReplaceOrder

_ENDING: Mapping[TimeInForce, Feature] = {
    TimeInForce.DAY: Feature.DAY,
    TimeInForce.GOOD_TILL_DATE: Feature.GOOD_TILL_DATE,
}


def amending(features: frozenset[Feature]) -> Amending | None:
    """How a venue amends; None where it cancels and places anew, as is thought when nothing is said."""
    if Feature.CHANGE in features:
        return Amending.CHANGED
    return None if Feature.CANCEL_AND_NEW in features else Amending.REFUSED


class Orders:
    """New orders and changes of one account at one venue."""

    def __init__(
        self,
        outbox: Outbox,
        gate: Gate,
        instruments: Mapping[str, Instrument],
        quotes: Mapping[str, Quote],
        frozen: Callable[[], str] = lambda: "",
        *,
        lists: bool = True,
    ) -> None:
        """`frozen`: why new orders must wait; "" when they need not. Cancels never do. `lists`: the venue says what
        may be traded."""
        self._outbox = outbox
        self._gate = gate
        self._instruments = instruments
        self._quotes = quotes
        self._frozen = frozen
        self._lists = lists
        self.stopped = False

    # --- why not -------------------------------------------------------------------------------------------

    def entry_blocked(self) -> str:
        """Why a new order would be refused now; "" when it would not."""
        if self.stopped:
            return "entry is stopped (resume turns it on)"
        if trouble := self._outbox.recorder.trouble:
            return f"nothing can be recorded: {trouble}"
        return self._outbox.down() or self._frozen()

    def _require_entry(self) -> None:
        if blocked := self.entry_blocked():
            raise Refusal(blocked)

    def _require_legal(self, symbol: str, violations: list[Violation]) -> tuple[Finding, ...]:
        """What could not be checked, as warnings. Raises Refusal for the first broken rule."""
        rules_known = bool(
            self._instruments
        )  # until the venue has listed its symbols, only the shape can be judged
        for violation in violations:
            if violation.field != "symbol" or rules_known:
                raise Refusal(self._in_full(violation, symbol), violation.field)
        if rules_known:
            return ()
        yet = " yet" if self._lists else ""
        text = f"the venue's rules for {symbol} are not known{yet}: price and size are not checked"
        return (Finding(rule="listing", field="symbol", value=symbol, limit="", text=text),)

    def _in_full(self, violation: Violation, symbol: str) -> str:
        """What is broken; of an unknown symbol also what would make it known, where the venue lists none."""
        if violation.field != "symbol" or symbol in self._instruments or self._lists:
            return violation.text
        return f'symbol {symbol}: is not known; state it in the config, instruments."{symbol}" of this venue'

    def _require_lasting(self, request: OrderRequest) -> None:
        """Raises Refusal for an order that is to end in a way the venue does not have, or has ended already."""
        tif, end, venue = request.time_in_force, request.expire_time, self._outbox.venue
        needed = None if tif is None else _ENDING.get(tif)
        if tif is not None and needed is not None and needed not in venue.features:
            raise Refusal(f"{venue.title} takes no {short_tif(tif)} orders", "time_in_force")
        if end is not None and end <= self._outbox.now.wall:
            raise Refusal(f"{until_words(end)} is over: the order would have expired", "expire_time")

    def _confirmed(
        self, verdict: Verdict, unchecked: tuple[Finding, ...], command: Submit | SubmitList | Amend
    ) -> tuple[str, ...]:
        """Every warning, for the tape. Raises Refusal for a block, and for a warning that nobody has confirmed: one
        that came up since the others were shown is shown too."""
        if verdict.blocks:
            raise Refusal("; ".join(finding.text for finding in verdict.blocks), verdict.blocks[0].field)
        warnings = unchecked + verdict.warnings
        texts = tuple(finding.text for finding in warnings)
        unseen = [finding for finding in warnings if finding.rule not in command.accept_rules]
        if unseen and not command.accept_warnings:
            raise Refusal("; ".join(texts), unseen[0].field, warnings=warnings)
        return texts

    # --- new -----------------------------------------------------------------------------------------------

    def submit(self, command: Submit, held_id: str = "") -> None:
        """A new order; `held_id`: the held terms it comes from. Raises Refusal."""
        self._require_entry()
        request, outbox = command.request, self._outbox
        self._require_lasting(request)
        quote = self._quotes.get(request.symbol)
        broken = check(request, self._instruments.get(request.symbol), self._gate.quote(request.symbol))
        unchecked = self._require_legal(request.symbol, broken)
        warnings = self._confirmed(self._gate.judge(request), unchecked, command)
        order_id, cl_ord_id = outbox.order_ids()
        fact = OrderSubmitted(
            order_id=order_id,
            cl_ord_id=cl_ord_id,
            request=request,
            at=outbox.now.wall,
            bid=quote.bid if quote else None,
            ask=quote.ask if quote else None,
            warnings=warnings,
            held_id=held_id,
        )
        outbox.send(
            command.id,
            NewOrder(cl_ord_id, request),
            fact,
            cl_ord_id,
            (order_id,),
            f"{order_id} sent",
            about=held_id,
        )

    def submit_list(self, command: SubmitList, held_id: str = "") -> None:
        """A new order list, in one message; `held_id`: the held terms it comes from. Raises Refusal."""
        self._require_entry()
        request, outbox = command.request, self._outbox
        warnings = self._judged_list(command)
        list_id, cl_list_id = outbox.list_ids()
        quote = self._quotes.get(request.symbol)
        legs = []
        for terms in request.legs:
            order_id, cl_ord_id = outbox.order_ids()
            legs.append(ListLeg(order_id=order_id, cl_ord_id=cl_ord_id, request=terms))
        fact = OrderListSubmitted(
            list_id=list_id,
            cl_list_id=cl_list_id,
            kind=request.kind,
            legs=tuple(legs),
            at=outbox.now.wall,
            bid=quote.bid if quote else None,
            ask=quote.ask if quote else None,
            warnings=warnings,
            held_id=held_id,
        )
        placed = tuple(NewOrder(leg.cl_ord_id, leg.request) for leg in legs)
        own_ids = (list_id, *(leg.order_id for leg in legs))
        outbox.send(
            command.id,
            NewOrderList(cl_list_id, request.kind, placed),
            fact,
            cl_list_id,
            own_ids,
            f"{list_id} sent: {request.kind.value} of {', '.join(own_ids[1:])}",
            about=held_id,
        )

    def _judged_list(self, command: SubmitList) -> tuple[str, ...]:
        request = command.request
        if not request.legs:
            raise Refusal(f"a list of kind {request.kind.value} has no legs", "legs")
        for leg in request.legs:
            self._require_lasting(leg)
        broken = check_list(request, self._instruments.get(request.symbol), self._gate.quote(request.symbol))
        unchecked = self._require_legal(request.symbol, broken)
        return self._confirmed(self._gate.judge_list(request), unchecked, command)

    # --- changed -------------------------------------------------------------------------------------------

    def amend(self, command: Amend) -> None:
        """Change price, trigger price or total quantity: in place or as a change of the same order where the venue can,
        else cancel and new. Raises Refusal."""
        order = self._outbox.ledger.orders.get(command.order_id)
        if order is None:
            raise Refusal(f"order {command.order_id} is not known", "order_id")
        self._require_amendable(order)
        self._outbox.require_link()
        _require_numbers(command)
        placement = order.current
        if placement.order_qty is None or order.order_qty is None:
            raise Refusal(f"the venue has not said the quantity of {order.id} yet", "order_qty")
        terms, total = _changed(order, command)
        if total <= order.cum_qty:
            raise Refusal(f"order_qty {total} is not above the {order.cum_qty} already filled", "order_qty")
        same_terms = terms == placement.request
        if same_terms and total == order.order_qty:
            raise Refusal("nothing would change", _asked_field(command))
        earlier = order.order_qty - placement.order_qty  # filled by placements before this one
        if self._in_place(order, placement.order_qty, total - earlier, same_terms):
            if order.list_id and order.standing is Standing.PENDING:
                text = f"{order.id} waits for another leg of {order.list_id}: the venue changes it only once released"
                raise Refusal(text, "order_id")
            smaller = _sized(placement.request, total - earlier)
            broken = check(smaller, self._instruments.get(order.symbol), None)
            self._require_legal(order.symbol, [one for one in broken if one.field == "order_qty"])
            self._amend_in_place(command.id, order, total - earlier)
            return
        venue = self._outbox.venue
        if Feature.CHANGE in venue.features:
            self._change(command, order, terms, total - earlier)
            return
        if Feature.CANCEL_AND_NEW not in venue.features:
            text = f"{venue.title} changes no order: cancel {order.id}, and send a new one once it is gone"
            raise Refusal(text, _asked_field(command))
        if order.list_id:
            text = (
                f"{order.id} is a leg of {order.list_id}: another price or more quantity means cancel and new, "
                "and its cancel would end the whole list; less quantity can be had in place"
            )
            raise Refusal(text, _asked_field(command))
        self._replace(command, order, _sized(terms, total - order.cum_qty))

    def _in_place(self, order: Order, order_qty: Decimal, new_qty: Decimal, same_terms: bool) -> bool:
        """Whether the venue can change it where it stands."""
        if Feature.AMEND_IN_PLACE not in self._outbox.venue.features:
            return False
        instrument = self._instruments.get(order.symbol)
        if instrument is not None and instrument.amendable is False:
            return False
        return self._outbox.venue.amend_keeps_priority(order_qty, new_qty, same_terms)

    def _require_amendable(self, order: Order) -> None:
        if not order.state.live:
            raise Refusal(f"{order.id} is {order.state.value}: it cannot be amended", "order_id")
        self._outbox.require_still(order.id)
        if order.pending_replace:
            raise Refusal(f"{order.id} has a change on its way already", "order_id")
        if order.doubled:
            text = f"{order.id} has two live orders at the venue: cancel it, which cancels both"
            raise Refusal(text, "order_id")

    def _amend_in_place(self, command_id: str, order: Order, order_qty: Decimal) -> None:
        placement, cl_ord_id = order.current, self._outbox.request_id()
        fact = AmendRequested(
            order_id=order.id,
            cl_ord_id=cl_ord_id,
            orig_cl_ord_id=placement.cl_ord_id,
            order_qty=order_qty,
            at=self._outbox.now.wall,
        )
        request = AmendOrder(cl_ord_id, order.symbol, placement.cl_ord_id, order_qty, placement.order_id)
        text = f"{order.id} amend sent, keeps its place in the queue"
        self._outbox.send(command_id, request, fact, cl_ord_id, (order.id,), text, about=order.id)

    def _change(self, command: Amend, order: Order, terms: OrderRequest, order_qty: Decimal) -> None:
        """Other terms for the same order, whose new total is `order_qty`. Where that only takes away, it goes like an
        amend in place: unjudged, and while entry is stopped."""
        if command.mode is ReplaceMode.ALLOW_FAILURE:
            text = f"{self._outbox.venue.title} changes the order itself: nothing is cancelled for it"
            raise Refusal(text, "mode")
        placement, outbox = order.current, self._outbox
        request, instrument = _sized(terms, order_qty), self._instruments.get(order.symbol)
        warnings: tuple[str, ...] = ()
        if terms == placement.request and order_qty < (placement.order_qty or order_qty):
            broken = check(request, instrument, None)
            self._require_legal(order.symbol, [one for one in broken if one.field == "order_qty"])
        else:
            self._require_entry()
            unchecked = self._require_legal(
                order.symbol, check(request, instrument, self._gate.quote(order.symbol))
            )
            left = _sized(terms, order_qty - placement.cum_qty)
            warnings = self._confirmed(self._gate.judge(left, replaces=order), unchecked, command)
        cl_ord_id = outbox.request_id()
        fact = AmendRequested(
            order_id=order.id,
            cl_ord_id=cl_ord_id,
            orig_cl_ord_id=placement.cl_ord_id,
            order_qty=order_qty,
            at=outbox.now.wall,
            request=request,
            warnings=warnings,
        )
        asked = ChangeOrder(cl_ord_id, placement.cl_ord_id, request, placement.order_id)
        text = f"{order.id} change sent; whether it keeps its place in the queue is the venue's rule"
        outbox.send(command.id, asked, fact, cl_ord_id, (order.id,), text, about=order.id)

    def _replace(self, command: Amend, order: Order, terms: OrderRequest) -> None:
        self._require_entry()
        instrument, quote = self._instruments.get(terms.symbol), self._gate.quote(terms.symbol)
        unchecked = self._require_legal(terms.symbol, check(terms, instrument, quote))
        either_way = command.mode is ReplaceMode.ALLOW_FAILURE
        # Then both may live; and what is left of one with fills may fill before its cancel, for nothing forbids it.
        both = either_way or order.cum_qty > 0
        verdict = self._gate.judge(terms, replaces=None if both else order)
        warnings = self._confirmed(verdict, unchecked, command)
        placement, outbox = order.current, self._outbox
        cancel_cl_ord_id, cl_ord_id = outbox.request_id(), outbox.request_id()
        fact = ReplaceRequested(
            order_id=order.id,
            cl_ord_id=cl_ord_id,
            cancel_cl_ord_id=cancel_cl_ord_id,
            orig_cl_ord_id=placement.cl_ord_id,
            request=terms,
            at=outbox.now.wall,
            mode=command.mode,
            warnings=warnings,
        )
        request = ReplaceOrder(
            cl_ord_id,
            cancel_cl_ord_id,
            placement.cl_ord_id,
            terms,
            placement.order_id,
            # A fill on its way would refuse the cancel; where that does not stop the new one, it would double.
            only_unfilled=not placement.cum_qty and not either_way,
            mode=command.mode,
        )
        text = f"{order.id} cancel/replace sent, goes to the end of the queue"
        if either_way:
            text += "; the new order goes in even if the old one cannot be cancelled"
        outbox.send(command.id, request, fact, cl_ord_id, (order.id,), text, about=order.id)


def _require_numbers(command: Amend) -> None:
    """Raises Refusal for a value that nothing can be reckoned with."""
    for field in ("price", "order_qty", "trigger_price"):
        value: Decimal | None = getattr(command, field)
        if value is not None and not (sane(value) and value > 0):
            raise Refusal(f"{field} {value} must be a number above 0", field)


def _asked_field(command: Amend) -> str:
    if command.price is not None:
        return "price"
    return "trigger_price" if command.trigger_price is not None else "order_qty"


def _changed(order: Order, command: Amend) -> tuple[OrderRequest, Decimal]:
    """The terms with what the command changes, but for their quantity, and the new total of the whole order."""
    request = order.current.request
    if command.trigger_price is not None and not request.contingent:
        raise Refusal(f"{order.id} has no trigger price: it is no stop and takes no profit", "trigger_price")
    terms = msgspec.structs.replace(
        request,
        price=request.price if command.price is None else command.price,
        trigger_price=request.trigger_price if command.trigger_price is None else command.trigger_price,
    )
    total = command.order_qty if command.order_qty is not None else order.order_qty
    assert total is not None  # noqa: S101 - the caller has made sure
    return terms, total


def _sized(request: OrderRequest, order_qty: Decimal) -> OrderRequest:
    """The same terms for that quantity; an iceberg shows no more than the whole."""
    max_floor = request.max_floor
    if max_floor is not None and max_floor >= order_qty:
        max_floor = None
    return msgspec.structs.replace(request, order_qty=order_qty, cash_order_qty=None, max_floor=max_floor)
