"""The orders: one line each, lists above their legs, in groups if somebody wants it, and the verbs on them.

Orders whose outcome nobody knows stand on top and neither filter nor group hides them; of what else needs a person it
is counted how much is hidden. The grid posts intents; it sends nothing, and it asks nobody whether a verb makes sense:
that is for whoever handles the intent.
"""

from collections import deque
from collections.abc import Callable, Iterable, Mapping
from typing import ClassVar, Final

from textual.message import Message

from blotter.trading.instrument import Instrument
from blotter.trading.order import OrderState
from blotter.tui.actions import bindings
from blotter.tui.grid import Grid
from blotter.tui.grid_groups import Groups, heading
from blotter.tui.grid_window import MARK_FOR
from blotter.tui.guard import Guarded
from blotter.tui.order_columns import FILTERS, MEDIUM, WIDE, order_columns
from blotter.tui.order_groups import GROUPINGS, OrderTally
from blotter.tui.order_rows import OrderRow
from blotter.tui.shown_keys import key

AHEAD: Final = 2_000
"""Rows whose text is put together at each tick after a large load, so that the first letter of a filter need not wait
for a hundred thousand of them."""


def _plain(row: OrderRow) -> bool:
    """Quickly, of nearly all rows: an order of its own that needs nobody."""
    order = row.order
    return (
        order is not None
        and row.leg is None
        and not order.pending
        and order.unverified_since is None
        and order.state is not OrderState.UNCONFIRMED
        and len(order.placements) == 1
    )


class OrdersGrid(Guarded, Grid[OrderRow]):
    """The grid with the verbs of an order."""

    BINDINGS: ClassVar = bindings("orders")
    scope: ClassVar = "orders"
    fields = FILTERS
    groupings = tuple(GROUPINGS)

    class Asked(Message):
        """A verb and the own ids it is about: those selected, else the one under the cursor; for `cancel-view` all in
        view. Never empty."""

        def __init__(self, verb: str, keys: tuple[str, ...]) -> None:
            super().__init__()
            self.verb = verb
            self.keys = keys

    def __init__(
        self,
        instruments: Mapping[str, Instrument],
        *,
        clock: Callable[[], int],
        id: str,
        mark_for: int = MARK_FOR,
    ) -> None:
        self._tree: Groups[OrderRow] = Groups(
            lambda row: row.unknown,
            head=lambda row: row.leg.list_id if row.leg is not None else "",
            place=lambda row: row.place,
            tally=lambda: OrderTally(instruments),
            plain=_plain,
        )
        self._unread: deque[OrderRow] = deque()
        super().__init__(
            order_columns(instruments, 80, self._tree.folded),
            clock=clock,
            view=self._tree,
            mark_for=mark_for,
            id=id,
        )
        self._instruments = instruments
        self._width_class = 80
        self.sort_by("age")  # the newest on top; every width has this column

    def on_mount(self) -> None:
        """What to press, in the keys of the map in use."""
        drafts, opens = key("app.new-ticket"), key("app.command")
        self._empty = f"No orders yet: {drafts} drafts one, {opens} opens the command line."

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
        news = rows
        if known:
            news = {
                key: row
                for key, row in rows.items()
                if (row.leg is None and row.list is None) or known.get(key) != row
            }
        if news:
            self.upsert(news, mark=mark)
            if len(news) > AHEAD:
                self._unread.extend(news.values())
        if gone := [key for key in gone if key in known]:
            self.discard(gone)

    def clear(self) -> None:
        """Take all rows out; columns, sort, filter and grouping stay."""
        self._unread.clear()
        super().clear()

    def tick(self, now: int) -> None:
        """Let time pass; read ahead what a filter will ask for."""
        super().tick(now)
        for _ in range(min(AHEAD, len(self._unread))):
            _ = self._unread.popleft().text

    @property
    def hidden_needy(self) -> int:
        """How many rows that need a person a filter, a fold or a closed group hides."""
        tree = self._tree
        return sum(1 for key in tree.odd if key not in tree and tree.rows[key].needy)

    @property
    def hidden_words(self) -> str:
        """That in words, for a title; empty where there is nothing to say."""
        hidden = self.hidden_needy
        return f"  ‼ {hidden} hidden {'needs' if hidden == 1 else 'need'} you" if hidden else ""

    # --- groups ----------------------------------------------------------------------------------------------

    def group_by(self, name: str) -> None:
        """Put the rows into groups; "" for none. Raises `KeyError` for a name that is not one of `groupings`."""
        self.grouped_by = name
        self._tree.group(GROUPINGS[name] if name else None)
        self._rearranged()

    def action_group(self) -> None:
        """Group by the next of what there is, after the last by nothing."""
        names = ("", *self.groupings)
        self.group_by(names[(names.index(self.grouped_by) + 1) % len(names)])

    def _close(self, label: str, closed: bool) -> None:
        self._tree.close(label, closed)
        self._rearranged()
        self.move_cursor_to(heading(label))

    def action_fold_all(self) -> None:
        """Close all groups, or open them when none is open; without groups, the same with the lists."""
        tree = self._tree
        if self.grouped_by:
            closed = not set(tree.tallies) <= tree.closed
            for label in list(tree.tallies):
                tree.close(label, closed)
        else:
            heads = tree.heads()
            folded = not heads <= tree.folded
            for head in heads:
                tree.fold(head, folded)
            self._painter.forget()
        self._rearranged()

    def action_open(self) -> None:
        """Open the row under the cursor; a group is opened and closed."""
        if self._on_heading:
            self._close(self._group, self._group not in self._tree.closed)
        else:
            super().action_open()

    def action_select(self) -> None:
        """Select or unselect the row under the cursor; on a heading, the rows of the group that are in view."""
        if not self._on_heading:
            super().action_select()
            return
        members = {key for key in self._tree.members(self._group) if key in self._tree}
        self._select(self._selected - members if members <= self._selected else self._selected | members)

    @property
    def _on_heading(self) -> bool:
        return self._cursor is not None and self.cursor_key is None

    @property
    def _group(self) -> str:
        """The group under the cursor."""
        return self._tree.label_of(self._cursor)

    # --- the tree --------------------------------------------------------------------------------------------

    def action_fold(self) -> None:
        """Hide or show the legs of the list under the cursor; elsewhere the rows of the group."""
        if head := self._tree.head_of(self.cursor_key):
            self._fold(head, head not in self._tree.folded)
        elif group := self._group:
            self._close(group, group not in self._tree.closed)

    def action_columns_left(self) -> None:
        """The column before; where there is none, to the list of a leg, then fold it. A group is closed."""
        head = self._tree.head_of(self.cursor_key)
        if self._on_heading:
            self._close(self._group, True)
        elif self._painter.shift or not head or head in self._tree.folded:
            super().action_columns_left()
        elif self.cursor_key != head:
            self.move_cursor_to(head)
        else:
            self._fold(head, True)

    def action_columns_right(self) -> None:
        """Unfold a list, open a group, else show what does not fit on the right."""
        head = self._tree.head_of(self.cursor_key)
        if self._on_heading:
            self._close(self._group, False)
        elif head and head in self._tree.folded:
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
        """Cancel what is selected, else what is under the cursor; on a heading, what of the group passes the filter:
        that is asked even when it is one."""
        if self._on_heading and not self.selected:
            if keys := tuple(self._tree.members(self._group)):
                self.post_message(self.Asked("cancel-view", keys))
        else:
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
