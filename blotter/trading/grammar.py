"""The one-line order grammar, the same on screen and headless.

    buy|sell|b|s  QTY  SYMBOL  [limit] [@] PRICE | market  [options in any order]

    QTY      0.25   1,000   1_000   1k   100usdt   $100        (quote amounts: market orders only)
    SYMBOL   BTCUSDT   btc/usdt   btc-usdt   btc               (left out: the linked symbol)
    PRICE    60123.30   60,123.30   @bid   @ask-1   @mid+2   join   (offsets in ticks)
    options  gtc ioc fok | post maker | show QTY, iceberg QTY | stp none|taker|maker|both|decrement|transfer

A limit order is GTC unless said otherwise. A line is understood whole or not at all: every mistake points
at its word and says why, the instrument's rules included, and no request comes out while there is one.
Never raises.
"""

from decimal import Decimal

import msgspec

from blotter.trading.decimals import amount, grouped, places
from blotter.trading.enums import ExecInst, OrdType, SelfTradePreventionMode, Side, TimeInForce
from blotter.trading.instrument import Instrument
from blotter.trading.request import OrderRequest
from blotter.trading.rules import check, short_tif
from blotter.trading.words import (
    PRICE_WORDS,
    Market,
    Mistake,
    Number,
    Word,
    cut,
    fresh_quote,
    is_number,
    is_offset,
    is_price_word,
    like,
    number,
    price,
    symbol,
)

__all__ = ["Draft", "Market", "Mistake", "describe", "parse_order"]

SIDES = {"buy": Side.BUY, "b": Side.BUY, "sell": Side.SELL, "s": Side.SELL}
TIMES = {
    "gtc": TimeInForce.GOOD_TILL_CANCEL,
    "ioc": TimeInForce.IMMEDIATE_OR_CANCEL,
    "fok": TimeInForce.FILL_OR_KILL,
}
STP_MODES = {
    "none": SelfTradePreventionMode.NONE,
    "taker": SelfTradePreventionMode.EXPIRE_TAKER,
    "maker": SelfTradePreventionMode.EXPIRE_MAKER,
    "both": SelfTradePreventionMode.EXPIRE_BOTH,
    "decrement": SelfTradePreventionMode.DECREMENT,
    "transfer": SelfTradePreventionMode.TRANSFER,
}
TYPES = {"limit": OrdType.LIMIT, "market": OrdType.MARKET, "mkt": OrdType.MARKET}
POST = ("post", "maker")
SHOW = ("show", "iceberg")
OPTIONS = (*TYPES, *TIMES, *POST, *SHOW, "stp", *PRICE_WORDS)
_DOLLARS = frozenset({"USD", "USDT", "USDC", "FDUSD", "TUSD", "BUSD", "USDP", "DAI"})


class Draft(msgspec.Struct, frozen=True, kw_only=True):
    """A line as far as it was understood: no `request` while there are mistakes or words are missing."""

    request: OrderRequest | None
    mistakes: tuple[Mistake, ...] = ()
    missing: str = ""  # what should come next: "side", "quantity", "symbol", "price", ...
    expansion: str = ""  # "BUY 0.250 BTCUSDT LIMIT 60,123.30 GTC post-only = 15,030.83 USDT"


def parse_order(line: str, market: Market) -> Draft:
    """Parse `buy 0.25 btc @bid gtc post`. Never raises."""
    return _Line(cut(line), len(line), market).draft()


