"""Every way to say cancel, and who goes when it is done.

    cancel A-000012 [A-13 14 ...] [if new|partial]     cancel L-31 [L-32 ...]
    cancel all [SYMBOL]    cancel SYMBOL    cancel buys|sells [SYMBOL]    mass cancel SYMBOL

Cancels ask nothing of quotes, rules or the list of symbols: they must work when nothing else does. Pure.
"""

from collections.abc import Iterable, Mapping

import msgspec

from blotter.trading.enums import CancelRestrictions, Side
from blotter.trading.instrument import Instrument
from blotter.trading.intents import (
    CancelAll,
    CancelLists,
    CancelOrders,
    CancelVerb,
    MassCancel,
    Mistakes,
    wrong,
)
from blotter.trading.known import Known, find_list, find_order, is_id, is_list_id
from blotter.trading.order import Order
from blotter.trading.qualified import split_symbol, split_typed, symbol_at, which
from blotter.trading.words import Market, Word, like, symbol

SCOPES = {"buys": Side.BUY, "buy": Side.BUY, "sells": Side.SELL, "sell": Side.SELL}
RESTRICTIONS = {
    "new": CancelRestrictions.ONLY_NEW,
    "partial": CancelRestrictions.ONLY_PARTIALLY_FILLED,
}


def parse_cancel(words: list[Word], market: Market, known: Known) -> CancelVerb | Mistakes:
    """Parse what follows `cancel`. Never raises."""
    at = next((at for at, word in enumerate(words) if word.low == "if"), None)
    if at is None:
        return _scope(words, market, known)
    found = _scope(words[:at], market, known)
    if isinstance(found, Mistakes):
        return found
    if not isinstance(found, CancelOrders):
        return wrong(words[at], "if: only orders named by their ids can be cancelled on a condition")
    if at + 1 == len(words):
        return Mistakes(missing="new or partial")
    condition = words[at + 1]
    if condition.low not in RESTRICTIONS:
        hint = like(condition.low, RESTRICTIONS)
        return wrong(condition, f"{condition.text}: an order can be cancelled if new or if partial{hint}")
    if at + 2 < len(words):
        return wrong(words[at + 2], f"{words[at + 2].text}: nothing follows the condition")
    return CancelOrders(found.order_ids, RESTRICTIONS[condition.low])


def _scope(words: list[Word], market: Market, known: Known) -> CancelVerb | Mistakes:
    if not words:
        return Mistakes(missing="order id, symbol or all")
    first = words[0]
    if first.low == "all" or first.low in SCOPES:
        return _side_and_symbol(words, market, known)
    if is_list_id(first.text, known.lists):
        return _lists(words, known)
    if len(words) == 1 and not is_id(first.text) and isinstance(find_order(first.text, known.orders), str):
        return cancel_symbol(first, market, known)
    ids: dict[str, None] = {}
    mistakes = []
    for word in words:
        order = find_order(word.text, known.orders)
        if isinstance(order, str):
            mistakes.append(word.wrong(order))
        elif not order.open:
            mistakes.append(word.wrong(f"{order.id} is {order.state.value}: nothing is left to cancel"))
        else:
            ids[order.id] = None
    return Mistakes(mistakes=tuple(mistakes)) if mistakes else CancelOrders(tuple(ids))


def _side_and_symbol(words: list[Word], market: Market, known: Known) -> CancelVerb | Mistakes:
    """`all`, `buys`, `all sells`, each with a symbol or without."""
    first, rest = words[0], words[1:]
    if first.low == "all" and rest and rest[0].low in SCOPES:
        first, rest = rest[0], rest[1:]
    side = SCOPES.get(first.low)
    if not rest:
        return CancelAll(side=side)
    if len(rest) > 1:
        return wrong(rest[1], f"{rest[1].text}: one symbol at most can follow {first.low}")
    found = cancel_symbol(rest[0], market, known)
    return CancelAll(found.symbol, side) if isinstance(found, CancelAll) else found


def cancel_symbol(word: Word, market: Market, known: Known) -> CancelAll | Mistakes:
    """The symbol meant, first among those that have orders: a venue whose list has not arrived has orders all the
    same. Of several venues those with open orders count."""
    traded = {order.symbol for order in known.orders.values()}
    for name in (word.text, word.text.upper()):
        if name in traded:
            return CancelAll(name)
    if market.listings:
        meant = _at_venues(word.text, market, known)
        if len(meant) > 1:
            return wrong(word, f"{word.text} has open orders at {len(meant)} venues: {which(meant)}")
        if meant:
            return CancelAll(meant[0])
    found = symbol(word.text, market)
    if isinstance(found, Instrument):
        return CancelAll(found.symbol)
    return wrong(word, f"{word.text} is no order id, and {found}")


def _at_venues(text: str, market: Market, known: Known) -> list[str]:
    """The symbols of open orders that are called so, at the venue that is named or at any."""
    name, venue = split_typed(text, market.listings)
    working = {order.symbol for order in known.orders.values() if order.open}
    return sorted(
        symbol
        for symbol, there in ((one, split_symbol(one)) for one in working)
        if there.name.upper() == name.upper() and venue in ("", there.venue)
    )


