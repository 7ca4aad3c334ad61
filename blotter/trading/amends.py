"""Changing an order that exists, and making another like it.

    amend 12 [qty] 0.2 [price|@|limit] 60000 [stop|take|trigger 59000] [anyway]     (any of them, in any order)
    tick 12 up|down [N]
    clone 12 [buy|sell] [[qty] 0.2] [[price|@|limit] 60000] [stop|take|trigger 59000]

Quantities are totals, the filled part included. `anyway`: where it takes a cancel and a new order, the new one is
placed even if the cancel is refused. Nothing is rounded. Pure.
"""

from decimal import Decimal

import msgspec

from blotter.trading.decimals import plain
from blotter.trading.enums import OrdType, ReplaceMode, TriggerPriceDirection
from blotter.trading.instrument import Amending, Instrument
from blotter.trading.intents import AmendOrder, CloneOrder, Mistakes, TickOrder, wrong
from blotter.trading.known import Known, find_order
from blotter.trading.line import order_line
from blotter.trading.order import Order
from blotter.trading.request import OrderRequest
from blotter.trading.rules import check
from blotter.trading.vocabulary import SIDES
from blotter.trading.words import (
    PRICE_WORDS,
    Market,
    Mistake,
    Word,
    fresh_quote,
    is_number,
    is_offset,
    is_price_word,
    like,
    number,
    price,
)

FIELDS = {
    "qty": "order_qty",
    "quantity": "order_qty",
    "price": "price",
    "limit": "price",
    "@": "price",
    "stop": "trigger_price",
    "take": "trigger_price",
    "trigger": "trigger_price",
}
ANYWAY = "anyway"
TICKS = {"up": 1, "down": -1}
MAX_TICKS = 1000
_SAID = {"order_qty": "quantity", "price": "price", "trigger_price": "trigger price"}


def _open_order(words: list[Word], known: Known, to: str) -> Order | Mistakes:
    """The order that the first word names, if there is anything left of it."""
    if not words:
        return Mistakes(missing="order id")
    order = find_order(words[0].text, known.orders)
    if isinstance(order, str):
        return wrong(words[0], order)
    if not order.open:
        return wrong(words[0], f"{order.id} is {order.state.value}: nothing is left to {to}")
    return order


class _Terms:
    """One reading of new terms: values by field, and the words that said them."""

    def __init__(
        self, words: list[Word], terms: OrderRequest, instrument: Instrument, market: Market
    ) -> None:
        self.words = words
        self.terms = terms
        self.instrument = instrument
        self.market = market
        self.mistakes: list[Mistake] = []
        self.missing = ""
        self.places: dict[str, Word] = {}
        self.values: dict[str, Decimal] = {}

    def read(self) -> None:
        """`FIELD VALUE`, a price word, or a bare number: the quantity first, then the price."""
        at = 0
        while at < len(self.words):
            word = self.words[at]
            at += 1
            field = FIELDS.get(word.low)
            if field is not None:
                if word.low in ("stop", "take") and self.terms.take_profit == (word.low == "stop"):
                    kind = "takes profit" if self.terms.take_profit else "stops a loss"
                    self.mistakes.append(word.wrong(f"{word.text}: this order {kind}"))
                if (
                    field != "order_qty"
                    and word.text != "@"
                    and at < len(self.words)
                    and self.words[at].text == "@"
                ):
                    at += 1
                if at == len(self.words):
                    self.missing = self.missing or _SAID[field]
                    return
                word = self.words[at]
                at += 1
            elif is_price_word(word.text):
                field = "price"
            elif is_number(word.text):
                field = "price" if "order_qty" in self.places else "order_qty"
            else:
                hint = like(word.low, ("qty", "price", "trigger", ANYWAY, *PRICE_WORDS))
                self.mistakes.append(word.wrong(f"{word.text} is not understood here{hint}"))
                continue
            if word.low in PRICE_WORDS and at < len(self.words) and is_offset(self.words[at].text):
                word = Word(word.text + self.words[at].text, word.start, self.words[at].end)
                at += 1
            if field in self.places:
                self.mistakes.append(word.wrong(f"{word.text}: the {_SAID[field]} has been said already"))
                continue
            self.places[field] = word
            self._value(field, word)

    def _value(self, field: str, word: Word) -> None:
        if field != "order_qty":
            value = price(word.text, self.terms.side, self.instrument, self.market)
        else:
            read = number(word.text)
            if isinstance(read, str):
                value = read
            elif read.suffix.upper() in ("", self.instrument.base.upper()):
                value = read.value
            else:
                value = f"{word.text}: a new quantity is in {self.instrument.base}"
        if isinstance(value, str):
            self.mistakes.append(word.wrong(value))
        else:
            self.values[field] = value

    def blame(self, field: str, text: str, otherwise: Word) -> None:
        """A mistake at the word that said the field."""
        self.mistakes.append(self.places.get(field, otherwise).wrong(text))

    def unready(self) -> Mistakes | None:
        """What is wrong or missing, when anything is."""
        if not self.mistakes and not self.missing:
            return None
        found = tuple(sorted(self.mistakes, key=lambda m: (m.start, m.end)))
        return Mistakes(mistakes=found, missing="" if found else self.missing)


