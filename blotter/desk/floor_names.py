"""Which fields hold names, and those names with their venue put on or taken off: the boundary of a floor of desks.

`NAMES` is the whole rule, by type and field. What it does not list is the same at every venue (a word, a number) or the
venue's own (ClOrdID, OrderID, ExecID), and stays. A test walks every type that a `Frame` or a command can hold and asks
of each text whether it stands here or is known to stay. Pure.
"""

from collections.abc import Callable, Iterator, Mapping
from enum import Enum
from functools import cache
from typing import Any, Final, NamedTuple, TypeVar, get_args, get_type_hints

import msgspec

from blotter.desk import change
from blotter.desk.change import Frame
from blotter.desk.command import AnyCommand
from blotter.trading import qualified
from blotter.trading.account import Balance, Balances
from blotter.trading.book import BookView
from blotter.trading.instrument import Instrument, Quote
from blotter.trading.ledger import Fill, Position
from blotter.trading.order import Order
from blotter.trading.order_list import Held, OrderList
from blotter.trading.request import OrderRequest
from blotter.trading.trades import PublicTrade
from blotter.trading.valuation import Profit

T = TypeVar("T")


class Name(Enum):
    """What a text names."""

    SYMBOL = "symbol"  # assets of an account likewise
    ID = "id"  # ours: of an order, a list, held terms, a difference
    SESSION = "session"
    WORDS = "words"  # for people: the venue is said first. Desks are never told any
    VENUE = "venue"  # the venue itself, where there are several


_SYMBOL: Final = {"symbol": Name.SYMBOL}
_BY_SYMBOL: Final = dict.fromkeys(
    ("positions", "quotes", "instruments", "books", "trades", "profits"), Name.SYMBOL
)

_OF_COMMANDS: Final = {
    "symbol": Name.SYMBOL,
    "session": Name.SESSION,
    **dict.fromkeys(("order_id", "order_ids", "list_id", "held_id", "difference_id"), Name.ID),
}


def _of_command(kind: type) -> Mapping[str, Name]:
    return {field: name for field, name in _OF_COMMANDS.items() if field in get_type_hints(kind)}


NAMES: Final[Mapping[type, Mapping[str, Name]]] = {
    # what a desk tells; of a dict the keys are names, of a tuple each of its texts
    Frame: {
        **_BY_SYMBOL,
        **dict.fromkeys(("orders", "lists", "held", "differences"), Name.ID),
        "links": Name.SESSION,
    },
    Instrument: _SYMBOL,
    Quote: _SYMBOL,
    BookView: _SYMBOL,
    PublicTrade: _SYMBOL,
    Position: _SYMBOL,
    Profit: _SYMBOL,
    Balances: {"by_asset": Name.SYMBOL},
    Balance: {"asset": Name.SYMBOL},
    change.BalancesView: {"worth": Name.SYMBOL, "mismatches": Name.SYMBOL, "error": Name.WORDS},
    change.LinkView: {"name": Name.SESSION},
    change.Gauge: {"name": Name.SESSION},
    Order: {"id": Name.ID, "symbol": Name.SYMBOL, "list_id": Name.ID},
    OrderRequest: _SYMBOL,
    OrderList: {"id": Name.ID, "symbol": Name.SYMBOL, "legs": Name.ID},
    Held: {"id": Name.ID, "from_order_id": Name.ID},
    Fill: {"symbol": Name.SYMBOL, "order_id": Name.ID},
    change.MessageSeen: {"session": Name.SESSION, "order_id": Name.ID},
    change.Difference: {"id": Name.ID, "order_id": Name.ID, "what": Name.WORDS},
    change.StopOutcome: {"order_id": Name.ID, "symbol": Name.SYMBOL},
    change.Answer: {"text": Name.WORDS, "warnings": Name.WORDS, "order_ids": Name.ID},
    change.Notice: {"text": Name.WORDS, "order_id": Name.ID},
    change.ActSeen: {"order_ids": Name.ID, "symbol": Name.SYMBOL, "venue": Name.VENUE},
    # what it is told: by the same words in every command
    **{kind: _of_command(kind) for kind in get_args(AnyCommand)},
}

