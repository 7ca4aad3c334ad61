"""The words of the command line that are not orders: what they are called, what they take, what they do. Data only.

A usage is read by people and by Tab (`completing`): a word in capitals stands for what is known while the screen runs,
`a|b` for a choice. What runs them is `verbs`.
"""

from typing import Final, NamedTuple

NUMBERS: Final = ":numbers SESSION out=N|in=N|reset|resend N|fill N"


class Verb(NamedTuple):
    """`least` and `most`: how many arguments it takes; `most` None for any number. What the domain's parser reads
    itself has none."""

    word: str
    usage: str
    help: str
    least: int = 0
    most: int | None = 0


TRADING: Final = (
    Verb(
        "cancel", ":cancel ID ... | L-31 | SYMBOL", "Cancel these orders, these lists, or those of a symbol."
    ),
    Verb("cancel", ":cancel ID ... if new|partial", "Only while it has no fill, or has one."),
    Verb("cancel", ":cancel all|buys|sells [SYMBOL]", "Every open order; of a side, of a symbol."),
    Verb("mass", ":mass cancel SYMBOL", "The venue's own mass cancel: other sessions' orders too."),
    Verb(
        "amend",
        ":amend ID [qty] 0.2 [@] 60000 [anyway]",
        "Reviewed like a new order; says if the queue is kept.",
    ),
    Verb("tick", ":tick ID up|down [N]", "Move an order by ticks, at once."),
    Verb("clone", ":clone ID [sell] [0.2] [@ 60000]", "A draft like that order."),
    Verb("hold", ":hold ID | ORDER", "Cancel it and keep it here; or keep new terms here, unsent."),
    Verb("release", ":release H-4", "Submit what is held: reviewed like a new order."),
    Verb("drop", ":drop H-4", "Forget what is held."),
    Verb("resolve", ":resolve ID NOTE", "Take an order out of doubt, in your words."),
    Verb("arm", ":arm [5m]", "Orders may leave for so long, where arming is asked for."),
    Verb("disarm", ":disarm", "No longer."),
    Verb("stop", ":stop [cancel]", "Entry off at once, then asks to cancel everything (F8)."),
    Verb("resume", ":resume", "Entry on again after a stop."),
    Verb("handover", ":handover [OE|DC|MD]", "To a new session without a gap."),
    Verb("refresh", ":refresh", "Ask the venue again for balances, instruments and limits."),
    Verb("reconcile", ":reconcile", "Ask the venue what became of every order."),
)

