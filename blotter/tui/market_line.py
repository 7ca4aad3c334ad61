"""The inside market of the linked symbol in one line: best bid and offer, spread, position, and its age."""

from decimal import Decimal

from blotter.trading.instrument import Instrument, Quote
from blotter.trading.ledger import Position
from blotter.tui.format import DASH, age, decimals_of, trimmed
from blotter.tui.line import Line, Piece, content

TEN_THOUSAND = Decimal(10_000)


class MarketLine(Line):
    """A quote older than it may be is struck through: it is the last thing known, not the market."""

    DEFAULT_CSS = """
    MarketLine { background: $surface; }
    """

    def present(
        self,
        symbol: str,
        quote: Quote | None,
        instrument: Instrument | None,
        position: Position | None,
        *,
        now: int,
        stale_after: int,
        recorded: bool = False,
    ) -> None:
        """Show the market as of `now`, UTC ns. `recorded`: there is no market but that of the acts on the tape."""
        if not symbol:
            self.show(content(("no symbol linked: move to an order, or :symbol BTCUSDT", "$dim")))
            return
        pieces: list[Piece] = [(symbol, "bold"), "  "]
        if quote is None:
            pieces.append(
                ("no quote: a tape has only those of our acts" if recorded else "no market data", "$warn")
            )
        elif quote.doubt:
            pieces.append((f"no price: {quote.doubt}", "bold $danger"))
        else:
            pieces += _quote(quote, instrument, now, stale_after, narrow=self.size.width < 100)
        if position is not None and position.net_qty:
            style = "$side-buy" if position.net_qty > 0 else "$side-sell"
            sign = "+" if position.net_qty > 0 else ""
            pieces += ["   pos ", (sign + trimmed(position.net_qty), style)]
        self.show(content(*pieces))


def _quote(
    quote: Quote, instrument: Instrument | None, now: int, stale_after: int, *, narrow: bool
) -> list[Piece]:
    places = decimals_of(instrument.tick_size) if instrument else 0
    old = now - quote.at > stale_after
    strike = " strike $stale" if old else ""

    def side(price: Decimal | None, size: Decimal | None, style: str) -> list[Piece]:
        if price is None:
            return [(DASH, "$dim")]
        return [
            (trimmed(price, places), strike.strip() or style),
            (f" ×{trimmed(size)}", strike.strip() or "$dim"),
        ]

    pieces = [
        *side(quote.bid, quote.bid_size, "$side-buy"),
        (" │ ", "$dim"),
        *side(quote.ask, quote.ask_size, "$side-sell"),
    ]
    if quote.bid is not None and quote.ask is not None and quote.ask + quote.bid > 0:
        spread = quote.ask - quote.bid
        points = round(spread * 2 * TEN_THOUSAND / (quote.ask + quote.bid), 2)
        width = f"{points}bp" if narrow else f"{trimmed(spread, places)} ({points}bp)"
        pieces += [("  sprd ", "$dim"), (width, strike.strip())]
    waited = age(now - quote.at)
    pieces += ["  ", (f"STALE {waited}" if old else waited, "bold $danger" if old else "$dim")]
    return pieces
