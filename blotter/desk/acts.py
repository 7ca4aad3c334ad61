"""What a person, a rule or another terminal did, as the tape keeps it: the act, the market of that moment, the refusal.

Acts are for people who ask later who did what; no order's state is folded from them. A command's act stands before
what it causes. What happens at the screen alone (a draft begun, a review shown) comes as an `Acted`. No secret can be
in one: a command has no field for it, and a draft is noted in our words for its terms, not as it was typed.
"""

from collections.abc import Mapping
from typing import Final

import msgspec

from blotter.desk.change import ActSeen
from blotter.desk.clock import Clock
from blotter.desk.command import (
    Acted,
    AnyCommand,
    CancelAll,
    HandOver,
    LogOn,
    LogOut,
    Reconnect,
    Stop,
    Submit,
    SubmitList,
    TestLink,
)
from blotter.desk.recorder import Recorder
from blotter.journal.row import Entry, Kind
from blotter.trading.grammar import describe, describe_list
from blotter.trading.instrument import Quote
from blotter.trading.order import Order
from blotter.trading.request import OrderRequest

SCREEN: Final = "ui"
"""What the ids of the screen's commands begin with; those of other terminals begin with `verb`."""
TRIGGER: Final = "trigger"
"""Id of the commands of a rule of this desk."""

NAMES: Final = {
    "Submit": "order", "SubmitList": "order list", "CancelList": "cancel list", "CancelAll": "cancel all",
    "MassCancelSymbol": "mass cancel", "HandOver": "hand over", "TestLink": "test request", "QueryLimits": "ask limits",
    "LogOut": "log out", "LogOn": "log on", "Acknowledge": "difference seen",
}  # fmt: skip
"""Commands as people call them, where it is not their own name."""


class TopOfBook(msgspec.Struct, frozen=True):
    """The market at the moment of an act."""

    symbol: str
    bid: str | None
    ask: str | None


class Act(msgspec.Struct, frozen=True, kw_only=True):
    """One act."""

    command: AnyCommand
    market: TopOfBook | None = None
    refused: str = ""


_decode = msgspec.json.Decoder(Act)


def record_act(
    recorder: Recorder, clock: Clock, command: AnyCommand, quotes: Mapping[str, Quote], refused: str = ""
) -> ActSeen:
    """Put it before whatever is written next in this turn of the loop; what the screen is told of it."""
    quote = quotes.get(_symbol(command, recorder.fold.ledger.orders))
    market = None
    if quote is not None:
        bid, ask = (None if price is None else str(price) for price in (quote.bid, quote.ask))
        market = TopOfBook(quote.symbol, bid, ask)
    act, at = Act(command=command, market=market, refused=refused), clock().wall
    recorder.hold([Entry(at, Kind.ACT, "", 0, 0, type(command).__name__, msgspec.json.encode(act))])
    return told(act, at)


def sent_elsewhere(command: Submit | SubmitList, order_ids: tuple[str, ...], at: int) -> Acted | None:
    """What to note of an order that no screen has sent: a screen notes its own. `at`: UTC ns."""
    if command.id.startswith(SCREEN):
        return None
    request = command.request
    words = describe(request) if isinstance(request, OrderRequest) else describe_list(request)
    return Acted(id=command.id, what="sent", at=at, symbol=request.symbol, order_ids=order_ids, text=words)


def seen(entry: Entry) -> ActSeen | None:
    """The act of a row of the tape; None where the row is none, or is one that only a later version knows."""
    if entry.kind is not Kind.ACT or b'"command"' not in entry.payload[:12]:
        return None
    try:
        return told(_decode.decode(entry.payload), entry.at)
    except msgspec.MsgspecError:
        return None


def told(act: Act, at: int) -> ActSeen:
    """For people. `at`: UTC ns at which it came to the desk."""
    command, market = act.command, act.market
    name = type(command).__name__
    what, text = NAMES.get(name, name.lower()), ""
    match command:
        case Acted():
            what, text = command.what, command.text
        case Stop():
            what, text = "stop and cancel all" if command.cancel else "stop", command.cause
        case CancelAll():
            side = "" if command.side is None else command.side.name.lower()
            text = " ".join(filter(None, (side, command.symbol or "")))
        case HandOver() | LogOut() | LogOn() | Reconnect() | TestLink():
            text = command.session
    return ActSeen(
        at=at,
        who=_who(command.id),
        what=what,
        text=text,
        order_ids=_order_ids(command),
        symbol=market.symbol if market is not None else getattr(command, "symbol", None) or "",
        bid=(market.bid if market is not None else None) or "",
        ask=(market.ask if market is not None else None) or "",
        pressed_at=command.at if isinstance(command, Acted) else 0,
        all_orders=name in ("CancelAll", "MassCancelSymbol")
        or (isinstance(command, Stop) and command.cancel),
        refused=act.refused,
    )


def _who(command_id: str) -> str:
    if command_id == TRIGGER:
        return "a rule"
    return "you" if command_id.startswith(SCREEN) else "another terminal"


def _order_ids(command: AnyCommand) -> tuple[str, ...]:
    several: tuple[str, ...] = getattr(command, "order_ids", ())
    one = (
        getattr(command, "order_id", "") or getattr(command, "list_id", "") or getattr(command, "held_id", "")
    )
    return several or ((one,) if one else ())


def _symbol(command: AnyCommand, orders: Mapping[str, Order]) -> str:
    """What it is about: terms, a symbol, or orders (the first of them); "" when none of these."""
    terms = getattr(command, "request", None) or getattr(command, "list_request", None) or command
    own_id = next(iter(_order_ids(command)), "")
    order = orders.get(own_id)
    return getattr(terms, "symbol", None) or (order.symbol if order is not None else "")
