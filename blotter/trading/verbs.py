"""The verbs about existing orders, on the screen's command line and headless.

    cancel A-000012 [A-13 14 ...]       cancel all [SYMBOL]       cancel SYMBOL
    amend 12 [qty] 0.2 [price|@] 60000  amend 12 @bid             (either, or both, in any order)
    stop [cancel]                       resume

An order is named `A-000012`, `A-12`, `a-12` or `12`. Cancels ask nothing of quotes, rules or the list of
symbols: they must work when nothing else does. Never raises.
"""

import re
from collections.abc import Mapping
from decimal import Decimal

import msgspec

from blotter.trading.decimals import plain
from blotter.trading.enums import OrdType
from blotter.trading.instrument import Instrument
from blotter.trading.ledger import format_order_id
from blotter.trading.order import Order
from blotter.trading.rules import check
from blotter.trading.words import (
    PRICE_WORDS,
    Market,
    Mistake,
    Word,
    cut,
    is_number,
    is_offset,
    is_price_word,
    like,
    number,
    price,
    symbol,
)


class CancelOrders(msgspec.Struct, frozen=True):
    """Cancel these (own ids)."""

    order_ids: tuple[str, ...]


class CancelAll(msgspec.Struct, frozen=True):
    """Cancel every open order, or every one of a symbol."""

    symbol: str | None = None


class AmendOrder(msgspec.Struct, frozen=True, kw_only=True):
    """New price and/or new total quantity (filled part included) of an open order. None: stays."""

    order_id: str
    price: Decimal | None = None
    order_qty: Decimal | None = None


class StopEntry(msgspec.Struct, frozen=True):
    """Entry of new orders off; with `cancel`, everything open is cancelled too."""

    cancel: bool = False


class ResumeEntry(msgspec.Struct, frozen=True):
    """Entry on again."""


Verb = CancelOrders | CancelAll | AmendOrder | StopEntry | ResumeEntry


class Mistakes(msgspec.Struct, frozen=True, kw_only=True):
    """A line that is no verb, or not yet: what is wrong, or what should come next."""

    mistakes: tuple[Mistake, ...] = ()
    missing: str = ""


VERBS = ("cancel", "amend", "stop", "resume")

_ORDER = re.compile(r"(?:[A-Za-z]-)?([0-9]{1,18})", re.ASCII)


def parse_verb(line: str, market: Market, orders: Mapping[str, Order]) -> Verb | Mistakes:
    """Parse `cancel 12 13`, `amend A-12 qty 0.2 @bid`, `stop`. Never raises."""
    words = cut(line)
    if not words:
        return Mistakes(missing="verb")
    verb, rest = words[0], words[1:]
    match verb.low:
        case "cancel":
            return _cancel(rest, market, orders)
        case "amend":
            return _Amend(rest, market, orders).parse()
        case "stop":
            if not rest:
                return StopEntry()
            if len(rest) == 1 and rest[0].low == "cancel":
                return StopEntry(cancel=True)
            return _wrong(rest[0], f"{rest[0].text}: only cancel can follow stop")
        case "resume":
            return ResumeEntry() if not rest else _wrong(rest[0], f"{rest[0].text}: nothing follows resume")
        case _:
            return _wrong(verb, f"{verb.text} is not a verb{like(verb.low, VERBS)}")


def find_order(text: str, orders: Mapping[str, Order]) -> Order | str:
    """The order meant by `A-000012`, `a-12`, `12` or a foreign order's own id; or why there is none."""
    exact = orders.get(text) or orders.get(text.upper())
    if exact is not None:
        return exact
    found = _ORDER.fullmatch(text)
    if found is None:
        return f"{text} is not an order id"
    own_id = format_order_id(int(found[1]), text[0].upper() if "-" in text else "A")
    order = orders.get(own_id)
    return order if order is not None else f"there is no order {own_id}"


def _wrong(word: Word, text: str) -> Mistakes:
    return Mistakes(mistakes=(word.wrong(text),))


def _cancel(words: list[Word], market: Market, orders: Mapping[str, Order]) -> Verb | Mistakes:
    if not words:
        return Mistakes(missing="order id, symbol or all")
    first = words[0]
    if first.low == "all":
        if len(words) == 1:
            return CancelAll()
        if len(words) > 2:
            return _wrong(words[2], f"{words[2].text}: one symbol at most can follow all")
        return _cancel_symbol(words[1], market, orders)
    if (
        len(words) == 1
        and _ORDER.fullmatch(first.text) is None
        and isinstance(find_order(first.text, orders), str)
    ):
        return _cancel_symbol(first, market, orders)
    ids: dict[str, None] = {}
    mistakes = []
    for word in words:
        order = find_order(word.text, orders)
        if isinstance(order, str):
            mistakes.append(word.wrong(order))
        elif not order.open:
            mistakes.append(word.wrong(f"{order.id} is {order.state.value}: nothing is left to cancel"))
        else:
            ids[order.id] = None
    return Mistakes(mistakes=tuple(mistakes)) if mistakes else CancelOrders(tuple(ids))


