"""Cancels: of orders, of what is left of a selection, of lists, of a whole symbol.

They are refused only where there is nothing to cancel or no session to send on; never because entry is stopped, frozen
or a limit is reached. One that cannot be sent must not shield the others.
"""

from collections.abc import Iterable
from typing import NamedTuple

from blotter.desk.change import Answer
from blotter.desk.command import Cancel, CancelAll, CancelList, MassCancelSymbol
from blotter.desk.outbox import Outbox, Refusal
from blotter.trading.enums import CancelRestrictions, Side
from blotter.trading.event import CancelRequested, ListCancelRequested, MassCancelRequested, OwnEvent
from blotter.trading.order import Order, Placement
from blotter.trading.order_list import OrderList
from blotter.venues.base import CancelList as CancelListAtVenue
from blotter.venues.base import CancelOrder, MassCancel, VenueRequest


class Cancelling(NamedTuple):
    """One cancel request, ready to be put."""

    request: VenueRequest
    fact: OwnEvent
    cl_ord_id: str
    order_ids: tuple[str, ...]  # own ids of the orders it is about
    symbol: str


class Cancels:
    """Cancel commands of one account."""

    def __init__(self, outbox: Outbox) -> None:
        self._outbox = outbox

    # --- who ----------------------------------------------------------------------------------------------

    def open_orders(self, symbol: str | None = None, side: Side | None = None) -> list[Order]:
        """Every order that may still trade, unconfirmed ones included."""
        return [
            order
            for order in self._outbox.ledger.unsettled()
            if order.open
            and (symbol is None or order.symbol == symbol)
            and (side is None or order.side is side)
        ]

    def lists_of(self, orders: Iterable[Order]) -> list[OrderList]:
        """The open lists that orders are legs of: a cancel of one leg takes its whole list along."""
        known = self._outbox.ledger.lists
        found = {order.list_id: known[order.list_id] for order in orders if order.list_id in known}
        return [one for one in found.values() if one.open]

    # --- commands -----------------------------------------------------------------------------------------

    def cancel(self, command: Cancel) -> None:
        """Cancel orders by own id. Raises Refusal when none can be sent."""
        self._outbox.require_link()
        known = self._outbox.ledger.orders
        unknown = [order_id for order_id in command.order_ids if order_id not in known]
        if unknown:
            raise Refusal(f"not known: {', '.join(unknown)}", "order_id")
        victims = [known[order_id] for order_id in dict.fromkeys(command.order_ids) if known[order_id].open]
        if not victims:
            ended = ", ".join(f"{known[i].id} is {known[i].state.value}" for i in command.order_ids)
            raise Refusal(f"nothing to cancel: {ended}", "order_id")
        self._cancel(command.id, victims, command.restrictions)

    def cancel_all(self, command: CancelAll) -> None:
        """Cancel what is open, of one symbol, of one side, or all. Raises Refusal."""
        victims = self.open_orders(command.symbol, command.side)
        if not victims:
            which = f" {command.side.name}" if command.side else ""
            raise Refusal(f"nothing{which} to cancel" + (f" in {command.symbol}" if command.symbol else ""))
        self._outbox.require_link()
        self._cancel(command.id, victims)

    def cancel_list(self, command: CancelList) -> None:
        """Cancel a whole list. Raises Refusal."""
        one = self._outbox.ledger.lists.get(command.list_id)
        if one is None:
            raise Refusal(f"list {command.list_id} is not known", "list_id")
        legs = self._open_legs(one)
        if not legs:
            raise Refusal(f"nothing to cancel: {one.id} is {one.state.value}", "list_id")
        self._outbox.require_link()
        cancelling = self.of_list(one)
        text = f"cancel of {one.id} sent, {len(legs)} open legs"
        self._outbox.send(
            command.id,
            cancelling.request,
            cancelling.fact,
            cancelling.cl_ord_id,
            cancelling.order_ids,
            text,
            essential=True,
        )

    def mass_cancel(self, command: MassCancelSymbol) -> None:
        """The venue's own mass cancel of a symbol. Raises Refusal."""
        self._outbox.require_link()
        cancelling = self.of_symbol(command.symbol)
        text = f"mass cancel of {command.symbol} sent: it hits every order of the account there"
        self._outbox.send(
            command.id, cancelling.request, cancelling.fact, cancelling.cl_ord_id, (), text, essential=True
        )

    def _cancel(
        self, command_id: str, victims: list[Order], restrictions: CancelRestrictions | None = None
    ) -> None:
        lists = self.lists_of(victims)
        cancellings = self.of_orders(victims, restrictions)
        chosen = {order.id for order in victims}
        along = [one.id for one in lists if any(leg.id not in chosen for leg in self._open_legs(one))]
        tally = _Tally(command_id, tuple(chosen), len(cancellings), self._outbox, along)
        with self._outbox.together():
            for one in cancellings:
                try:
                    self._outbox.put(one.request, one.fact, one.cl_ord_id, tally.one, essential=True)
                except Refusal as refusal:
                    tally.one(f"{', '.join(one.order_ids)}: {refusal}")

    # --- requests -----------------------------------------------------------------------------------------

    def of_orders(
        self, victims: Iterable[Order], restrictions: CancelRestrictions | None = None
    ) -> list[Cancelling]:
        """One request for each placement that may trade: behind an unanswered replace there are two. Several legs of
        one list are cancelled with the list, once: of its legs the second would be refused."""
        cancellings = []
        by_list: dict[str, list[Order]] = {}
        for order in victims:
            by_list.setdefault(order.list_id, []).append(order)
        lists = self._outbox.ledger.lists
        for list_id, orders in by_list.items():
            one = lists.get(list_id)
            if one is not None and len(orders) > 1 and restrictions is None:
                cancellings.append(self.of_list(one))
                continue
            cancellings += [
                self.of_placement(order, placement, restrictions)
                for order in orders
                for placement in order.placements
                if not placement.state.terminal
            ]
        return cancellings

    def of_placement(
        self,
        order: Order,
        placement: Placement,
        restrictions: CancelRestrictions | None = None,
        *,
        hold: bool = False,
    ) -> Cancelling:
        """`hold`: what it leaves is to be held here."""
        cl_ord_id = self._outbox.request_id()
        request = CancelOrder(
            cl_ord_id,
            order.symbol,
            placement.cl_ord_id,
            placement.order_id,
            restrictions,
            order.side,
            placement.order_qty,
        )
        fact = CancelRequested(
            order_id=order.id,
            cl_ord_id=cl_ord_id,
            orig_cl_ord_id=placement.cl_ord_id,
            at=self._outbox.now.wall,
            restrictions=restrictions,
            hold=hold,
        )
        return Cancelling(request, fact, cl_ord_id, (order.id,), order.symbol)

    def of_list(self, one: OrderList) -> Cancelling:
        """All of its legs in one request."""
        cl_ord_id = self._outbox.request_id()
        request = CancelListAtVenue(cl_ord_id, one.symbol, one.cl_list_id, one.list_id)
        fact = ListCancelRequested(list_id=one.id, cl_ord_id=cl_ord_id, at=self._outbox.now.wall)
        legs = tuple(leg.id for leg in self._open_legs(one))
        return Cancelling(request, fact, cl_ord_id, legs, one.symbol)

    def of_symbol(self, symbol: str) -> Cancelling:
        """Everything the account has there, other sessions' orders too."""
        cl_ord_id = self._outbox.request_id()
        fact = MassCancelRequested(cl_ord_id=cl_ord_id, symbol=symbol, at=self._outbox.now.wall)
        orders = tuple(order.id for order in self.open_orders(symbol))
        return Cancelling(MassCancel(cl_ord_id, symbol), fact, cl_ord_id, orders, symbol)

    def _open_legs(self, one: OrderList) -> list[Order]:
        orders = self._outbox.ledger.orders
        return [orders[leg] for leg in one.legs if orders[leg].open]


class _Tally:
    """One answer for many cancels."""

    def __init__(
        self,
        command_id: str,
        order_ids: tuple[str, ...],
        cancels: int,
        outbox: Outbox,
        along: list[str],
    ) -> None:
        self._command_id = command_id
        self._order_ids = order_ids
        self._outbox = outbox
        self._along = along
        self._left = self._count = cancels
        self._causes: list[str] = []

    def one(self, cause: str) -> None:
        self._left -= 1
        if cause:
            self._causes.append(cause)
        if self._left:
            return
        count = self._count - len(self._causes) if self._causes else len(self._order_ids)
        text = f"cancel sent for {count} order{'s' if count != 1 else ''}"
        if self._causes:
            text += f"; {len(self._causes)} not sent: {self._causes[0]}"
        elif self._along:
            text += f"; the whole of {', '.join(self._along)} goes with it"
        self._outbox.answer(
            Answer(id=self._command_id, ok=not self._causes, text=text, order_ids=self._order_ids)
        )
