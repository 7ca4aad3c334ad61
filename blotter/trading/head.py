"""What each half of an order line begins with: side, quantity, symbol. Reading collects what was found and what is
wrong; it judges no rule. Never raises.
"""

from collections.abc import Sequence
from decimal import Decimal

from blotter.trading.enums import Side
from blotter.trading.instrument import Instrument
from blotter.trading.presets import is_preset, preset
from blotter.trading.vocabulary import OPTIONS, SIDES
from blotter.trading.words import (
    Market,
    Mistake,
    Number,
    Word,
    cut,
    is_number,
    is_price_word,
    like,
    number,
    symbol,
)

_DOLLARS = frozenset({"USD", "USDT", "USDC", "FDUSD", "TUSD", "BUSD", "USDP", "DAI"})


class Head:
    """One reading of the head of one half of a line. `after`: the half whose fill releases this one; it gives symbol
    and, where none is said, quantity."""

    def __init__(self, words: Sequence[Word], market: Market, after: "Head | None" = None) -> None:
        self.words = words
        self.market = market
        self.after = after
        self.at = 0
        self.mistakes: list[Mistake] = []
        self.missing = ""
        self.hopeless = False  # what follows cannot be read
        self.places: dict[str, Word] = {}
        self.side = Side.BUY
        self.instrument: Instrument | None = after.instrument if after is not None else None
        self.order_qty: Decimal | None = None
        self.cash_order_qty: Decimal | None = None
        self.preset_price: Word | None = None  # where the preset wants to be, unless the line says

    # --- the words in their order ----------------------------------------------------------------------------

    def read_head(self) -> bool:
        """Read side, quantity and symbol. False when what follows cannot be read."""
        if not self._side():
            return False
        qty = self._quantity_word()
        if qty is None and (self.hopeless or self.after is None):
            return False
        if self.after is None:
            self._symbol()
        else:
            self._same_symbol(self.after)
        if qty is not None:
            self._quantity(qty)
        elif self.after is not None:
            self.order_qty = self.after.order_qty
        return True

    def _next(self) -> Word | None:
        word = self._peek()
        self.at += 1
        return word

    def _peek(self) -> Word | None:
        return self.words[self.at] if self.at < len(self.words) else None

    def _lack(self, what: str) -> None:
        self.missing = self.missing or what

    def _wrong(self, word: Word, text: str) -> None:
        self.mistakes.append(word.wrong(text))

    def _set(self, places: dict[str, Word], name: str, word: Word) -> bool:
        """Note that `word` sets the field; a second one is a mistake."""
        if name in places:
            self._wrong(word, f"{word.text}: {places[name].text} has been said already")
            return False
        places[name] = word
        return True

    def _side(self) -> bool:
        word = self._next()
        if word is None:
            self._lack("side")
            self.hopeless = True
            return False
        side = SIDES.get(word.low)
        if side is None:
            hint = like(word.low, ("buy", "sell"))
            self._wrong(word, f"{word.text}: an order starts with buy or sell{hint}")
            self.hopeless = True
            return False
        self.side = side
        self.places["side"] = word
        return True

    def _quantity_word(self) -> Word | None:
        word = self._peek()
        if self.after is not None and (word is None or not _is_quantity(word.text)):
            return None
        self.at += 1
        if word is None:
            self._lack("quantity")
        elif not _is_quantity(word.text):
            self._wrong(word, f"a quantity goes here, not {word.text}")
        else:
            return word
        self.hopeless = True
        return None

    def _symbol(self) -> None:
        word = self._peek()
        found = symbol(word.text, self.market) if word is not None else ""
        if word is not None and isinstance(found, Instrument):
            self.at += 1
            self.places["symbol"] = word
            self.instrument = found
            if word.low in OPTIONS and self.market.default_symbol is not None:
                text = f"{word.text}: is this the symbol {found.symbol}? Write that, or name the symbol before the word"
                self._wrong(word, text)
            return
        linked = self.market.default_symbol
        if word is None or follows_symbol(word):
            self.instrument = self.market.instruments.get(linked) if linked is not None else None
            if self.instrument is None:
                self._lack("symbol")
                if word is not None:
                    self._wrong(word, f"a symbol goes before {word.text}")
            return
        self.at += 1
        self.places["symbol"] = word
        self._wrong(word, str(found))

    def _same_symbol(self, after: "Head") -> None:
        word = self._peek()
        if word is None or follows_symbol(word):
            return
        self.at += 1
        self.places["symbol"] = word
        found = symbol(word.text, self.market)
        if isinstance(found, str):
            self._wrong(word, found)
        elif after.instrument is not None and found.symbol != after.instrument.symbol:
            text = f"{word.text}: an order list is of one symbol, and it is {after.instrument.symbol}"
            self._wrong(word, text)

    def _quantity(self, word: Word) -> None:
        """Base quantity or quote amount, now that the symbol is known."""
        self.places["order_qty"] = self.places["cash_order_qty"] = word
        text = word.text
        if is_preset(text):
            name = self.instrument.symbol if self.instrument is not None else ""
            meant = preset(text, name, self.side, self.market.presets)
            if meant is None:
                if self.instrument is not None:
                    self._wrong(
                        word,
                        f"{text}: there is no such preset for {name} (#1 to #9, [presets] in the config)",
                    )
                return
            words = cut(meant)
            text = words[0].text
            if len(words) > 1:
                self.preset_price = Word("".join(w.text for w in words[2:]), word.start, word.end)
        dollars = text.startswith("$")
        read = number(text[1:] if dollars else text)
        if isinstance(read, str):
            self._wrong(word, read)
            return
        self._amount(word, read, dollars)

    def _amount(self, word: Word, read: Number, dollars: bool) -> None:
        instrument, value, suffix = self.instrument, read.value, read.suffix.upper()
        if instrument is None:
            self.order_qty = value
            return
        base, quote = instrument.base.upper(), instrument.quote.upper()
        if dollars:
            if suffix or quote not in _DOLLARS:
                why = (
                    f"{read.suffix} does not belong here"
                    if suffix
                    else f"{instrument.symbol} is paid in {quote}"
                )
                self._wrong(word, f"{word.text}: {why}")
            self.cash_order_qty = value
            return
        if suffix in ("K" + base, "K" + quote):
            value, suffix = value * 1000, suffix[1:]
        if suffix == quote:
            self.cash_order_qty = value
            return
        if suffix not in ("", base):
            self._wrong(word, f"{word.text}: {read.suffix} is neither {base} nor {quote}")
        self.order_qty = value


def _is_quantity(text: str) -> bool:
    return is_number(text) or is_preset(text)


def follows_symbol(word: Word) -> bool:
    """Whether the word can come right after the symbol, so that it is none."""
    text = word.text
    return text == "@" or is_number(text) or word.low in OPTIONS or is_price_word(text)
