"""The ledger's orders, and by which ids each goes.

Identity (fact sheet traps 10 to 12): the venue's OrderIDs are unique per symbol only, may be "0", and start again when
a test venue is reset; its ClOrdIDs may return once an order has filled. Ours never do, so a name of ours decides first,
then (symbol, OrderID), where what is known of that order allows it: it must never take over what came after a reset.
"""

import re
from collections.abc import Iterable, Iterator
from itertools import chain, count

import msgspec

from blotter.trading.event import ExecutionReport, ListMember
from blotter.trading.order import Order

ORDER_PREFIX = "A"
_ORDER_ID = re.compile(r"([A-Z]+)-([0-9]{1,18})", re.ASCII)


def format_order_id(number: int, prefix: str = ORDER_PREFIX) -> str:
    """Own order id of that number: 12 -> `A-000012`."""
    return f"{prefix}-{number:06d}"


def parse_order_id(text: str, prefix: str = ORDER_PREFIX) -> int | None:
    """The number in an own order id, or None when it is none of that prefix."""
    found = _ORDER_ID.fullmatch(text)
    return int(found[2]) if found is not None and found[1] == prefix else None


def _foreign_id(report: ExecutionReport, number: int = 1) -> str:
    """Own id of an order from elsewhere. `number`: which of those that had the same OrderID, over resets."""
    told = report.order_id if report.order_id is not None else report.cl_ord_id
    return f"{report.symbol}#{told}" + (f".{number}" if number > 1 else "")


class OrderNames(msgspec.Struct):
    """What the ids in messages stand for. Those in `own` are ours and never change their meaning."""

    own: dict[str, str] = {}  # ClOrdID of our placements and requests -> own order id
    foreign: dict[str, str] = {}  # ClOrdID of others -> own order id; the newest holder
    venue: dict[str, dict[str, str]] = {}  # symbol -> OrderID -> own order id
    last_number: int = 0


class OrderIndex:
    """Mutable holder of immutable orders."""

    def __init__(self, orders: Iterable[Order] = (), names: OrderNames | None = None) -> None:
        self.by_id: dict[str, Order] = {}  # in order of creation
        self.names = names or OrderNames()
        self.unsettled: dict[str, None] = {}  # own ids that a session gap may concern
        for order in orders:
            self.keep(order)

    def keep(self, order: Order) -> Order:
        """Remember this version."""
        self.by_id[order.id] = order
        if order.open or order.pending:
            self.unsettled[order.id] = None
        else:
            self.unsettled.pop(order.id, None)
        return order

    def begin(self, order: Order) -> Order:
        """An order of ours that is about to leave."""
        self.names.own[order.current.cl_ord_id] = order.id
        self.names.last_number = max(self.names.last_number, parse_order_id(order.id) or 0)
        return self.keep(order)

    def by_cl_ord_id(self, cl_ord_id: str) -> Order | None:
        """The order that this ClOrdID (of a placement or of any request) belongs to."""
        own_id = self.names.own.get(cl_ord_id) or self.names.foreign.get(cl_ord_id)
        return self.by_id.get(own_id) if own_id is not None else None

    def by_venue_id(self, symbol: str, order_id: str) -> Order | None:
        """The order that has (or had, before a replace) this OrderID (37) at the venue."""
        own_id = self.names.venue.get(symbol, {}).get(order_id)
        return self.by_id.get(own_id) if own_id is not None else None

    def of_report(self, report: ExecutionReport) -> Order | None:
        """The order a report is about; None when it is not known."""
        names = self.names
        for name in (report.cl_ord_id, report.orig_cl_ord_id):
            own_id = names.own.get(name) if name is not None else None
            if own_id is not None:
                order = self.by_id[own_id]
                if order.symbol == report.symbol and order.concerns(report):
                    return order
        if report.order_id is not None:
            return self._numbered(report, report.order_id)
        for name in (report.cl_ord_id, report.orig_cl_ord_id):
            own_id = names.foreign.get(name) if name is not None else None
            if own_id is not None and self.by_id[own_id].symbol == report.symbol:
                return self.by_id[own_id]
        return self.by_id.get(_foreign_id(report))

    def _numbered(self, report: ExecutionReport, order_id: str) -> Order | None:
        """The order of that OrderID which the report can be about. A name decides between those before and after a
        reset; else it is the last that was heard of."""
        last = self.by_venue_id(report.symbol, order_id)
        if last is None:
            return None
        others = (self.by_id[own_id] for own_id in self._foreign_ids(report))
        nameless = None
        for order in chain((last,), others):
            named = self._names(order, report)
            if any(p.has_order_id(order_id) and p.may_be(report, named=named) for p in order.placements):
                if named:
                    return order
                nameless = nameless or order
        return nameless

    def _names(self, order: Order, report: ExecutionReport) -> bool:
        """Whether a report bears a name that the order goes by, or none at all."""
        said = [name for name in (report.cl_ord_id, report.orig_cl_ord_id) if name is not None]
        return not said or any(self.names.own.get(n) == order.id or n in order.cl_ord_id_chain for n in said)

    def _foreign_ids(self, report: ExecutionReport) -> Iterator[str]:
        """Own ids of the adopted orders that share the report's OrderID, oldest first."""
        for number in count(1):
            own_id = _foreign_id(report, number)
            if own_id not in self.by_id:
                return
            yield own_id

    def new_foreign_id(self, report: ExecutionReport) -> str:
        """Under which own id to adopt the order of this report."""
        return _foreign_id(report, 1 + sum(1 for _ in self._foreign_ids(report)))

    def of_member(self, member: ListMember) -> Order | None:
        """The order that a ListStatus names as a leg."""
        own_id = self.names.own.get(member.cl_ord_id)
        if own_id is not None:
            return self.by_id[own_id]
        if member.order_id is not None:
            return self.by_venue_id(member.symbol, member.order_id)
        own_id = self.names.foreign.get(member.cl_ord_id)
        return self.by_id.get(own_id) if own_id is not None else None

    def learn(self, order: Order, report: ExecutionReport) -> None:
        """By which ids an order goes, from a report about it."""
        names = self.names
        for placement in order.placements:
            if placement.order_id is not None and placement.order_id == report.order_id:
                numbers = names.venue.setdefault(report.symbol, {})
                last = self.by_id.get(numbers.get(placement.order_id, ""))
                if order.open or last is None or not last.open:  # no late word of one before a reset
                    numbers[placement.order_id] = order.id
                name = placement.cl_ord_id
                if name and name not in names.own:
                    names.foreign[name] = order.id