def _cancel_symbol(word: Word, market: Market, orders: Mapping[str, Order]) -> Verb | Mistakes:
    traded = {order.symbol for order in orders.values()}
    for name in (word.text, word.text.upper()):
        if name in traded:
            return CancelAll(name)
    found = symbol(word.text, market)
    if isinstance(found, Instrument):
        return CancelAll(found.symbol)
    return _wrong(word, f"{word.text} is no order id, and {found}")


class _Amend:
    """One reading of what follows `amend`."""

    def __init__(self, words: list[Word], market: Market, orders: Mapping[str, Order]) -> None:
        self.words = words
        self.market = market
        self.orders = orders
        self.mistakes: list[Mistake] = []
        self.missing = ""
        self.places: dict[str, Word] = {}
        self.values: dict[str, Decimal] = {}

    def parse(self) -> Verb | Mistakes:
        if not self.words:
            return Mistakes(missing="order id")
        first = self.words[0]
        order = find_order(first.text, self.orders)
        if isinstance(order, str):
            return _wrong(first, order)
        if not order.open:
            return _wrong(first, f"{order.id} is {order.state.value}: nothing is left to amend")
        if order.current.request.ord_type is not OrdType.LIMIT:
            return _wrong(first, f"{order.id} is no limit order: only those can be amended")
        instrument = self.market.instruments.get(order.symbol)
        if instrument is None:
            return _wrong(first, f"{order.symbol} is not listed by the venue, so no new terms can be judged")
        self._terms(order, instrument)
        if not self.places and not self.missing:
            self.missing = "qty or price"
        if not self.mistakes and not self.missing:
            self._judge(order, instrument)
        if self.mistakes or self.missing:
            found = tuple(sorted(self.mistakes, key=lambda m: (m.start, m.end)))
            return Mistakes(mistakes=found, missing="" if found else self.missing)
        return AmendOrder(
            order_id=order.id, price=self.values.get("price"), order_qty=self.values.get("order_qty")
        )

    def _terms(self, order: Order, instrument: Instrument) -> None:
        """`qty Q`, `price P`, `@ P`, a price word, or a bare number (the quantity first, then the price)."""
        rest = self.words[1:]
        at = 0
        while at < len(rest):
            word = rest[at]
            at += 1
            field = {"qty": "order_qty", "quantity": "order_qty", "price": "price", "@": "price"}.get(
                word.low
            )
            if field is not None:
                if field == "price" and word.text != "@" and at < len(rest) and rest[at].text == "@":
                    at += 1
                if at == len(rest):
                    self.missing = self.missing or ("price" if field == "price" else "quantity")
                    return
                word = rest[at]
                at += 1
            elif is_price_word(word.text):
                field = "price"
            elif is_number(word.text):
                field = "price" if "order_qty" in self.places else "order_qty"
            else:
                hint = like(word.low, ("qty", "price", *PRICE_WORDS))
                self.mistakes.append(word.wrong(f"{word.text} is not understood here{hint}"))
                continue
            if word.low in PRICE_WORDS and at < len(rest) and is_offset(rest[at].text):
                word = Word(word.text + rest[at].text, word.start, rest[at].end)
                at += 1
            if field in self.places:
                self.mistakes.append(word.wrong(f"{word.text}: the {_SAID[field]} has been said already"))
                continue
            self.places[field] = word
            self._value(field, word, order, instrument)

    def _value(self, field: str, word: Word, order: Order, instrument: Instrument) -> None:
        if field == "price":
            value = price(word.text, order.side, instrument, self.market)
        else:
            read = number(word.text)
            if isinstance(read, str):
                value = read
            elif read.suffix.upper() in ("", instrument.base.upper()):
                value = read.value
            else:
                value = f"{word.text}: a new quantity is in {instrument.base}"
        if isinstance(value, str):
            self.mistakes.append(word.wrong(value))
        else:
            self.values[field] = value

    def _judge(self, order: Order, instrument: Instrument) -> None:
        """The new terms against the rules, and against what is filled."""
        new_price = self.values.get("price", order.price)
        new_qty = self.values.get("order_qty", order.order_qty)
        if new_price == order.price and new_qty == order.order_qty:
            self.mistakes.append(self.words[0].wrong(f"{order.id} has these terms already: nothing to amend"))
            return
        if new_qty is not None and new_qty <= order.cum_qty:
            text = f"{plain(order.cum_qty)} of {order.id} is filled: the new total must be above that"
            self.mistakes.append(self.places.get("order_qty", self.words[0]).wrong(text))
            return
        # A pure decrease is made in place: the venue judges the total. Anything else places the rest anew.
        in_place = new_price == order.price and new_qty is not None and new_qty < (order.order_qty or new_qty)
        placed = new_qty if in_place or new_qty is None else new_qty - order.cum_qty
        terms = order.current.request
        request = msgspec.structs.replace(terms, price=new_price, order_qty=placed, max_floor=None)
        for violation in check(request, instrument, None):
            self.mistakes.append(self.places.get(violation.field, self.words[0]).wrong(violation.text))


_SAID = {"order_qty": "quantity", "price": "price"}
