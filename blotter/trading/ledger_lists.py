"""The ledger's order lists: which lists there are, by which ids they go, and what an answer to one means to its legs.

A list is found by our own names first, then by the venue's ListID, which like all its ids is unique per symbol only.
Reports of legs and of lists come in any order: whoever comes first makes the parent, the others join it. A request
about a list is one about each of its legs, and so is the answer; what that means, `Order.apply` decides.
"""

from collections.abc import Callable, Iterable

import msgspec

from blotter.trading.delta import Delta
from blotter.trading.enums import ListOrderStatus, RejectCategory
from blotter.trading.event import (
    AmendRejected,
    CancelRejected,
    ExecutionReport,
    ListCancelRequested,
    ListReport,
    NotSent,
    OrderListSubmitted,
    OutcomeUnknown,
    Reason,
    RequestRejected,
)
from blotter.trading.order import Order
from blotter.trading.order_index import OrderIndex, parse_order_id
from blotter.trading.order_list import OrderList

LIST_PREFIX = "L"


class ListNames(msgspec.Struct):
    """What the ids in messages stand for. Those in `own` are ours and never change their meaning."""

    own: dict[str, str] = {}  # ClListID of ours and ClOrdID of our cancels of lists -> own list id
    foreign: dict[str, str] = {}  # ClListID of others -> own list id
    venue: dict[str, dict[str, str]] = {}  # symbol -> ListID -> own list id
    last_number: int = 0