_AT: Final[Mapping[Name, Callable[[str, str], str]]] = {
    Name.SYMBOL: qualified.symbol_at,
    Name.ID: qualified.id_at,
    Name.SESSION: qualified.session_at,
    Name.WORDS: lambda text, venue: f"{venue}: {text}",
}
_SPLIT: Final[Mapping[Name, Callable[[str], qualified.Qualified]]] = {
    Name.SYMBOL: qualified.split_symbol,
    Name.ID: qualified.split_id,
    Name.SESSION: qualified.split_session,
}

Rename = Callable[[Name, str], str]


class Mention(NamedTuple):
    """A name that a command says."""

    field: str
    kind: Name
    text: str

    @property
    def venue(self) -> str:
        """At which it is; "" where it does not say."""
        return _SPLIT[self.kind](self.text).venue


def qualify(value: T, venue: str) -> T:
    """What a desk told, with its venue's name in all its names."""

    def rename(kind: Name, text: str) -> str:
        return venue if kind is Name.VENUE else _AT[kind](text, venue) if text else text

    return _renamed(value, rename)


def unqualify(value: T) -> T:
    """What a desk is told, in its own names."""
    return _renamed(value, lambda kind, text: _SPLIT[kind](text).name if kind in _SPLIT else text)


def mentions(value: object) -> Iterator[Mention]:
    """Every name in a command that is not empty."""
    for struct, field, kind in _named(value):
        held = getattr(struct, field)
        for text in (held,) if isinstance(held, str) else held or ():
            if text:
                yield Mention(field, kind, text)


def _named(value: object) -> Iterator[tuple[msgspec.Struct, str, Name]]:
    if isinstance(value, tuple):
        for one in value:
            yield from _named(one)
    elif isinstance(value, msgspec.Struct):
        names, nested = _plan(type(value))
        for field, kind in names.items():
            yield value, field, kind
        for field in nested:
            yield from _named(getattr(value, field))


@cache
def _plan(kind: type) -> tuple[Mapping[str, Name], tuple[str, ...]]:
    """The fields of a struct that are names, and those whose values hold some."""
    names = NAMES.get(kind, {})
    hints = get_type_hints(kind)
    return names, tuple(field for field in hints if any(_holds_names(one) for one in _structs(hints[field])))


@cache
def _holds_names(kind: type) -> bool:
    return any(_plan(kind))


def _structs(hint: Any) -> Iterator[type]:
    if isinstance(hint, type) and issubclass(hint, msgspec.Struct):
        yield hint
    for inner in get_args(hint):
        yield from _structs(inner)


def _renamed(value: T, rename: Rename) -> T:
    renamed: T = _walked(value, rename)
    return renamed


def _walked(value: Any, rename: Rename) -> Any:
    if isinstance(value, msgspec.Struct):
        names, nested = _plan(type(value))
        changes = {field: _texts(getattr(value, field), kind, rename) for field, kind in names.items()}
        for field in nested:
            inner = changes.get(field, getattr(value, field))
            if inner:
                changes[field] = _walked(inner, rename)
        return msgspec.structs.replace(value, **changes) if changes else value
    if isinstance(value, dict):
        return {key: _walked(inner, rename) for key, inner in value.items()}
    if isinstance(value, list):
        return [_walked(inner, rename) for inner in value]
    if isinstance(value, tuple):
        return tuple(_walked(inner, rename) for inner in value)
    return value


def _texts(held: Any, kind: Name, rename: Rename) -> Any:
    if isinstance(held, str):
        return rename(kind, held)
    if isinstance(held, dict):
        return {rename(kind, key): inner for key, inner in held.items()}
    return None if held is None else tuple(rename(kind, text) for text in held)
