"""Every key of the screen, once: bindings, footer, help, key map checks and the README's table all come from
here.

An `Action` is a verb with its keys in one scope. Scopes nest (`SCOPES`): what a focused pane answers to is
its own actions, then those of the scopes around it. A widget takes `BINDINGS = bindings("orders")`; Textual
then calls `action_<name>` on it, where the name is the last part of the id (`orders.cancel-view` ->
`action_cancel_view`).

The rules a key map must keep (`violations`) hold for the built-in keys as for a user's own:

1. no single key sends an order: sending lives in the review scope only;
2. the key that confirms is neither Enter nor Space, nor a key that starts something;
3. a cancel is one key after selecting;
4. the same letter is the same verb in every pane;
5. every action has an id and can be moved or removed; an unknown id is an error;
6. every function key has a command word, since terminals and laptops eat function keys;
7. nothing that terminals and multiplexers own;
8. key repeat arrives as presses, so what sends must not be reachable by holding the key that leads to it
   (follows from 2).

This module must never decide what a verb does.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Final, Literal

from textual.binding import Binding, BindingType

Kind = Literal["move", "view", "write", "danger"]
KINDS: Final[tuple[Kind, ...]] = ("move", "view", "write", "danger")

SCOPES: Final[Mapping[str, str]] = {
    "app": "",
    "grid": "app",
    "orders": "grid",
    "executions": "grid",
    "messages": "grid",
    "inspector": "grid",
    "draft": "app",
    "review": "app",
    "confirm": "app",
}
"""Scope -> the scope around it. Panes are the leaves; draft, review and confirm are steps of a dialogue."""

PANES: Final = ("orders", "executions", "messages", "inspector")

TITLES: Final[Mapping[str, str]] = {
    "app": "Everywhere",
    "grid": "In every list",
    "orders": "Orders",
    "executions": "Executions",
    "messages": "Messages",
    "inspector": "Inspector",
    "draft": "Ticket and command line",
    "review": "Review",
    "confirm": "Any question",
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
    sends: bool = False  # puts a new or changed order on the wire

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


ACTIONS: Final[tuple[Action, ...]] = (
    # everywhere
    Action("app.ticket", ("1",), "ticket", "Go to the order ticket.", "move", footer=False),
    Action("app.orders", ("3", "f3"), "orders", "Go to the orders.", "move", "orders", footer=False),
    Action(
        "app.executions", ("4", "f4"), "executions", "Go to the executions.", "move", "fills", footer=False
    ),
    Action(
        "app.messages", ("5", "f5"), "messages", "Go to the message tape.", "move", "messages", footer=False
    ),
    Action("app.positions", ("6",), "positions", "Go to the positions.", "move", "positions", footer=False),
    Action("app.history", ("7",), "history", "Go to the order's history.", "move", "history", footer=False),
    Action("app.inspector", ("8",), "inspector", "Go to the inspector.", "move", footer=False),
    Action("app.sessions", ("9", "f9"), "sessions", "Go to the sessions.", "move", "sessions", footer=False),
    Action("app.notices", ("0",), "notices", "Go to the list of notices.", "move", "notices", footer=False),
    Action("app.next-pane", ("tab",), "next pane", "Go to the next pane.", "move", footer=False),
    Action("app.previous-pane", ("shift+tab",), "previous", "Go to the previous pane.", "move", footer=False),
    Action("app.help", ("f1", "?"), "help", "Show the keys of this pane.", "view", "help"),
    Action("app.filter", ("/",), "filter", "Filter the rows of this pane as you type.", "view"),
    Action("app.repaint", ("ctrl+l",), "repaint", "Draw the whole screen again.", "view", footer=False),
    Action("app.command", (":",), "command", "Open the command line: orders and every verb.", "write"),
    Action("app.new-ticket", ("n", "f2"), "new", "Draft an order for the symbol in view.", "write", "new"),
    Action(
        "app.stop",
        ("f8",),
        "STOP",
        "Stop order entry at once and list what is open; again (or y) cancels all of it.",
        "danger",
        "stop",
        priority=True,
    ),
    Action("app.quit", ("Q",), "quit", "Leave; asks what to do with open orders.", "danger", "quit"),
    # lists
    Action("grid.down", ("j", "down"), "down", "One row down.", "move", footer=False),
    Action("grid.up", ("k", "up"), "up", "One row up.", "move", footer=False),
    Action("grid.columns-left", ("h", "left"), "left", "Show the columns to the left.", "move", footer=False),
    Action(
        "grid.columns-right", ("l", "right"), "right", "Show the columns to the right.", "move", footer=False
    ),
    Action("grid.page-down", ("pagedown",), "page down", "One page down.", "move", footer=False),
    Action("grid.page-up", ("pageup",), "page up", "One page up.", "move", footer=False),
    Action("grid.first", ("home",), "first", "To the first row.", "move", footer=False),
    Action("grid.first-chord", ("g",), "first", "Pressed twice: to the first row.", "move", footer=False),
    Action("grid.last", ("G", "end"), "last", "To the last row; resumes following.", "move", footer=False),
    Action("grid.open", ("enter",), "open", "Open the row: its history and its last message.", "view"),
    Action("grid.select", ("space",), "select", "Select or unselect the row.", "view", footer=False),
    Action("grid.select-all", ("*",), "select all", "Select every row in view.", "view", footer=False),
    Action("grid.sort", ("o",), "sort", "Sort by the next column.", "view"),
    Action("grid.invert", ("i",), "invert", "Turn the sort order round.", "view", footer=False),
    Action("grid.clear", ("escape",), "clear", "Clear the selection, then the filter.", "view", footer=False),
    # panes
    Action("orders.messages", ("m",), "messages", "Show this order's messages only.", "view"),
    Action(
        "orders.amend",
        ("a",),
        "amend",
        "Amend the order, starting from its accepted terms.",
        "write",
        "amend",
    ),
    Action("orders.clone", ("w",), "clone", "Copy the order's terms into a draft.", "write", "clone"),
    Action(
        "orders.cancel",
        ("x",),
        "cancel",
        "Cancel the selected orders; asks y when more than one.",
        "danger",
        "cancel",
    ),
    Action(
        "orders.cancel-view",
        ("X",),
        "cancel view",
        "Cancel every order in view: shows the count by side and symbol, then asks y.",
        "danger",
        "cancel all",
    ),
    Action("messages.follow", ("f",), "follow", "Follow the newest message, or hold still.", "view"),
    Action("messages.heartbeats", ("H",), "heartbeats", "Show or hide heartbeats.", "view"),
    Action("inspector.diff", ("d",), "diff", "Compare with the previous message of the same order.", "view"),
    Action("inspector.raw", ("r",), "raw", "Show the message as it was on the wire.", "view"),
    Action("inspector.copy", ("y",), "copy", "Copy the message.", "view"),
    # the way to an order, one key a step
    Action("draft.review", ("enter",), "review", "Review the draft. Nothing is sent.", "write"),
    Action("draft.drop", ("escape",), "drop", "Drop the draft.", "move"),
    Action("review.send", ("y",), "SEND", "Send the order as it is worded.", "danger", sends=True),
    Action("review.drop", ("escape",), "back", "Back to the draft. Nothing is sent.", "move"),
    Action("confirm.yes", ("y",), "yes", "Do what is asked.", "danger"),
    Action("confirm.no", ("escape",), "no", "Do nothing.", "move"),
)

BY_ID: Final[Mapping[str, Action]] = {action.id: action for action in ACTIONS}

UNBOUND: Final = "unbound"
"""A key name no terminal sends: Textual's key map cannot take a key away, so a removed action gets this one."""

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


