"""The words a trader types: cut with their places in the line, and read as numbers, symbols and prices.

Everything that can be wrong comes back as text that says why, for the word it is about; nothing raises,
whatever is typed. Nothing here reads a clock: how old a quote is follows from `Market.now`.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from decimal import Decimal
from difflib import SequenceMatcher, get_close_matches
from typing import NamedTuple

import msgspec

from blotter.trading.decimals import down, plain, tidy, up
from blotter.trading.enums import Side
from blotter.trading.instrument import Instrument, Quote
from blotter.trading.qualified import split_typed, which


class Market(msgspec.Struct, frozen=True, kw_only=True):
    """What names and price words resolve against."""

    instruments: Mapping[str, Instrument]
    quotes: Mapping[str, Quote]
    now: int  # wall ns, to refuse stale quotes for price words
    max_quote_age: int = 5_000_000_000
    default_symbol: str | None = None  # the screen's linked symbol
    preferred_quotes: tuple[str, ...] = ("USDT", "USDC", "FDUSD", "BTC")
    presets: Mapping[str, tuple[str, ...]] = {}  # quantities by symbol, `*` for the others: `#3` is the third
    listings: Mapping[str, Mapping[str, Instrument]] = {}
    """Where there are several venues: of each, its instruments by the venue's own names. `instruments` then has them
    all, and they call themselves by qualified names (`blotter.trading.qualified`)."""


class Mistake(msgspec.Struct, frozen=True):
    """What is wrong with which word: [start, end) character offsets into the line."""

    start: int
    end: int
    text: str


class Word(NamedTuple):
    """A word and where it stands in the line, [start, end) in characters."""

    text: str
    start: int
    end: int

    @property
    def low(self) -> str:
        """For comparing with the grammar's own words."""
        return self.text.lower()

    def wrong(self, text: str) -> Mistake:
        """A mistake about this word."""
        return Mistake(self.start, self.end, text)


_WORD = re.compile(r"@|[^\s@]+")


def cut(line: str) -> list[Word]:
    """The words of a line. `@` is a word by itself: `btc@bid` and `btc @ bid` are the same three words."""
    return [Word(m[0], m.start(), m.end()) for m in _WORD.finditer(line)]


def like(word: str, known: Iterable[str]) -> str:
    """`: did you mean X?` for a misspelled word, or nothing."""
    known = list(known)
    found = get_close_matches(word, known, n=3, cutoff=0.6)
    if not found:
        return ""
    # Of those that are as close as each other it is the first of the known.
    nearest = max(sorted(found, key=known.index), key=lambda one: SequenceMatcher(None, one, word).ratio())
    return f": did you mean {nearest}?"


# --- numbers -----------------------------------------------------------------------------------------------

_NUMBER = re.compile(r"(?:[0-9]{1,3}(?:(?P<sep>[,_])[0-9]{3})(?:(?P=sep)[0-9]{3})*|[0-9]+)?(?:\.[0-9]*)?")
_NUMERIC = re.compile(r"[+-]?[0-9.,_]*[0-9][0-9.,_]*")
_DIGITS = 24


def is_number(text: str) -> bool:
    """Whether the word is meant as a number: it starts like one. Whether it is a good one, `number` says."""
    return re.match(r"[+-]?\.?[0-9]|\$", text) is not None


class Number(NamedTuple):
    """A number as typed: its value, and what was glued behind it (`k`, an asset, or nothing)."""

    value: Decimal
    suffix: str


def number(text: str) -> Number | str:
    """`0.25`, `1_000`, `1,000.5`, `1k`, `100usdt`; or why it is none.

    Commas and underscores only group thousands: `0,25` is refused rather than guessed at.
    """
    found = _NUMERIC.match(text)
    if found is None:
        return f"{text} is not a number"
    digits, suffix = found[0], text[found.end() :]
    if digits[0] in "+-":
        return f"{text}: write the number without a sign"
    if _NUMBER.fullmatch(digits) is None:
        return f"{text}: use a point for decimals; a comma or underscore only groups thousands (1,000)"
    bare = digits.replace(",", "").replace("_", "")
    if len(bare) > _DIGITS:
        return f"a number of more than {_DIGITS} digits is not usable"
    value = tidy(Decimal(bare))
    if suffix.lower() == "k":
        return Number(value * 1000, "")
    return Number(value, suffix)


_DISTANCES = {"%": 100, "bp": 1, "bps": 1}


def is_distance(text: str) -> bool:
    """`0.5%`, `50bp`: a number with one of the units a distance has."""
    return is_number(text) and text.lower().endswith(tuple(_DISTANCES))


def bips(text: str) -> int | str:
    """Basis points meant by `0.5%`, `50bp` or `50bps`, exactly; or why it cannot be said."""
    read = number(text)
    if isinstance(read, str):
        return read
    factor = _DISTANCES.get(read.suffix.lower())
    if factor is None:
        return f"{text}: a distance is in percent or basis points, as in 0.5% or 50bp"
    whole = read.value * factor
    if whole != whole.to_integral_value():
        return f"{text} is not a whole number of basis points (1bp is 0.01%)"
    return int(whole)


# --- symbols -----------------------------------------------------------------------------------------------


def symbol(text: str, market: Market) -> Instrument | str:
    """The instrument meant by `BTCUSDT`, `btc/usdt`, `btc-usdt` or `btc`; or why there is none.

    A base asset alone is completed by the first of the preferred quote assets that is listed with it. With several
    venues the name may end in one (`btcusdt.kraken`); without it, what only one of them lists is meant.
    """
    if not market.listings:
        return _listed(text, market.instruments, market.preferred_quotes)
    name, venue = split_typed(text, market.listings)
    if venue:
        return _listed(name, market.listings[venue], market.preferred_quotes, venue)
    each = [_listed(text, listed, market.preferred_quotes) for listed in market.listings.values()]
    found = [one for one in each if isinstance(one, Instrument)]
    if len(found) > 1:
        return f"{text} is at {len(found)} venues: {which(one.symbol for one in found)}"
    return found[0] if found else _nowhere(text, market, each)