class Lists:
    """Mutable holder of immutable lists; their legs are in `index`."""

    def __init__(
        self, index: OrderIndex, lists: Iterable[OrderList] = (), names: ListNames | None = None
    ) -> None:
        self._index = index
        self.by_id: dict[str, OrderList] = {one.id: one for one in lists}
        self.names = names or ListNames()

    def named(self, name: str) -> OrderList | None:
        """The list that goes by this ClListID, or that a cancel of this ClOrdID is about."""
        own_id = self.names.own.get(name) or self.names.foreign.get(name)
        return self.by_id.get(own_id) if own_id is not None else None

    def settle(self, own_ids: Iterable[str]) -> tuple[OrderList, ...]:
        """The lists that changed because their legs did, in their new versions."""
        changed = []
        for own_id in dict.fromkeys(own_ids):
            old = self.by_id[own_id]
            new = old.settled([self._index.by_id[leg] for leg in old.legs])
            if new is not old:
                changed.append(self._keep(new))
        return tuple(changed)

    # --- our own facts ------------------------------------------------------------------------------------

    def submitted(self, event: OrderListSubmitted) -> Delta:
        """A list of ours is about to leave."""
        legs = [
            self._index.begin(Order.leg_of(event, leg, name))
            for leg, name in zip(event.legs, event.kind.leg_names, strict=False)
        ]
        self.names.own[event.cl_list_id] = event.list_id
        number = parse_order_id(event.list_id, LIST_PREFIX) or 0
        self.names.last_number = max(self.names.last_number, number)
        return Delta(tuple(legs), lists=(self._keep(OrderList.submitted(event)),))

    def cancel_requested(self, event: ListCancelRequested) -> Delta:
        """A cancel of a whole list is about to leave."""
        one = self.by_id.get(event.list_id)
        if one is None:
            return Delta(note=f"{event.cl_ord_id}: a cancel of {event.list_id}, which is not known")
        if event.cl_ord_id in self.names.own or event.cl_ord_id in self._index.names.own:
            return Delta(note=f"{one.id}: {event.cl_ord_id} was requested twice; the first one stands")
        self.names.own[event.cl_ord_id] = one.id
        one = msgspec.structs.replace(one, pending_cancel=event.cl_ord_id, updated_at=event.at)
        return Delta(self._each_leg(one, lambda leg: leg.apply(event)), lists=(self._keep(one),))

    def _each_leg(self, one: OrderList, step: Callable[[Order], Order]) -> tuple[Order, ...]:
        """Let every leg take a step; those that changed."""
        legs = [self._index.by_id[own_id] for own_id in one.legs]
        return tuple(self._index.keep(new) for leg in legs if (new := step(leg)) is not leg)

    # --- answers ------------------------------------------------------------------------------------------

    def answered(
        self,
        event: CancelRejected | AmendRejected | RequestRejected | NotSent | OutcomeUnknown,
        one: OrderList,
        text: str,
    ) -> Delta:
        """An answer to the request that placed a list, or to a cancel of it: it is one about each leg."""

        def told(leg: Order) -> Order:
            placing = event.cl_ord_id == one.cl_list_id
            name = leg.placements[0].cl_ord_ids[0] if placing else event.cl_ord_id
            return leg.apply(msgspec.structs.replace(event, cl_ord_id=name))

        legs = self._each_leg(one, told)
        if not legs:
            return Delta(note=f"{one.id} is {one.state.value}, {event.cl_ord_id} changes nothing: {text}")
        if isinstance(event, NotSent):
            reason = Reason(category=RejectCategory.SESSION, text=text)
        elif isinstance(event, OutcomeUnknown):
            reason = Reason(category=RejectCategory.UNKNOWN_OUTCOME, text=text)
        else:
            reason = event.reason
        one = msgspec.structs.replace(one, reason=reason, updated_at=event.at)
        return Delta(legs, lists=(self._keep(one),))

    def of_refusal(self, event: CancelRejected) -> OrderList | None:
        """The list whose cancel was refused, when it was one: by the request's id, else by the list's."""
        one = self.named(event.cl_ord_id)
        if one is not None or self._index.by_cl_ord_id(event.cl_ord_id) is not None:
            return one
        if event.cl_list_id and (one := self.named(event.cl_list_id)) is not None:
            return one
        named = event.order_id is not None or event.orig_cl_ord_id is not None
        return None if named or event.list_id is None else self._by_venue_id(event.symbol, event.list_id)

    # --- reports ------------------------------------------------------------------------------------------

    def joined(self, order: Order, report: ExecutionReport) -> tuple[Order, tuple[OrderList, ...]]:
        """The order as a leg of the list its report names, and that list when it is new or learned something."""
        list_id = report.list_id
        if list_id is None:
            return order, ()
        known = self.by_id.get(order.list_id) or self._by_venue_id(order.symbol, list_id)
        one = known or self._adopted(order.symbol, list_id, report.at)
        one = one.named(list_id).joined(order.id)
        if order.list_id != one.id:
            order = msgspec.structs.replace(order, list_id=one.id)
        return order, () if one is known else (self._keep(one),)

    def reported(self, report: ListReport) -> Delta:
        """A ListStatus (N). Its list is adopted when it is not known."""
        found = [order for member in report.members if (order := self._index.of_member(member)) is not None]
        one = self._of_report(report, found)
        if one is None:
            if report.list_id is None or not report.symbol:
                words = f": {report.reason.text}" if report.reason is not None else ""
                return Delta(note=f"status of a list that cannot be told from others{words}")
            one = self._adopted(report.symbol, report.list_id, report.at)
        one = one.reported(report)
        changed = {}
        for order in found:
            one = one.joined(order.id)
            if order.list_id != one.id:
                changed[order.id] = self._index.keep(msgspec.structs.replace(order, list_id=one.id))
        for name in (report.cl_list_id, report.orig_cl_list_id):
            if name and name not in self.names.own:
                self.names.foreign[name] = one.id
        self._keep(one)
        if report.order_status is ListOrderStatus.REJECT:
            changed |= {leg.id: leg for leg in self._refused(one, report)}
        return Delta(tuple(changed.values()), lists=(one,))

    def _refused(self, one: OrderList, report: ListReport) -> tuple[Order, ...]:
        """The legs that have no answer of their own yet: none of them was placed."""
        reason = report.reason or Reason(category=RejectCategory.OTHER, text="the list was refused")

        def told(leg: Order) -> Order:
            if not leg.state.unanswered:
                return leg
            name = leg.placements[0].cl_ord_ids[0]
            return leg.apply(RequestRejected(cl_ord_id=name, reason=reason, at=report.at))

        return self._each_leg(one, told)

    def _of_report(self, report: ListReport, members: Iterable[Order]) -> OrderList | None:
        for name in (report.cl_list_id, report.orig_cl_list_id):
            if name and name in self.names.own:
                return self.by_id[self.names.own[name]]
        for order in members:
            if order.list_id:
                return self.by_id[order.list_id]
        if report.list_id is not None:
            return self._by_venue_id(report.symbol, report.list_id)
        return self.named(report.cl_list_id or report.orig_cl_list_id or "")

    # --- ids ----------------------------------------------------------------------------------------------

    def _by_venue_id(self, symbol: str, list_id: str) -> OrderList | None:
        own_id = self.names.venue.get(symbol, {}).get(list_id)
        return self.by_id.get(own_id) if own_id is not None else None

    def _adopted(self, symbol: str, list_id: str, at: int) -> OrderList:
        return OrderList.adopted(f"{symbol}#L{list_id}", symbol, list_id, at)

    def _keep(self, one: OrderList) -> OrderList:
        self.by_id[one.id] = one
        if one.list_id is not None:
            self.names.venue.setdefault(one.symbol, {})[one.list_id] = one.id
        return one
