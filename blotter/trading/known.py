"""What the words of a verb are looked up in: orders, order lists and held terms under their own ids. Pure.

An id is forgiving: `A-000012`, `A-12`, `a-12` or `12` is an order, `L-31` a list, `H-4` held terms. With several venues
each may stand behind its venue, `kraken:12`; without one, what only one venue has is meant.
"""

import re
from collections.abc import Mapping
from typing import TypeVar

import msgspec

from blotter.trading.ledger import HELD_PREFIX
from blotter.trading.ledger_lists import LIST_PREFIX
from blotter.trading.order import Order
from blotter.trading.order_index import ORDER_PREFIX, format_order_id
from blotter.trading.order_list import Held, OrderList
from blotter.trading.qualified import id_at, split_id, which

_ID = re.compile(r"(?:([A-Za-z0-9_-]+):)?(?:([A-Za-z])-)?([0-9]{1,18})", re.ASCII)
_WHAT = {ORDER_PREFIX: "an order", LIST_PREFIX: "an order list", HELD_PREFIX: "held terms"}
_One = TypeVar("_One")


class Known(msgspec.Struct, frozen=True, kw_only=True):
    """Everything by own id."""

    orders: Mapping[str, Order]
    lists: Mapping[str, OrderList] = {}
    held: Mapping[str, Held] = {}


def is_id(text: str) -> bool:
    """Whether the word has the form of an own id."""
    return _ID.fullmatch(text) is not None


def is_list_id(text: str, lists: Mapping[str, OrderList]) -> bool:
    """Whether the word names an order list, here or by its form."""
    plain = split_id(text).name.upper()
    return text in lists or text.upper() in lists or plain.startswith(f"{LIST_PREFIX}-")


def find_order(text: str, orders: Mapping[str, Order]) -> Order | str:
    """The order meant by `A-000012`, `a-12`, `12` or a foreign order's own id; or why there is none."""
    return _find(text, orders, ORDER_PREFIX, "order")


def find_list(text: str, lists: Mapping[str, OrderList]) -> OrderList | str:
    """The list meant by `L-000031` or `l-31`; or why there is none."""
    return _find(text, lists, LIST_PREFIX, "order list")


def find_held(text: str, held: Mapping[str, Held]) -> Held | str:
    """The held terms meant by `H-000004`, `h-4` or `4`; or why there are none."""
    return _find(text, held, HELD_PREFIX, "held order")


def _find(text: str, known: Mapping[str, _One], prefix: str, what: str) -> _One | str:
    exact = known.get(text) or known.get(text.upper())
    if exact is not None:
        return exact
    found = _ID.fullmatch(text)
    if found is None:
        return f"{text} is not an {what} id" if what.startswith("o") else f"{text} is not a {what} id"
    letter = (found[2] or prefix).upper()
    own_id = format_order_id(int(found[3]), letter)
    other = _WHAT.get(letter)
    if letter != prefix and other is not None:
        return f"{own_id} is {other}, not {_WHAT[prefix]}"
    venue = found[1]
    if venue is None and own_id in known:
        return known[own_id]
    wanted = own_id if venue is None else id_at(own_id, venue)
    named = [id for id in known if _is(id, own_id, venue)]
    if len(named) > 1:
        return f"{own_id} is at {len(named)} venues: {which(named)}"
    return known[named[0]] if named else f"there is no {what} {wanted}"


def _is(id: str, own_id: str, venue: str | None) -> bool:
    """Whether a qualified id is this one."""
    if not id.endswith(own_id):
        return False
    there = split_id(id)
    return (
        there.name == own_id and bool(there.venue) and (venue is None or venue.lower() == there.venue.lower())
    )