def in_scope(scope: str, actions: Iterable[Action] = ACTIONS) -> list[Action]:
    """The actions of exactly this scope, in the registry's order."""
    return [action for action in actions if action.scope == scope]


def around(scope: str) -> list[str]:
    """The scope and those around it, innermost first: `orders`, `grid`, `app`."""
    chain = []
    while scope:
        chain.append(scope)
        scope = SCOPES[scope]
    return chain


def bindings(scope: str) -> list[BindingType]:
    """What a widget of this scope puts into `BINDINGS`. Ids let a user's key map move them."""
    return [
        Binding(
            ",".join(action.keys),
            action.name,
            action.label,
            show=action.footer,
            key_display=action.shown_key,
            priority=action.priority,
            tooltip=action.help,
            id=action.id,
        )
        for action in in_scope(scope)
        if action.keys
    ]


def footer(scope: str, actions: Sequence[Action] = ACTIONS) -> list[tuple[Kind, list[Action]]]:
    """The actions to show while `scope` has the focus, grouped by kind, the pane's own first."""
    shown = [
        action
        for name in around(scope)
        for action in in_scope(name, actions)
        if action.footer and action.keys
    ]
    return [(kind, group) for kind in KINDS if (group := [action for action in shown if action.kind == kind])]


def help_text(scope: str, actions: Sequence[Action] = ACTIONS) -> str:
    """Plain text for the help screen: the focused pane's actions first, then those around it."""
    blocks = []
    for name in around(scope):
        rows = [(_keys_label(action), action) for action in in_scope(name, actions)]
        if rows:
            width = max(len(keys) for keys, _ in rows)
            lines = [f"  {keys:<{width}}  {_sentence(action)}" for keys, action in rows]
            blocks.append("\n".join([TITLES[name], *lines]))
    return "\n\n".join(blocks)