SCREEN: Final = (
    Verb("symbol", ":symbol SYMBOL", "Link the screen to a symbol.", 1, 1),
    Verb("new", ":new [SYMBOL]", "Start an empty draft.", 0, 1),
    Verb("depth", ":depth", "Go to the ladder; it follows the symbol in view."),
    Verb("trades", ":trades", "Go to the market's trades and the price line."),
    Verb("watchlist", ":watchlist", "Go to the watchlist."),
    Verb("orders", ":orders", "Go to the orders."),
    Verb("fills", ":fills", "Go to the executions."),
    Verb("messages", ":messages [ID]", "Go to the message tape; of one order only.", 0, 1),
    Verb("positions", ":positions", "Go to the positions."),
    Verb("history", ":history [ID]", "Go to an order's history.", 0, 1),
    Verb("sessions", ":sessions", "Go to the sessions."),
    Verb("notices", ":notices", "Go to the differences and notices."),
    Verb("filter", ":filter WORDS", "Filter the orders: btc sell, sym:BTC, state:working.", 0, None),
    Verb(
        "view",
        ":view VIEW | save VIEW | drop VIEW | off",
        "Show, keep or forget a view: filter, sort, columns, groups.",
        1,
        2,
    ),
    Verb("views", ":views", "List the saved views."),
    Verb("columns", ":columns [id qty:12 | +avg -tif | reset]", "Choose the columns of this list.", 0, None),
    Verb("group", ":group [symbol|parent|state|off]", "Group the orders.", 0, 1),
    Verb("hide", ":hide [PANE]", "Take a pane off the desk; its key brings it back.", 0, 1),
    Verb("layout", ":layout reset", "All panes as large as they come, none hidden.", 1, 1),
    Verb("test", ":test [SESSION]", "Send a TestRequest on this session, or on every live one.", 0, None),
    Verb("limits", ":limits", "Ask the venue for its limits."),
    Verb("reconnect", ":reconnect [SESSION]", "Log out and dial again; every session: asks.", 0, None),
    Verb("logout", ":logout SESSION", "Log a session out until it is logged on again.", 1, None),
    Verb("logon", ":logon SESSION", "Dial a session that was logged out.", 1, None),
    Verb("numbers", NUMBERS, "A session's sequence numbers by hand; asks for its name.", 2, None),
    Verb("mute", ":mute [ID]", "No more alerts of this order.", 0, 1),
    Verb("unmute", ":unmute [ID]", "Alerts of it again.", 0, 1),
    Verb("lock", ":lock", "Only cancels and stop from now on."),
    Verb("unlock", ":unlock", "Everything again."),
    Verb("rehearse", ":rehearse [FAULT]", "Break something at the embedded exchange; there only.", 0, None),
    Verb(
        "find",
        ":find 55=BTCUSDT 150=F",
        "Search all messages of the tape; also / and Enter in the messages.",
        1,
        None,
    ),
    Verb(
        "export",
        ":export [LIST] orders.csv",
        "The rows and columns of this list to a file: .csv, .jsonl, .parquet.",
        1,
        2,
    ),
    Verb("copy", ":copy [fix|json|plain]", "Copy the message in the inspector.", 0, 1),
    Verb("at", ":at 10:14:21", "In a recording: jump to that moment (UTC).", 1, 2),
    Verb("speed", ":speed 10", "In a recording: seconds of it in one second.", 1, 1),
    Verb("play", ":play", "In a recording: go on."),
    Verb("pause", ":pause", "In a recording: stand still."),
    Verb("next", ":next fill|reject|disconnect", "In a recording: jump to the next one.", 0, 1),
    Verb("back", ":back fill|reject|disconnect", "In a recording: jump to the last one before.", 0, 1),
    Verb("picture", ":picture [FILE.svg]", "The screen as it is, as an SVG file.", 0, 1),
    Verb("theme", ":theme THEME|reload", "Another theme; or all of them anew from their files.", 1, 1),
    Verb("palette", ":palette", "Every verb there is, by a few letters of it."),
    Verb("help", ":help [WORD]", "Keys, orders and verbs; of a verb or a pane only.", 0, 1),
    Verb("quit", ":quit", "Leave; asks what to do with open orders."),
)

ACTING: Final = frozenset({"new", "test", "limits", "reconnect", "logout", "logon", "numbers", "rehearse"})
"""Of the screen's words those that mean nothing without a desk."""

VERBS: Final = (*TRADING, *SCREEN)

LISTS: Final = ("orders", "executions", "messages", "positions", "notices", "history")
"""Panes that can be exported."""

PANES: Final = {"orders": "orders", "fills": "executions", "positions": "positions", "sessions": "sessions",
                "notices": "notices", "depth": "depth", "trades": "trades", "watchlist": "watchlist"}  # fmt: skip


def parse_verb(line: str) -> tuple[Verb, list[str]] | str:
    """The verb and its arguments, or a sentence that says what is wrong."""
    words = line.split()
    if not words:
        return "nothing was typed"
    verb = next((verb for verb in SCREEN if verb.word == words[0].lower()), None)
    if verb is None:
        return f"{words[0]}: neither an order (buy, sell, amend) nor a verb; :help lists them"
    rest = words[1:]
    if len(rest) < verb.least or (verb.most is not None and len(rest) > verb.most):
        return f"usage: {verb.usage}"
    return verb, rest