class _Line:
    """One reading of one line: what was found so far, and where."""

    def __init__(self, words: list[Word], length: int, market: Market) -> None:
        self.words = words
        self.length = length
        self.market = market
        self.at = 0
        self.mistakes: list[Mistake] = []
        self.missing = ""
        self.places: dict[str, Word] = {}  # field -> the word that set it
        self.instrument: Instrument | None = None
        self.ord_type: OrdType | None = None
        self.price: Decimal | None = None
        self.tif: TimeInForce | None = None
        self.post = False
        self.max_floor: Decimal | None = None
        self.stp: SelfTradePreventionMode | None = None

    def draft(self) -> Draft:
        first = self._next()
        if first is None:
            return Draft(request=None, missing="side")
        side = SIDES.get(first.low)
        if side is None:
            hint = like(first.low, ("buy", "sell"))
            return self._end(first.wrong(f"{first.text}: an order starts with buy or sell{hint}"))
        qty_word = self._next()
        if qty_word is None:
            return Draft(request=None, missing="quantity")
        dollars = qty_word.text.startswith("$")
        qty = number(qty_word.text[1:] if dollars else qty_word.text)
        if not is_number(qty_word.text):
            qty = f"a quantity goes here, not {qty_word.text}"
        if isinstance(qty, str):
            return self._end(qty_word.wrong(qty))
        self._symbol()
        self._options(side)
        order_qty, cash_qty = self._quantity(qty_word, qty, dollars)
        if self.instrument is None or self.ord_type is None or self.mistakes or self.missing:
            return self._end()
        return self._judged(
            self._request(side, self.instrument, self.ord_type, order_qty, cash_qty), self.instrument
        )

    def _next(self) -> Word | None:
        word = self.words[self.at] if self.at < len(self.words) else None
        self.at += 1
        return word

    def _peek(self) -> Word | None:
        return self.words[self.at] if self.at < len(self.words) else None

    def _end(self, *mistakes: Mistake) -> Draft:
        found = sorted((*self.mistakes, *mistakes), key=lambda m: (m.start, m.end))
        return Draft(request=None, mistakes=tuple(found), missing="" if found else self.missing)

    def _set(self, field: str, word: Word) -> bool:
        """Note that `word` sets `field`; a second one is a mistake."""
        if field in self.places:
            earlier = self.places[field].text
            self.mistakes.append(word.wrong(f"{word.text}: {earlier} has been said already"))
            return False
        self.places[field] = word
        return True

    # words in their order

    def _symbol(self) -> None:
        word = self._peek()
        found = symbol(word.text, self.market) if word is not None else ""
        if word is not None and isinstance(found, Instrument):
            self.at += 1
            self.places["symbol"] = word
            self.instrument = found
            return
        linked = self.market.default_symbol
        if (
            word is None
            or word.text == "@"
            or is_number(word.text)
            or word.low in OPTIONS
            or is_price_word(word.text)
        ):
            self.instrument = self.market.instruments.get(linked) if linked is not None else None
            if self.instrument is None:
                self.missing = "symbol"
                if word is not None:
                    self.mistakes.append(word.wrong(f"a symbol goes before {word.text}"))
            return
        self.at += 1
        self.places["symbol"] = word
        self.mistakes.append(word.wrong(str(found)))

    def _options(self, side: Side) -> None:
        while (word := self._next()) is not None:
            low = word.low
            if low in TYPES:
                if self._set("ord_type", word):
                    self.ord_type = TYPES[low]
            elif low == "@":
                self._price(self._next(), side)
            elif is_number(word.text) or is_price_word(word.text):
                self._price(word, side)
            elif low in TIMES:
                if self._set("time_in_force", word):
                    self.tif = TIMES[low]
            elif low in POST:
                if self._set("exec_inst", word):
                    self.post = True
            elif low in SHOW:
                self._show(word)
            elif low == "stp":
                self._stp(word)
            else:
                hint = like(low, OPTIONS)
                self.mistakes.append(word.wrong(f"{word.text} is not understood here{hint}"))
        if self.ord_type is None and "price" in self.places:
            self.ord_type = OrdType.LIMIT
        if self.ord_type is not OrdType.MARKET and "price" not in self.places:
            self.missing = self.missing or ("price" if self.ord_type else "price or market")

    def _price(self, word: Word | None, side: Side) -> None:
        if word is None:
            self.missing = self.missing or "price"
            return
        text, ticks = word.text, self._peek()
        if ticks is not None and is_offset(ticks.text) and word.low in PRICE_WORDS:
            self.at += 1
            text += ticks.text
            word = Word(text, word.start, ticks.end)
        if not self._set("price", word):
            return
        if not is_number(text) and not is_price_word(text):
            self.mistakes.append(word.wrong(f"a price goes here, not {text}{like(word.low, PRICE_WORDS)}"))
        elif self.instrument is not None:
            value = price(text, side, self.instrument, self.market)
            if isinstance(value, str):
                self.mistakes.append(word.wrong(value))
            else:
                self.price = value

    def _show(self, word: Word) -> None:
        following = self._next()
        if following is None:
            self.missing = self.missing or "visible quantity"
            return
        value = number(following.text)
        if isinstance(value, Number) and not value.suffix:
            if self._set("max_floor", following):
                self.max_floor = value.value
        else:
            why = (
                value if isinstance(value, str) else f"{following.text}: {value.suffix} does not belong here"
            )
            self.mistakes.append(following.wrong(f"{word.low} needs a visible quantity: {why}"))

    def _stp(self, word: Word) -> None:
        following = self._next()
        if following is None:
            self.missing = self.missing or "self-trade prevention mode"
        elif following.low not in STP_MODES:
            modes = ", ".join(STP_MODES)
            hint = like(following.low, STP_MODES)
            self.mistakes.append(following.wrong(f"{following.text} is none of {modes}{hint}"))
        elif self._set("self_trade_prevention", following):
            self.stp = STP_MODES[following.low]

    # the whole

    def _quantity(self, word: Word, qty: Number, dollars: bool) -> tuple[Decimal | None, Decimal | None]:
        """(base quantity, quote amount) now that the symbol is known; one of them is None."""
        self.places["order_qty"] = self.places["cash_order_qty"] = word
        instrument, value, suffix = self.instrument, qty.value, qty.suffix.upper()
        if instrument is None:
            return value, None
        base, quote = instrument.base.upper(), instrument.quote.upper()
        if dollars:
            if suffix or quote not in _DOLLARS:
                why = (
                    f"{qty.suffix} does not belong here"
                    if suffix
                    else f"{instrument.symbol} is paid in {quote}"
                )
                self.mistakes.append(word.wrong(f"{word.text}: {why}"))
            return None, value
        if suffix in ("K" + base, "K" + quote):
            value, suffix = value * 1000, suffix[1:]
        if suffix == quote:
            return None, value
        if suffix not in ("", base):
            self.mistakes.append(word.wrong(f"{word.text}: {qty.suffix} is neither {base} nor {quote}"))
        return value, None

    def _request(
        self,
        side: Side,
        instrument: Instrument,
        ord_type: OrdType,
        order_qty: Decimal | None,
        cash_order_qty: Decimal | None,
    ) -> OrderRequest:
        tif = self.tif
        if ord_type is OrdType.LIMIT:
            if self.post and tif is TimeInForce.GOOD_TILL_CANCEL:
                tif = None  # a post-only order rests until cancelled; the venue wants that said by absence
            elif not self.post and tif is None:
                tif = TimeInForce.GOOD_TILL_CANCEL
        return OrderRequest(
            symbol=instrument.symbol,
            side=side,
            ord_type=ord_type,
            order_qty=order_qty,
            cash_order_qty=cash_order_qty,
            price=self.price,
            time_in_force=tif,
            exec_inst=ExecInst.PARTICIPATE_DONT_INITIATE if self.post else None,
            max_floor=self.max_floor,
            self_trade_prevention=self.stp,
        )

    def _judged(self, request: OrderRequest, instrument: Instrument) -> Draft:
        """The draft of a complete line: the request, if the rules let it be one."""
        whole = Word("", 0, self.length)
        for violation in check(request, instrument, fresh_quote(request.symbol, self.market)):
            self.mistakes.append(self.places.get(violation.field, whole).wrong(violation.text))
        return msgspec.structs.replace(
            self._end(),
            request=None if self.mistakes else request,
            expansion=describe(request, instrument),
        )


