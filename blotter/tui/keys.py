"""The panes' own keys that the registry of actions does not hold yet, in its terms, and the whole of both."""

from typing import Final

from textual.binding import Binding, BindingType

from blotter.tui.actions import ACTIONS, BY_ID, Action
from blotter.tui.actions import bindings as registered

_MORE: Final[tuple[Action, ...]] = (
    Action("app.positions", ("6",), "positions", "Go to the positions.", "move", "positions", footer=False),
    Action("app.history", ("7",), "history", "Go to the order's history.", "move", "history", footer=False),
    Action("app.sessions", ("9", "f9"), "sessions", "Go to the sessions.", "move", "sessions", footer=False),
    Action("app.notices", ("0",), "notices", "Go to the list of notices.", "move", "notices", footer=False),
    Action("messages.heartbeats", ("H",), "heartbeats", "Show or hide heartbeats.", "view"),
)

MORE: Final = tuple(action for action in _MORE if action.id not in BY_ID)
EVERY_ACTION: Final = (*ACTIONS, *MORE)


def bindings(scope: str) -> list[BindingType]:
    """What a widget of this scope puts into `BINDINGS`."""
    return [
        *registered(scope),
        *(
            Binding(
                ",".join(action.keys),
                action.name,
                action.label,
                key_display=action.shown_key,
                tooltip=action.help,
                id=action.id,
            )
            for action in MORE
            if action.scope == scope and action.keys
        ),
    ]
