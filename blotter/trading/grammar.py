"""The one-line order grammar, the same on screen and headless.

    buy|sell|b|s  QTY  SYMBOL  WAY  [options in any order]

    QTY      0.25   1,000   1_000   1k   100usdt   $100        (quote amounts: market orders only)   #3 (a preset)
    SYMBOL   BTCUSDT   btc/usdt   btc-usdt   btc               (left out: the linked symbol)
    PRICE    60123.30   60,123.30   @bid   @ask-1   @mid+2   join   (offsets in ticks)
    WAY      [limit] [@] PRICE                        at a price
             market                                   at the market
             stop PRICE [limit PRICE]                 stop loss: once the market is worse, at the market or a limit
             take PRICE [limit PRICE]                 take profit: once the market is better
             trail 0.5%|50bp [from PRICE] [limit PRICE]      follows the market at that distance, from now on or once
             stop PRICE trail 50bp, take PRICE trail 50bp    the market is better (from, take) or worse (stop)
             peg primary|market [-N] [limit PRICE]    at the best price of the own or the opposite side, N levels deeper
    options  gtc ioc fok day | gtd 2026-11-23T17:00Z, gtd 17:00Z | post maker | show QTY, iceberg QTY
             stp none|taker|maker|both|decrement|transfer | strategy N | id N | sor

    oco sell QTY SYMBOL WAY WAY                       two exits: a price, stop or take each, one cancels the other
    buy QTY SYMBOL @ PRICE then sell [QTY] WAY        OTO: the second is placed once the first has filled
    buy QTY SYMBOL @ PRICE then sell [QTY] WAY WAY    OTOCO: the bracket
    buy QTY SYMBOL @ PRICE pays sell WAY [WAY]        OPO, OPOCO: sells what the buy received

Stop-loss or take-profit follows from side and word, never from the price: `sell stop` waits for a fall, `sell take`
for a rise, `buy` the other way round; a price on the wrong side of the market is refused when the market is known.
Words bind as `blotter.trading.clauses` says. A limit order is GTC unless said otherwise. A line is understood whole or
not at all: every mistake points at its word and says why, the instrument's rules included, and no request comes out
while there is one. Never raises.
"""

from blotter.trading.clauses import Part
from blotter.trading.draft import Draft, blamed, unfinished
from blotter.trading.enums import OrdType
from blotter.trading.list_grammar import OCO, parse_list
from blotter.trading.rules import check
from blotter.trading.vocabulary import OPTIONS, POST, SHOW, SIDES, STP_MODES, TIMES, TYPES
from blotter.trading.wording import describe, describe_list
from blotter.trading.words import Market, Mistake, Word, cut, fresh_quote

__all__ = [
    "OPTIONS", "POST", "SHOW", "SIDES", "STARTS", "STP_MODES", "TIMES", "TYPES",
    "Draft", "Market", "Mistake", "describe", "describe_list", "parse_order", "parse_words",
]  # fmt: skip

STARTS = (*SIDES, OCO)
"""The words an order line begins with."""


def parse_order(line: str, market: Market) -> Draft:
    """Parse `buy 0.25 btc @bid gtc post`, or a list. Never raises."""
    return parse_words(cut(line), len(line), market)


def parse_words(words: list[Word], length: int, market: Market) -> Draft:
    """The same for words that are already cut, out of a line of `length` characters."""
    if (listed := parse_list(words, length, market)) is not None:
        return listed
    part = Part(words, market)
    part.read()
    if part.hopeless:
        return unfinished([part])
    first = part.clauses[0]
    if len(part.clauses) > 1:
        second = part.clauses[1].word or words[-1]
        return unfinished([part], second.wrong(_one_way(part, second)))
    if first.resting and "price" not in first.places and not first.pegged:
        part.missing = part.missing or ("price" if first.ord_type is OrdType.LIMIT else "price or market")
    request = part.request(first)
    if request is None or part.mistakes or part.missing:
        return unfinished([part])
    whole = Word("", 0, length)
    wrong = [
        blamed(violation, part, first, whole)
        for violation in check(request, part.instrument, fresh_quote(request.symbol, market))
    ]
    draft = unfinished([part], *wrong)
    return Draft(
        request=None if draft.mistakes else request,
        mistakes=draft.mistakes,
        expansion=describe(request, part.instrument),
    )


def _one_way(part: Part, word: Word) -> str:
    """Why an order cannot have a second way to work."""
    text = f"{word.text}: this order has its price already"
    if part.clauses[0].trigger:
        return f"{text}; the limit of a stop or take is said as limit 100, two exits begin with oco"
    return f"{text}; say stop 100 limit 99 for a limit once triggered, or begin with oco for two exits"