def _nowhere(text: str, market: Market, each: Iterable[Instrument | str]) -> str:
    """Why no venue has it: what a venue says of its own names counts for more than that another does not know it."""
    told = {venue: str(why) for venue, why in zip(market.listings, each, strict=True)}
    said = {venue: why for venue, why in told.items() if _NOT_LISTED not in why}
    return "; ".join(f"{venue}: {why}" for venue, why in said.items()) or next(
        iter(why for why in told.values() if "did you mean" in why), f"{text} is not listed by any venue"
    )


_NOT_LISTED = "is not listed by"


def _listed(
    text: str, listed: Mapping[str, Instrument], preferred_quotes: Iterable[str], venue: str = "the venue"
) -> Instrument | str:
    """The same in one venue's list."""
    key = unicodedata.normalize("NFC", text).upper()
    exact = listed.get(text) or listed.get(key)
    if exact is not None:
        return exact
    pair = re.split(r"[/-]", key)
    if len(pair) == 2:
        both = (i for i in listed.values() if i.base.upper() == pair[0] and i.quote.upper() == pair[1])
        return next(both, None) or _unlisted(text, "".join(pair), listed, venue)
    of_base = {i.quote: i for i in listed.values() if i.base.upper() == key}
    for quote in preferred_quotes:
        if quote in of_base:
            return of_base[quote]
    if len(of_base) == 1:
        return next(iter(of_base.values()))
    if of_base:
        return f"{text} trades against {', '.join(sorted(of_base)[:6])}: say which"
    return _unlisted(text, key, listed, venue)


def _unlisted(text: str, key: str, listed: Mapping[str, Instrument], venue: str) -> str:
    if not listed:
        return f"{text} cannot be looked up: {venue}'s list of symbols has not arrived"
    # Only names of about that length, and first those that begin alike: the list is thousands long, and this runs
    # at every key.
    near = sorted({n for name, i in listed.items() for n in (name, i.base) if abs(len(n) - len(key)) < 2})
    hint = like(key, [name for name in near if name[:1] == key[:1]]) or like(key, near)
    return f"{text} {_NOT_LISTED} {venue}{hint}"


# --- prices ------------------------------------------------------------------------------------------------

PRICE_WORDS = ("bid", "ask", "mid", "join")
_PRICE_WORD = re.compile(r"(bid|ask|mid|join)(?:([+-])([0-9]{0,6}))?", re.ASCII)
_OFFSET = re.compile(r"[+-][0-9]{1,6}", re.ASCII)


def is_price_word(text: str) -> bool:
    """`bid`, `ask`, `mid`, `join`, with or without `+N` or `-N` ticks."""
    return re.match(r"(bid|ask|mid|join)(?![^+-])", text.lower()) is not None


def is_offset(text: str) -> bool:
    """`+2`, `-1`: ticks, written apart from their price word."""
    return _OFFSET.fullmatch(text) is not None


def price(text: str, side: Side, instrument: Instrument, market: Market) -> Decimal | str:
    """What `60,123.3`, `bid+2`, `mid` or `join` comes to for that side now; or why it cannot be said.

    `join` is the best price of the own side. `mid` is rounded to the tick towards the passive side. A quote
    that is missing or older than `Market.max_quote_age` refuses: a price that looks live and is not costs
    money.
    """
    found = _PRICE_WORD.fullmatch(text.lower())
    if found is None:
        value = number(text)
        if isinstance(value, str):
            return value
        return f"{text}: {value.suffix} does not belong to a price" if value.suffix else value.value
    word, sign, ticks = found.groups()
    if sign and not ticks:
        return f"{text}: a whole number of ticks goes after the {sign}"
    best = _best(word, side, instrument, market)
    if isinstance(best, str):
        return best
    tick = instrument.tick_size
    if word == "mid" and tick:
        best = down(best, tick) if side is Side.BUY else up(best, tick)
    if not ticks:
        return tidy(best)
    if not tick:
        return f"{text}: {instrument.symbol} has no tick size to count in; type the price"
    moved = best + int(sign + ticks) * tick
    return tidy(moved) if moved > 0 else f"{text}: {ticks} ticks below {plain(best)} is not above 0"


def fresh_quote(name: str, market: Market) -> Quote | None:
    """The quote of that symbol, if there is one young enough to act on."""
    quote = market.quotes.get(name)
    if quote is None or quote.doubt or market.now - quote.at > market.max_quote_age:
        return None
    return quote


def _best(word: str, side: Side, instrument: Instrument, market: Market) -> Decimal | str:
    name = instrument.symbol
    quote = market.quotes.get(name)
    if quote is None:
        return f"no quote of {name} yet: type the price"
    if quote.doubt:
        return f"the market of {name} is in doubt ({quote.doubt}): type the price"
    age = market.now - quote.at
    if age > market.max_quote_age:
        limit = market.max_quote_age / 1e9
        return f"the quote of {name} is {age / 1e9:.1f} s old (limit {limit:g} s): type the price"
    if word == "join":
        word = "bid" if side is Side.BUY else "ask"
    if word == "mid":
        if quote.bid is None or quote.ask is None:
            return f"no mid of {name}: its {'bid' if quote.bid is None else 'ask'} side is empty"
        return (quote.bid + quote.ask) / 2
    best = quote.bid if word == "bid" else quote.ask
    return f"no {word} of {name}: that side is empty" if best is None else best