# --- amend -------------------------------------------------------------------------------------------------------


def parse_amend(words: list[Word], market: Market, known: Known) -> AmendOrder | Mistakes:
    """Parse what follows `amend`. Never raises."""
    order = _open_order(words, known, "amend")
    if isinstance(order, Mistakes):
        return order
    first, terms = words[0], order.current.request
    if terms.ord_type is OrdType.MARKET:
        return wrong(first, f"{order.id} is a market order: it has no terms that can be amended")
    instrument = market.instruments.get(order.symbol)
    if instrument is None:
        return wrong(first, f"{order.symbol} is not listed by the venue, so no new terms can be judged")
    rest = [word for word in words[1:] if word.low != ANYWAY]
    reading = _Terms(rest, terms, instrument, market)
    reading.read()
    if instrument.amending is Amending.CHANGED and len(rest) < len(words) - 1:
        word = next(word for word in words if word.low == ANYWAY)
        reading.mistakes.append(word.wrong(f"{word.text}: the order itself is changed, nothing is cancelled"))
    if not reading.places and not reading.missing:
        reading.missing = "qty or price"
    if reading.unready() is None:
        _judge(reading, order, first)
    if (unready := reading.unready()) is not None:
        return unready
    anyway = len(rest) < len(words) - 1
    return AmendOrder(
        order_id=order.id,
        price=reading.values.get("price"),
        order_qty=reading.values.get("order_qty"),
        trigger_price=reading.values.get("trigger_price"),
        mode=ReplaceMode.ALLOW_FAILURE if anyway else ReplaceMode.STOP_ON_FAILURE,
    )


def _judge(reading: _Terms, order: Order, first: Word) -> None:
    """The new terms against the rules, and against what is filled."""
    terms, values = order.current.request, reading.values
    new_price = values.get("price", order.price)
    new_trigger = values.get("trigger_price", terms.trigger_price)
    new_qty = values.get("order_qty", order.order_qty)
    same_prices = new_price == order.price and new_trigger == terms.trigger_price
    if same_prices and new_qty == order.order_qty:
        reading.mistakes.append(first.wrong(f"{order.id} has these terms already: nothing to amend"))
        return
    if "price" in values and order.price is None and terms.ord_type is OrdType.STOP:
        reading.blame("price", f"{order.id} has no limit price: once triggered it is a market order", first)
        return
    if "trigger_price" in values and not terms.contingent:
        reading.blame("trigger_price", f"{order.id} waits for no trigger", first)
        return
    if new_qty is not None and new_qty <= order.cum_qty:
        text = f"{plain(order.cum_qty)} of {order.id} is filled: the new total must be above that"
        reading.blame("order_qty", text, first)
        return
    # The venue judges the total of what stays the same order, as a pure decrease does where it can be made in place.
    # Anything else places the rest anew.
    smaller = new_qty is not None and new_qty < (order.order_qty or new_qty)
    changed = reading.instrument.amending is Amending.CHANGED
    in_place = same_prices and smaller and (changed or reading.instrument.amendable is not False)
    if reading.instrument.amending is Amending.REFUSED:
        reading.mistakes.append(
            first.wrong(f"this venue changes no order: cancel {order.id}, then send a new one")
        )
        return
    placed = new_qty if in_place or changed or new_qty is None else new_qty - order.cum_qty
    request = msgspec.structs.replace(
        terms, price=new_price, trigger_price=new_trigger, order_qty=placed, max_floor=None
    )
    quote = None if in_place else fresh_quote(order.symbol, reading.market)
    for violation in check(request, reading.instrument, quote):
        if not in_place or violation.field == "order_qty":
            reading.blame(violation.field, violation.text, first)