def _lists(words: list[Word], known: Known) -> CancelVerb | Mistakes:
    ids: dict[str, None] = {}
    mistakes = []
    for word in words:
        found = find_list(word.text, known.lists)
        if not is_list_id(word.text, known.lists):
            mistakes.append(
                word.wrong(f"{word.text}: lists, named like L-31, are cancelled by a line of their own")
            )
        elif isinstance(found, str):
            mistakes.append(word.wrong(found))
        elif found.state.terminal:
            mistakes.append(word.wrong(f"{found.id} is {found.state.value}: nothing is left to cancel"))
        else:
            ids[found.id] = None
    return Mistakes(mistakes=tuple(mistakes)) if mistakes else CancelLists(tuple(ids))


def parse_mass_cancel(words: list[Word], market: Market, known: Known) -> CancelVerb | Mistakes:
    """Parse what follows `mass`. A symbol nobody here knows of is taken as it stands: others may have orders there."""
    if not words:
        return Mistakes(missing="cancel")
    if words[0].low != "cancel":
        return wrong(words[0], f"{words[0].text}: only cancel can follow mass")
    if len(words) == 1:
        return Mistakes(missing="symbol")
    if len(words) > 2:
        return wrong(words[2], f"{words[2].text}: a mass cancel is of one symbol")
    found = cancel_symbol(words[1], market, known)
    if isinstance(found, CancelAll) and found.symbol:
        return MassCancel(found.symbol)
    name, venue = split_typed(words[1].text, market.listings)
    if market.listings and not venue:
        return wrong(
            words[1],
            f"{name}: a mass cancel is of one venue: {which(symbol_at(name, v) for v in market.listings)}",
        )
    return MassCancel(symbol_at(name.upper(), venue) if venue else name.upper())


# --- who goes ----------------------------------------------------------------------------------------------------


class Victims(msgspec.Struct, frozen=True, kw_only=True):
    """The orders a cancel would hit now. `drawn_in`: those among them that nobody named, but that go because the venue
    cancels a list with any of its legs; list id -> how many."""

    orders: tuple[Order, ...] = ()
    drawn_in: dict[str, int] = {}
    elsewhere: bool = False  # orders of other sessions on the account, too

    @property
    def text(self) -> str:
        """ "cancel 7 orders in 3 symbols: BTCUSDT 2 buys 1 sell, ...", for asking first and for telling after."""
        if not self.orders:
            return (
                "nothing to cancel here; orders placed elsewhere go too"
                if self.elsewhere
                else "nothing to cancel"
            )
        symbols = dict.fromkeys(order.symbol for order in self.orders)
        count = _counted(len(self.orders), "order")
        where = f" in {len(symbols)} symbols" if len(symbols) > 1 else ""
        each = ", ".join(f"{name} {self._sides(name)}" for name in symbols)
        along = "".join(f"; {_counted(n, 'leg')} of {name} with them" for name, n in self.drawn_in.items())
        others = "; and what other sessions have there" if self.elsewhere else ""
        return f"cancel {count}{where}: {each}{along}{others}"

    def _sides(self, name: str) -> str:
        sides = [order.side for order in self.orders if order.symbol == name]
        counts = ((sides.count(Side.BUY), "buy"), (sides.count(Side.SELL), "sell"))
        return " ".join(_counted(count, word) for count, word in counts if count)


def _counted(count: int, word: str) -> str:
    return f"{count} {word}{'' if count == 1 else 's'}"


def victims(verb: CancelVerb, known: Known) -> Victims:
    """Who goes when this cancel is done now: open orders only, in the order they were placed."""
    match verb:
        case CancelOrders(order_ids):
            return _with_lists(order_ids, known)
        case CancelLists(list_ids):
            legs = (leg for id in list_ids if id in known.lists for leg in known.lists[id].legs)
            return Victims(orders=_open(legs, known.orders))
        case CancelAll(name, side):
            fits = (
                order.id
                for order in known.orders.values()
                if name in (None, order.symbol) and side in (None, order.side)
            )
            return _with_lists(fits, known)
        case MassCancel(name):
            fits = (order.id for order in known.orders.values() if order.symbol == name)
            return Victims(orders=_open(fits, known.orders), elsewhere=True)


def _open(ids: Iterable[str], orders: Mapping[str, Order]) -> tuple[Order, ...]:
    return tuple(orders[id] for id in dict.fromkeys(ids) if id in orders and orders[id].open)


def _with_lists(ids: Iterable[str], known: Known) -> Victims:
    named = _open(ids, known.orders)
    names = {order.id for order in named}
    drawn: dict[str, int] = {}
    extra: list[Order] = []
    for one in known.lists.values():
        if one.open and not names.isdisjoint(one.legs):
            others = [leg for leg in _open(one.legs, known.orders) if leg.id not in names]
            extra += others
            drawn |= {one.id: len(others)} if others else {}
    return Victims(orders=(*named, *extra), drawn_in=drawn)