def markdown(actions: Sequence[Action] = ACTIONS) -> str:
    """The key table of the README."""
    lines = ["| where | keys | verb | command | what it does |", "| --- | --- | --- | --- | --- |"]
    for scope, title in TITLES.items():
        for action in in_scope(scope, actions):
            keys = " ".join(f"`{key_label(key)}`" for key in action.keys)
            word = f"`:{action.word}`" if action.word else ""
            verb = f"**{action.label}**" if action.kind == "danger" else action.label
            lines.append(f"| {title} | {keys} | {verb} | {word} | {action.help} |")
    return "\n".join(lines)


def _keys_label(action: Action) -> str:
    return " ".join(key_label(key) for key in action.keys)


def _sentence(action: Action) -> str:
    return f"{action.help} (:{action.word})" if action.word else action.help


# --- key maps ----------------------------------------------------------------------------------------------


def remapped(mapping: Mapping[str, str], actions: Sequence[Action] = ACTIONS) -> tuple[Action, ...]:
    """The registry with a user's keys: id -> keys separated by commas; an empty text takes the keys away."""
    return tuple(
        replace(action, keys=_split(mapping[action.id])) if action.id in mapping else action
        for action in actions
    )


def textual_keymap(mapping: Mapping[str, str]) -> dict[str, str]:
    """A checked key map in the shape `App.set_keymap` wants: key names instead of characters, `UNBOUND` for none."""
    return {
        action_id: ",".join(map(key_name, _split(keys))) or UNBOUND for action_id, keys in mapping.items()
    }


def check_keymap(mapping: Mapping[str, str]) -> list[str]:
    """What is wrong with a user's key map, in words; empty when it may be used. Textual itself checks nothing."""
    unknown = [f"{action_id}: there is no such action" for action_id in mapping if action_id not in BY_ID]
    return unknown + violations(remapped(mapping))


def _split(keys: str) -> tuple[str, ...]:
    return tuple(part for key in keys.split(",") if (part := key.strip()))


_TERMINALS_OWN: Final[Mapping[str, str]] = {
    "ctrl+a": "GNU screen's prefix",
    "ctrl+b": "tmux's prefix",
    "ctrl+s": "stops the terminal's output",
    "ctrl+q": "resumes the terminal's output",
    "ctrl+z": "suspends the process, working orders and all",
    "ctrl+backslash": "kills the process",
    "ctrl+c": "interrupts the process",
    "f11": "the window's full screen",
}


def _unsendable(key: str) -> bool:
    """True for keys a plain terminal cannot send."""
    return key == "ctrl+enter" or "ctrl+shift+" in key or key.startswith("alt+") or "super+" in key


def violations(actions: Sequence[Action]) -> list[str]:
    """Which of the rules on top of this module a set of actions breaks, one line each."""
    found = [*_per_key(actions), *_clashes(actions), *_confirmations(actions), *_letters(actions)]
    return list(dict.fromkeys(found))


def _per_key(actions: Sequence[Action]) -> Iterable[str]:
    for action in actions:
        names = [key_name(key) for key in action.keys]
        for name in names:
            if reason := _TERMINALS_OWN.get(name):
                yield f"{action.id}: {key_label(name)} may not be used ({reason})"
            if name[0] == "f" and name[1:].isdigit() and not action.word:
                yield f"{action.id}: {key_label(name)} is a function key, but the action has no command word"
        if names and all(map(_unsendable, names)):
            yield f"{action.id}: {key_label(names[0])} cannot be the only key, plain terminals do not send it"
        if action.sends and action.scope != "review":
            yield f"{action.id}: only the review step may send an order"


def _clashes(actions: Sequence[Action]) -> Iterable[str]:
    for scope in SCOPES:
        chain = [action for name in around(scope) for action in in_scope(name, actions)]
        taken = sorted((key_name(key), action.id) for action in chain for key in action.keys)
        for (key, one), (other_key, other) in pairwise(taken):
            if key == other_key:
                yield f"{one} and {other}: both use {key_label(key)} in the same place"


def _confirmations(actions: Sequence[Action]) -> Iterable[str]:
    confirming = [action for action in actions if action.id in ("review.send", "confirm.yes")]
    starting = {
        key_name(key): action.id
        for action in actions
        if action.kind in ("write", "danger") and action not in confirming
        for key in action.keys
    }
    for action in confirming:
        for name in map(key_name, action.keys):
            if name in ("enter", "space"):
                yield f"{action.id}: {name} may not confirm, it is pressed by habit"
            elif name in starting:
                yield f"{action.id}: {key_label(name)} also starts {starting[name]}; a repeat would confirm unseen"


def _letters(actions: Sequence[Action]) -> Iterable[str]:
    """Rule 4. The steps of a dialogue are not panes: there a letter answers a question that is on screen."""
    verbs: dict[str, Action] = {}
    for action in actions:
        if action.scope not in ("app", "grid", *PANES):
            continue
        for key in action.keys:
            if len(key) == 1 and key.isalpha():
                other = verbs.setdefault(key, action)
                if other.name != action.name:
                    yield f"{other.id} and {action.id}: the letter {key} means two verbs"


if __name__ == "__main__":
    print(markdown())  # noqa: T201
