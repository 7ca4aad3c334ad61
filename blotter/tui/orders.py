"""The orders: one line each, lists above their legs, and the verbs on them.

Orders whose outcome nobody knows stand on top and no filter hides them. The grid posts intents; it sends nothing, and
it asks nobody whether a verb makes sense: that is for whoever handles the intent.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import ClassVar

from textual.message import Message

from blotter.trading.instrument import Instrument
from blotter.tui.actions import bindings
from blotter.tui.grid import Grid
from blotter.tui.grid_tree import Tree
from blotter.tui.guard import Guarded
from blotter.tui.order_columns import MEDIUM, WIDE, order_columns
from blotter.tui.order_rows import OrderRow


class OrdersGrid(Guarded, Grid[OrderRow]):
    """The grid with the verbs of an order."""

    BINDINGS: ClassVar = bindings("orders")
    scope: ClassVar = "orders"

    class Asked(Message):
        """A verb and the own ids it is about: those selected, else the one under the cursor; for `cancel-view` all in
        view. Never empty."""

        def __init__(self, verb: str, keys: tuple[str, ...]) -> None:
            super().__init__()
            self.verb = verb
            self.keys = keys

    def __init__(self, instruments: Mapping[str, Instrument], *, clock: Callable[[], int], id: str) -> None:
        self._tree: Tree[OrderRow] = Tree(
            lambda row: row.unknown, head=lambda row: row.head, place=lambda row: row.place
        )
        super().__init__(
            order_columns(instruments, 80, self._tree.folded),
            clock=clock,
            view=self._tree,
            empty="No orders yet: n drafts one, : opens the command line.",
            id=id,
        )
        self._instruments = instruments
        self._width_class = 80
        self.sort_by("age")  # the newest on top; every width has this column

    def on_resize(self) -> None:
        """Another width has other columns."""
        width_class = next(limit for limit in (WIDE, MEDIUM, 0) if self.size.width >= limit)
        if width_class != self._width_class:
            self._width_class = width_class
            self.refit()

    def refit(self) -> None:
        """Columns for this width, numbers with the instruments' decimals."""
        self.replace_columns(order_columns(self._instruments, self.size.width, self._tree.folded))

    def feed(self, rows: Mapping[str, OrderRow], gone: Iterable[str], *, mark: bool) -> None:
        """Take in changed lines; a line of a list that comes out the same is no news."""
        known = self._tree.rows
        news = {
            key: row
            for key, row in rows.items()
            if (row.leg is None and row.list is None) or known.get(key) != row
        }
        if news:
            self.upsert(news, mark=mark)
        if gone := [key for key in gone if key in known]:
            self.discard(gone)

    # --- the tree --------------------------------------------------------------------------------------------

    def action_fold(self) -> None:
        """Hide or show the legs of the list under the cursor."""
        if head := self._tree.head_of(self.cursor_key):
            self._fold(head, head not in self._tree.folded)

    def action_columns_left(self) -> None:
        """The column before; where there is none, to the list of a leg, then fold it."""
        head = self._tree.head_of(self.cursor_key)
        if self._painter.shift or not head or head in self._tree.folded:
            super().action_columns_left()
        elif self.cursor_key != head:
            self.move_cursor_to(head)
        else:
            self._fold(head, True)

    def action_columns_right(self) -> None:
        """Unfold a list, else show what does not fit on the right."""
        head = self._tree.head_of(self.cursor_key)
        if head and head in self._tree.folded:
            self._fold(head, False)
        else:
            super().action_columns_right()

    def _fold(self, head: str, folded: bool) -> None:
        if folded and self.cursor_key != head:
            self.move_cursor_to(head)
        self._tree.fold(head, folded)
        self._painter.forget([head])
        self._settle([head])

    # --- verbs -----------------------------------------------------------------------------------------------

    def _ask(self, verb: str) -> None:
        keys = tuple(key for key in self.visible_keys() if key in self.selected) if self.selected else ()
        if not keys and self.cursor_key is not None:
            keys = (self.cursor_key,)
        if keys:
            self.post_message(self.Asked(verb, keys))

    def action_cancel(self) -> None:
        """Cancel what is selected, else what is under the cursor."""
        self._ask("cancel")

    def action_cancel_view(self) -> None:
        """Cancel all that is in view."""
        if keys := tuple(self.visible_keys()):
            self.post_message(self.Asked("cancel-view", keys))

    def action_amend(self) -> None:
        """Amend the order under the cursor."""
        self._ask("amend")

    def action_clone(self) -> None:
        """Clone the order under the cursor."""
        self._ask("clone")

    def action_messages(self) -> None:
        """The messages of the order under the cursor."""
        self._ask("messages")

    def action_tick_up(self) -> None:
        """The price up by one tick."""
        self._ask("tick-up")

    def action_tick_down(self) -> None:
        """The price down by one tick."""
        self._ask("tick-down")

    def action_hold(self) -> None:
        """Put aside, or submit what was."""
        self._ask("hold")

    def action_resolve(self) -> None:
        """Say what became of an order in doubt."""
        self._ask("resolve")
