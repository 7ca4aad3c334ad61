"""Every key of the screen, once: bindings, footer, help, key map checks and the README's table all come from
here.

An `Action` is a verb with its keys in one scope. Scopes nest (`SCOPES`): what a focused pane answers to is
its own actions, then those of the scopes around it. A widget takes `BINDINGS = bindings("orders")`; Textual
then calls `action_<name>` on it, where the name is the last part of the id (`orders.cancel-view` ->
`action_cancel_view`).

The rules a key map must keep (`keymap.violations`) hold for the built-in keys as for a user's own:

1. no single key sends an order: sending lives in the review scope, and accepting a warning in a scope of its own. A
   tick is the one key that acts at once, on an order that works already, by one tick and one unanswered amend;
2. the key that confirms is neither Enter nor Space, nor a key that starts something; the key that accepts a warning is
   not the one that sends;
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
from dataclasses import dataclass
from typing import Final, Literal

from textual.binding import Binding, BindingType

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
    "depth": "app",
    "trades": "grid",
    "watchlist": "grid",
    "sessions": "app",
    "draft": "app",
    "review": "app",
    "warning": "app",
    "confirm": "app",
}
"""Scope -> the scope around it. Panes are the leaves; draft, review, warning and confirm are steps of a dialogue."""

PANES: Final = (
    "depth", "orders", "executions", "messages", "inspector", "differences", "trades", "watchlist", "sessions",
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
    "trades": "Trades",
    "watchlist": "Watchlist",
    "sessions": "Sessions",
    "draft": "Ticket and command line",
    "review": "Review",
    "warning": "Review with warnings",
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


ACTIONS: Final[tuple[Action, ...]] = (
    # everywhere
    Action("app.ticket", ("1",), "ticket", "Go to the order ticket.", "move", footer=False),
    Action(
        "app.depth",
        ("2",),
        "depth",
        "Go to the ladder; it follows the symbol in view.",
        "move",
        "depth",
        footer=False,
    ),
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
    Action(
        "app.notices",
        ("0",),
        "notices",
        "Go to the differences, if there are any, else to the notices.",
        "move",
        "notices",
        footer=False,
    ),
    Action(
        "app.trades",
        ("P",),
        "trades",
        "Go to the prints, the market's trades, and the price line.",
        "move",
        "trades",
        footer=False,
    ),
    Action("app.watchlist", ("M",), "watchlist", "Go to the watchlist.", "move", "watchlist", footer=False),
    Action("app.next-pane", ("tab",), "next pane", "Go to the next pane.", "move", footer=False),
    Action("app.previous-pane", ("shift+tab",), "previous", "Go to the previous pane.", "move", footer=False),
    Action("app.help", ("f1", "?"), "help", "Show the keys of this pane.", "view", "help"),
    Action("app.filter", ("/",), "filter", "Filter the rows of this pane as you type.", "view"),
    Action(
        "app.next-hit",
        ("]",),
        "next hit",
        "To the next message that a search of the tape (/ and Enter in the messages) has found.",
        "move",
        "find",
        footer=False,
    ),
    Action("app.previous-hit", ("[",), "previous hit", "To the hit before.", "move", footer=False),
    Action("app.repaint", ("ctrl+l",), "repaint", "Draw the whole screen again.", "view", footer=False),
    Action("app.command", (":",), "command", "Open the command line: orders and every verb.", "write"),
    Action("app.new-ticket", ("n", "f2"), "new", "Draft an order for the symbol in view.", "write", "new"),
    Action(
        "app.arm",
        ("f6",),
        "arm",
        "Arm for five minutes, or disarm; where the risk settings ask for arming.",
        "danger",
        "arm",
        footer=False,
    ),
    Action(
        "app.rehearse",
        ("ctrl+r",),
        "rehearse",
        "Break something at the embedded exchange; there only.",
        "write",
        "rehearse",
        footer=False,
    ),
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
    # a recording (blotter replay)
    Action(
        "recording.pause", ("p",), "pause", "Pause the recording, or go on.", "view", "pause", footer=False
    ),
    Action("recording.slower", ("{",), "slower", "Replay at the next lower speed.", "view", footer=False),
    Action(
        "recording.faster",
        ("}",),
        "faster",
        "Replay at the next higher speed.",
        "view",
        "speed",
        footer=False,
    ),
    Action("recording.step", (".",), "step", "To the next event; pauses.", "view", "next", footer=False),
    Action(
        "recording.step-back",
        ("comma",),
        "back",
        "To the event before; pauses.",
        "view",
        "back",
        footer=False,
    ),
    Action("recording.jump", ("@",), "time", "Jump to a time of day: type it.", "view", "at", footer=False),
    Action(
        "recording.next-fill",
        ("F",),
        "next fill",
        "Jump to the next fill.",
        "view",
        "next fill",
        footer=False,
    ),
    Action(
        "recording.next-reject",
        ("J",),
        "next reject",
        "Jump to the next reject.",
        "view",
        "next reject",
        footer=False,
    ),
    Action(
        "recording.next-disconnect",
        ("D",),
        "next disconnect",
        "Jump to where a session was lost next.",
        "view",
        "next disconnect",
        footer=False,
    ),
    # the ladder
    Action("depth.down", ("j", "down"), "down", "One row down.", "move", footer=False),
    Action("depth.up", ("k", "up"), "up", "One row up.", "move", footer=False),
    Action(
        "depth.page-down", ("pagedown",), "page down", "Half a screen of lower prices.", "move", footer=False
    ),
    Action("depth.page-up", ("pageup",), "page up", "Half a screen of higher prices.", "move", footer=False),
    Action("depth.to-bid", ("home",), "bid", "To the best bid.", "move", footer=False),
    Action("depth.to-ask", ("end",), "ask", "To the best ask.", "move", footer=False),
    Action("depth.centre", ("c",), "centre", "Bring the market into the middle.", "view"),
    Action("depth.coarser", ("+", "="), "group", "More ticks a row.", "view"),
    Action("depth.finer", ("-",), "ungroup", "Fewer ticks a row.", "view", footer=False),
    Action(
        "depth.open", ("enter",), "open", "Review the draft; without one, look at the order here.", "view"
    ),
    Action(
        "depth.pick",
        ("space",),
        "pick up",
        "Pick up the order here: a at another price moves it there, under review.",
        "view",
        footer=False,
    ),
    Action(
        "depth.clear",
        ("escape",),
        "drop",
        "Lay down what is picked up, else drop the draft.",
        "view",
        footer=False,
    ),
    Action(
        "depth.buy", ("b",), "buy", "Draft a buy at this price (also a double click on the bids).", "write"
    ),
    Action(
        "depth.sell", ("s",), "sell", "Draft a sell at this price (also a double click on the asks).", "write"
    ),
    Action(
        "depth.amend",
        ("a",),
        "amend",
        "Amend the order here, or move what is picked up to this price.",
        "write",
    ),
    Action(
        "depth.cancel",
        ("x",),
        "cancel",
        "Cancel yours at this price; asks y when more than one goes.",
        "danger",
    ),
    Action(
        "depth.cancel-view",
        ("X",),
        "cancel view",
        "Cancel all of yours in this symbol; asks y.",
        "danger",
        footer=False,
    ),
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
        "orders.fold", ("z",), "fold", "Hide or show the legs of a list (also ← and →).", "view", footer=False
    ),
    Action(
        "orders.tick-down",
        ("<",),
        "tick down",
        "Lower the price of the selected orders by one tick, at once.",
        "danger",
        "tick",
        footer=False,
    ),
    Action(
        "orders.tick-up",
        (">",),
        "tick up",
        "Raise the price of the selected orders by one tick, at once.",
        "danger",
        "tick",
        footer=False,
    ),
    Action(
        "orders.hold",
        ("u",),
        "hold",
        "Cancel a working order and put it aside here; on one that is put aside: submit it.",
        "danger",
        "hold",
        footer=False,
    ),
    Action(
        "orders.resolve",
        ("e",),
        "resolve",
        "Take an order out of doubt, with a note that says how you know.",
        "write",
        "resolve",
        footer=False,
    ),
    Action(
        "orders.cancel",
        ("x",),
        "cancel",
        "Cancel the selected orders; asks y when more than one goes.",
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
    Action("messages.copy", ("y",), "copy", "Copy the message as FIX, | for SOH.", "view", footer=False),
    Action("messages.copy-json", ("Y",), "as JSON", "Copy the message as JSON.", "view", footer=False),
    Action("messages.copy-plain", ("V",), "in words", "Copy the message in words.", "view", footer=False),
    Action("inspector.diff", ("d",), "diff", "Compare with the previous message of the same order.", "view"),
    Action("inspector.raw", ("r",), "raw", "Show the message as it was on the wire.", "view"),
    Action("inspector.copy", ("y",), "copy", "Copy the message as FIX, | for SOH.", "view", "copy fix"),
    Action(
        "inspector.copy-json",
        ("Y",),
        "as JSON",
        "Copy the message as JSON.",
        "view",
        "copy json",
        footer=False,
    ),
    Action(
        "inspector.copy-plain",
        ("V",),
        "in words",
        "Copy the message in words.",
        "view",
        "copy plain",
        footer=False,
    ),
    Action(
        "differences.acknowledge",
        ("A",),
        "seen",
        "I have seen what the two sources say; it leaves the list.",
        "write",
    ),
    Action("trades.longer", ("+", "="), "longer", "The price line over more time.", "view"),
    Action("trades.shorter", ("-",), "shorter", "The price line over less time.", "view"),
    Action("sessions.test", ("t",), "test", "Send a TestRequest on every live session.", "view", "test"),
    Action(
        "sessions.hand-over",
        ("S",),
        "hand over",
        "Move order entry to a new session without a gap.",
        "danger",
        "handover",
    ),
    Action(
        "sessions.reconnect", ("R",), "reconnect", "Log out and dial again; asks y.", "danger", "reconnect"
    ),
    # the way to an order, one key a step
    Action("draft.review", ("enter",), "review", "Review the draft. Nothing is sent.", "write"),
    Action("draft.drop", ("escape",), "drop", "Drop the draft.", "move"),
    Action("review.send", ("y",), "SEND", "Send the order as it is worded.", "danger", sends=True),
    Action("review.drop", ("escape",), "back", "Back to the draft. Nothing is sent.", "move"),
    Action(
        "warning.insist",
        ("W",),
        "SEND IN SPITE OF IT",
        "Accept each warning that is shown and send. The desk notes it down.",
        "danger",
        sends=True,
    ),
    Action("warning.drop", ("escape",), "back", "Back to the draft. Nothing is sent.", "move"),
    Action("confirm.yes", ("y",), "yes", "Do what is asked.", "danger"),
    Action("confirm.no", ("escape",), "no", "Do nothing.", "move"),
)

BY_ID: Final[Mapping[str, Action]] = {action.id: action for action in ACTIONS}

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


def in_scope(scope: str, actions: Iterable[Action] = ACTIONS) -> list[Action]:
    """The actions of exactly this scope, in the registry's order."""
    return [action for action in actions if action.scope == scope]


def around(scope: str) -> list[str]:
    """The scope and those around it, innermost first: `orders`, `grid`, `app`, `recording`."""
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


if __name__ == "__main__":
    print(markdown())  # noqa: T201
