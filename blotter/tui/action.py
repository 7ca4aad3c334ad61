"""What a verb of the screen is: its id, keys, words and scope; where scopes nest, and how a key is written.

The verbs themselves stand in `actions_everywhere` and `actions_panes`, one row each; `actions` puts them together.
This module must never know one of them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

from textual.binding import Binding

Kind = Literal["move", "view", "write", "danger"]
KINDS: Final[tuple[Kind, ...]] = ("move", "view", "write", "danger")

SCOPES: Final[Mapping[str, str]] = {
    "recording": "",
    "app": "recording",
    "grid": "app",
    "orders": "grid",
    "executions": "grid",
    "messages": "grid",
    "inspector": "grid",
    "differences": "grid",
    "alerts": "grid",
    "depth": "app",
    "trades": "grid",
    "watchlist": "grid",
    "sessions": "app",
    "columns": "app",
    "draft": "app",
    "review": "app",
    "warning": "app",
    "confirm": "app",
    "typed": "app",
}
"""Scope -> the scope around it. Panes are the leaves; draft, review, warning and confirm are steps of a dialogue."""

PANES: Final = (
    "depth", "orders", "executions", "messages", "inspector", "differences", "alerts", "trades", "watchlist",
    "sessions",
)  # fmt: skip

TITLES: Final[Mapping[str, str]] = {
    "app": "Everywhere",
    "recording": "In a recording",
    "depth": "Depth",
    "grid": "In every list",
    "orders": "Orders",
    "executions": "Executions",
    "messages": "Messages",
    "inspector": "Inspector",
    "differences": "Differences",
    "alerts": "Alerts",
    "trades": "Trades",
    "watchlist": "Watchlist",
    "sessions": "Sessions",
    "columns": "Column chooser",
    "draft": "Ticket and command line",
    "review": "Review",
    "warning": "Review with warnings",
    "confirm": "Any question",
    "typed": "A word to type",
}


@dataclass(frozen=True, slots=True)
class Action:
    """One verb. `keys` are Textual key names or single characters; the first is the one shown."""

    id: str
    keys: tuple[str, ...]
    label: str  # one or two words, for the footer
    help: str  # one sentence, for help and README
    kind: Kind
    word: str = ""  # the command line's word for it, without the colon
    priority: bool = False  # works over inputs and dialogues
    footer: bool = True
    sends: bool = False  # puts a new order, or new terms of one, on the wire

    @property
    def scope(self) -> str:
        """The scope it belongs to: the first part of the id."""
        return self.id.partition(".")[0]

    @property
    def name(self) -> str:
        """Textual's action name: the last part of the id."""
        return self.id.partition(".")[2].replace("-", "_")

    @property
    def shown_key(self) -> str:
        """The first key as people write it; empty when it has none."""
        return key_label(self.keys[0]) if self.keys else ""


_LABELS: Final[Mapping[str, str]] = {
    "escape": "esc",
    "pagedown": "pgdn",
    "pageup": "pgup",
    "down": "↓",
    "up": "↑",
    "left": "←",
    "right": "→",
    "question_mark": "?",
    "slash": "/",
    "colon": ":",
    "comma": ",",
    "asterisk": "*",
}


def key_label(key: str) -> str:
    """A key as people write it: `escape` -> `esc`, `f8` -> `F8`, `ctrl+l` stays."""
    if len(key) > 1 and key[0] == "f" and key[1:].isdigit():
        return key.upper()
    return _LABELS.get(key, key)


def key_name(key: str) -> str:
    """Textual's name of a key: `:` is `colon`, `F8` is `f8`. Raises `InvalidBinding` for an empty one."""
    modifiers, plus, last = key.rpartition("+")
    if len(key) == 1:
        modifiers, plus, last = "", "", key
    name = next(iter(Binding.make_bindings([Binding(last, "")]))).key if len(last) <= 1 else last.lower()
    return modifiers.lower() + plus + name
