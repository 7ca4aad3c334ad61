"""What a person or a script asked for, as the tape keeps it: the command, the market of that moment, the refusal."""

from collections.abc import Mapping

import msgspec

from blotter.desk.clock import Clock
from blotter.desk.command import AnyCommand
from blotter.desk.recorder import Recorder
from blotter.journal.tape import Entry, Kind
from blotter.trading.instrument import Quote
from blotter.trading.order import Order


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


def record_act(
    recorder: Recorder, clock: Clock, command: AnyCommand, quotes: Mapping[str, Quote], refused: str = ""
) -> None:
    """Put it before whatever is written next in this turn of the loop."""
    quote = quotes.get(_symbol(command, recorder.fold.ledger.orders))
    market = None
    if quote is not None:
        bid, ask = (None if price is None else str(price) for price in (quote.bid, quote.ask))
        market = TopOfBook(quote.symbol, bid, ask)
    payload = msgspec.json.encode(Act(command=command, market=market, refused=refused))
    recorder.hold([Entry(clock().wall, Kind.ACT, "", 0, 0, type(command).__name__, payload)])


def _symbol(command: AnyCommand, orders: Mapping[str, Order]) -> str:
    """What it is about: terms, a symbol, or orders (the first of them); "" when none of these."""
    terms = getattr(command, "request", None) or getattr(command, "list_request", None) or command
    own_id = getattr(command, "order_id", "") or next(iter(getattr(command, "order_ids", ())), "")
    order = orders.get(own_id)
    return getattr(terms, "symbol", None) or (order.symbol if order is not None else "")