def describe(request: OrderRequest, instrument: Instrument | None = None) -> str:
    """The order in words, as the review step shows it. With the instrument, numbers have the places of its
    grid and a limit order says what it is worth."""
    tick = places(instrument.tick_size) if instrument else 0
    step = places(instrument.step_size) if instrument else 0
    parts = ["BUY" if request.side is Side.BUY else "SELL"]
    if request.order_qty is not None:
        parts.append(f"{grouped(request.order_qty, step)} {request.symbol}")
    elif request.cash_order_qty is not None:
        unit = f" {instrument.quote}" if instrument else " of quote asset"
        parts.append(f"{request.symbol} for {grouped(request.cash_order_qty, 2)}{unit}")
    else:
        parts.append(request.symbol)
    parts.append(request.ord_type.name.replace("_", " "))
    if request.price is not None:
        parts.append(grouped(request.price, tick))
    post = request.exec_inst is ExecInst.PARTICIPATE_DONT_INITIATE
    if request.time_in_force is not None:
        parts.append(short_tif(request.time_in_force))
    elif post:
        parts.append("GTC")
    if post:
        parts.append("post-only")
    if request.max_floor is not None:
        parts.append(f"showing {grouped(request.max_floor, step)}")
    if request.self_trade_prevention is not None:
        parts.append(f"STP {request.self_trade_prevention.name.lower().replace('_', ' ')}")
    if request.price is not None and request.order_qty is not None:
        unit = f" {instrument.quote}" if instrument else ""
        parts.append(f"= {amount(request.price * request.order_qty)}{unit}")
    return " ".join(parts)
