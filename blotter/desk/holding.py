"""Terms held on this machine: put aside, taken from a working order, submitted later, dropped; and doubts resolved.

Nothing held is at the venue, and nothing that is at the venue is held: what is left of a working order is held only
once the venue says that the order is gone, so that it can never be there twice.
"""

from collections.abc import Callable

import msgspec

from blotter.desk.cancels import Cancels
from blotter.desk.change import Answer, Severity
from blotter.desk.command import Drop, Hold, Release, Resolve, Submit, SubmitList
from blotter.desk.orders import Orders
from blotter.desk.outbox import Outbox, Refusal
from blotter.trading.decimals import plain
from blotter.trading.event import HeldEnded, OrderHeld, OrderResolved, OwnEvent
from blotter.trading.order import Order


class Holding:
    """One account's. `record` puts a fact without a message on the tape and folds it."""

    def __init__(
        self,
        outbox: Outbox,
        orders: Orders,
        cancels: Cancels,
        record: Callable[[list[OwnEvent]], None],
        notice: Callable[[Severity, str, str], None],
    ) -> None:
        self._outbox = outbox
        self._orders = orders
        self._cancels = cancels
        self._record = record
        self._notice = notice

    # --- commands ------------------------------------------------------------------------------------------

    def hold(self, command: Hold) -> None:
        """Put terms aside, or cancel an order and hold what is left of it. Raises Refusal."""
        if command.order_id:
            self._hold_order(command)
            return
        if (command.request is None) == (command.list_request is None):
            raise Refusal("one order or one list can be held at a time", "request")
        held_id = self._outbox.held_id()
        fact = OrderHeld(
            held_id=held_id,
            at=self._outbox.now.wall,
            request=command.request,
            list_request=command.list_request,
        )
        self._record([fact])
        self._done(command.id, f"{held_id} is held here; nothing was sent", held_id)

    def _hold_order(self, command: Hold) -> None:
        order = self._outbox.ledger.orders.get(command.order_id)
        if order is None:
            raise Refusal(f"order {command.order_id} is not known", "order_id")
        if not order.state.live:
            raise Refusal(f"{order.id} is {order.state.value}: only a working order can be held", "order_id")
        if order.list_id:
            text = f"{order.id} is a leg of {order.list_id}: its cancel would end the whole list"
            raise Refusal(text, "order_id")
        self._outbox.require_still(order.id)
        if order.pending or order.doubled:
            raise Refusal(f"{order.id} has a request on its way already", "order_id")
        if order.current.unfilled_qty is None:
            raise Refusal(f"the venue has not said the quantity of {order.id} yet", "order_qty")
        self._outbox.require_link()
        one = self._cancels.of_placement(order, order.current, hold=True)
        text = f"cancel of {order.id} sent; what is left of it is held once the venue says that it is gone"
        self._outbox.send(
            command.id,
            one.request,
            one.fact,
            one.cl_ord_id,
            (order.id,),
            text,
            about=order.id,
            essential=True,
        )

    def release(self, command: Release) -> None:
        """Submit held terms, under every check a new order goes through. Raises Refusal."""
        held = self._outbox.ledger.held.get(command.held_id)
        if held is None:
            raise Refusal(f"{command.held_id} is not held here", "held_id")
        self._outbox.require_still(held.id)
        accepted, rules = command.accept_warnings, command.accept_rules
        if held.request is not None:
            one = Submit(id=command.id, request=held.request, accept_warnings=accepted, accept_rules=rules)
            self._orders.submit(one, held.id)
        elif held.list_request is not None:
            many = SubmitList(
                id=command.id, request=held.list_request, accept_warnings=accepted, accept_rules=rules
            )
            self._orders.submit_list(many, held.id)

    def drop(self, command: Drop) -> None:
        """Forget held terms. Raises Refusal."""
        if command.held_id not in self._outbox.ledger.held:
            raise Refusal(f"{command.held_id} is not held here", "held_id")
        self._outbox.require_still(command.held_id)
        self._record([HeldEnded(held_id=command.held_id, at=self._outbox.now.wall)])
        self._done(command.id, f"{command.held_id} is dropped", command.held_id)

    def resolve(self, command: Resolve) -> None:
        """Take an order in doubt as done with, on a person's word. Raises Refusal."""
        order = self._outbox.ledger.orders.get(command.order_id)
        if order is None:
            raise Refusal(f"order {command.order_id} is not known", "order_id")
        note = command.note.strip()
        if not note:
            raise Refusal("say in a note how you know", "note")
        if not order.in_doubt:
            raise Refusal(f"{order.id} is {order.state.value}, and not in doubt", "order_id")
        self._record([OrderResolved(order_id=order.id, note=note, at=self._outbox.now.wall)])
        self._done(command.id, f"{order.id} is resolved: {note}", order.id)

    def _done(self, command_id: str, text: str, own_id: str) -> None:
        self._outbox.answer(Answer(id=command_id, ok=True, text=text, order_ids=(own_id,)))

    # --- what the venue says -------------------------------------------------------------------------------

    def look(self) -> None:
        """Hold what is left of orders that are gone and were to be held; after a restart too."""
        for order in list(self._outbox.ledger.orders.values()):
            self.changed(order)

    def changed(self, order: Order) -> None:
        """An order has changed: if it was to be held and is gone, hold what is left of it."""
        left = order.to_hold
        if left is None:
            return
        terms = order.current.request
        max_floor = terms.max_floor if terms.max_floor is not None and terms.max_floor < left else None
        held_id = self._outbox.held_id()
        fact = OrderHeld(
            held_id=held_id,
            at=self._outbox.now.wall,
            request=msgspec.structs.replace(terms, order_qty=left, cash_order_qty=None, max_floor=max_floor),
            from_order_id=order.id,
        )
        self._record([fact])
        self._notice(Severity.INFO, f"{plain(left)} of {order.id} is held here as {held_id}", order.id)