# --- tick --------------------------------------------------------------------------------------------------------


def parse_tick(words: list[Word], market: Market, known: Known) -> TickOrder | Mistakes:
    """Parse what follows `tick`. Never raises."""
    order = _open_order(words, known, "move")
    if isinstance(order, Mistakes):
        return order
    if len(words) == 1:
        return Mistakes(missing="up or down")
    way = words[1]
    if way.low not in TICKS:
        return wrong(way, f"{way.text}: an order is ticked up or down{like(way.low, TICKS)}")
    count = 1
    if len(words) > 2:
        text = words[2].text
        if not (text.isascii() and text.isdecimal() and len(text) < 5 and 0 < int(text) <= MAX_TICKS):
            return wrong(words[2], f"{text}: a number of ticks from 1 to {MAX_TICKS} goes here")
        count = int(text)
    if len(words) > 3:
        return wrong(words[3], f"{words[3].text}: nothing follows the number of ticks")
    moved = ticked(order, market.instruments.get(order.symbol), TICKS[way.low] * count)
    return wrong(words[0], moved) if isinstance(moved, str) else moved


def ticked(order: Order, instrument: Instrument | None, ticks: int) -> TickOrder | str:
    """The order's limit and, while it waits for it, its trigger, `ticks` further up; or why it cannot be moved.

    It moves from the accepted terms, so while a change has no answer there is nothing to count from.
    """
    request = order.current.request
    if order.pending:
        return f"{'a cancel' if order.pending_cancel else 'an amend'} of {order.id} has no answer yet"
    if order.list_id:
        return f"{order.id} is a leg of {order.list_id}: to replace it would cancel the whole list"
    if request.trailing_bips is not None:
        return f"the trigger of {order.id} follows the market"
    if request.peg_price_type is not None:
        return f"the price of {order.id} is pegged"
    if instrument is None or not instrument.tick_size:
        return f"the tick of {order.symbol} is not known"
    by = instrument.tick_size * ticks
    waits = request.trigger_price if not order.current.working else None
    moved = [None if value is None else value + by for value in (request.price, waits)]
    known = [value for value in moved if value is not None]
    if not known:
        return f"{order.id} has no price to move"
    if min(known) <= 0:
        return f"{order.id} cannot go below zero"
    return TickOrder(ticks, AmendOrder(order_id=order.id, price=moved[0], trigger_price=moved[1]))


# --- clone -------------------------------------------------------------------------------------------------------


def parse_clone(words: list[Word], market: Market, known: Known) -> CloneOrder | Mistakes:
    """Parse what follows `clone`. The order may have ended; what the new one may be, its own line is judged by."""
    if not words:
        return Mistakes(missing="order id")
    order = find_order(words[0].text, known.orders)
    if isinstance(order, str):
        return wrong(words[0], order)
    terms = _like(order)
    instrument = market.instruments.get(order.symbol)
    rest = [word for word in words[1:] if word.low not in SIDES]
    for word in words[1:]:
        if word.low in SIDES and SIDES[word.low] is not terms.side:
            terms = msgspec.structs.replace(
                terms, side=SIDES[word.low], trigger_direction=_turned(terms.trigger_direction)
            )
    if instrument is None:
        if rest:
            return wrong(rest[0], f"{order.symbol} is not listed by the venue, so no new terms can be read")
        return CloneOrder(order.id, order_line(terms))
    reading = _Terms(rest, terms, instrument, market)
    reading.read()
    if (unready := reading.unready()) is not None:
        return unready
    changed = {**reading.values}
    if "order_qty" in changed:
        terms = msgspec.structs.replace(terms, cash_order_qty=None, max_floor=None)
    return CloneOrder(order.id, order_line(msgspec.structs.replace(terms, **changed), instrument.quote))


def _like(order: Order) -> OrderRequest:
    """The accepted terms as a new order's: the whole quantity."""
    terms = order.current.request
    if terms.cash_order_qty is not None:
        return terms
    return msgspec.structs.replace(terms, order_qty=order.order_qty or terms.order_qty)


def _turned(direction: TriggerPriceDirection | None) -> TriggerPriceDirection | None:
    if direction is None:
        return None
    up = direction is TriggerPriceDirection.UP
    return TriggerPriceDirection.DOWN if up else TriggerPriceDirection.UP
