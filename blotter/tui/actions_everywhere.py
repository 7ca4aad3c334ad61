"""The verbs that do not belong to one pane: everywhere, in a recording, and the steps on the way to an order.

Data only: what a row means says `action.Action`, which rules the keys keep says `actions`.
"""

from typing import Final

from blotter.tui.action import Action

EVERYWHERE: Final[tuple[Action, ...]] = (
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
        "Go to the differences and alerts, if there are any, else to the notices.",
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
    Action(
        "app.palette",
        ("ctrl+p",),
        "palette",
        "Every verb there is, by a few letters of it.",
        "view",
        "palette",
    ),
    Action("app.filter", ("/",), "filter", "Filter the rows of this pane as you type.", "view"),
    Action(
        "app.next-view", ("v",), "view", "The next saved view of this list.", "view", "view", footer=False
    ),
    Action(
        "app.columns",
        ("C",),
        "columns",
        "Choose the columns of this list: a line above it, with keys of its own.",
        "view",
        "columns",
        footer=False,
    ),
    Action(
        "app.hide-pane",
        ("T",),
        "hide pane",
        "Take this pane off the desk; its key brings it back.",
        "view",
        "hide",
        footer=False,
    ),
    Action(
        "app.narrower",
        ("(", "ctrl+left"),
        "narrower",
        "This pane's column narrower; sizes are remembered, :layout reset forgets them.",
        "view",
        footer=False,
    ),
    Action("app.wider", (")", "ctrl+right"), "wider", "It wider.", "view", footer=False),
    Action("app.shorter", ("_", "ctrl+up"), "shorter", "This pane shorter.", "view", footer=False),
    Action("app.taller", ("^", "ctrl+down"), "taller", "It taller.", "view", footer=False),
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
    Action(
        "app.lock",
        (),
        "lock",
        "Lock the screen: only cancels and stop go, until the word unlock is typed.",
        "write",
        "lock",
        footer=False,
    ),
    Action("app.quit", ("Q",), "quit", "Leave; asks what to do with open orders.", "danger", "quit"),
)

RECORDING: Final[tuple[Action, ...]] = (
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
)
"""Of `blotter replay`."""

STEPS: Final[tuple[Action, ...]] = (
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
    Action("typed.yes", ("enter",), "confirm", "Do what is asked, once the word is typed.", "danger"),
    Action("typed.no", ("escape",), "no", "Do nothing.", "move"),
)
"""The way to an order, one key a step."""
