"""Keys as sentences on the screen name them: those of the key map that is in use.

Asked at the moment a sentence is made, in the running app; outside of one the built-in keys answer.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from textual._context import active_app

from blotter.tui.actions import ACTIONS, Action

NO_KEY: Final = "(no key)"


def by_id(actions: Sequence[Action]) -> dict[str, str]:
    """Every action's first key as people write it in a sentence: `Esc`, `F8`, `y`."""
    return {action.id: _written(action.shown_key) for action in actions}


def _written(key: str) -> str:
    if not key:
        return NO_KEY
    return key.capitalize() if len(key) > 1 and key.isalpha() else key


_BUILT_IN: Final = by_id(ACTIONS)


def key(action_id: str) -> str:
    """The key of an action; raises KeyError for an id that is not in the registry."""
    shown: Mapping[str, str] = getattr(active_app.get(None), "shown_keys", _BUILT_IN)
    return shown[action_id]
