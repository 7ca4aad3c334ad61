"""Best bid and offer of every symbol, from the ticker, and whether they may be believed.

The venue refuses a request as a whole for one symbol that it does not know: the request is then divided until that
symbol stands alone, so that the others are quoted all the same. What is refused alone is told once, and asked for again
on the next connection.

A quote in doubt keeps its place in the table but has no prices: whatever prices by the market then finds none, and
says why. Quotes that are only old are no business of this module: who prices by them judges their age.
"""

from collections.abc import Callable, Container, Iterable, Mapping

from blotter.desk.patience import Patience
from blotter.fix.session import Instant
from blotter.trading.enums import RejectCategory
from blotter.trading.instrument import Quote
from blotter.venues.base import SubscribeQuotes, Unsubscribe, VenueRequest

SECOND = 1_000_000_000
CROSSED_FOR = SECOND
"""ns a quote may stay crossed before its ticker is taken to have lost something."""
MOST = 1_000
"""Symbols in one request."""


class Quotes:
    """One connection's tickers and the quotes they make."""

    def __init__(
        self,
        ask: Callable[[VenueRequest], None],
        new_id: Callable[[str], str],
        tell: Callable[[Iterable[Quote]], None],
        listed: Container[str],
        warn: Callable[[str], None],
    ) -> None:
        """`ask` sends a request; `tell` hears of every quote that is another by now; `listed` are the symbols known
        to be, where any are."""
        self.table: dict[str, Quote] = {}
        self.refusals: dict[str, str] = {}  # symbols that are not quoted on this connection, and why
        self._ask = ask
        self._new_id = new_id
        self._tell = tell
        self._listed = listed
        self._warn = warn
        self._warned: set[tuple[str, str]] = set()  # refusals that were told
        self._latest: dict[str, Quote] = {}  # as the ticker told them
        self._doubts: dict[str, str] = {}
        self._crossed: dict[str, int] = {}  # mono ns
        self._groups: dict[str, tuple[str, ...]] = {}  # MDReqID -> symbols
        self._patience: dict[str, Patience] = {}
        self._due: dict[str, int] = {}  # MDReqID of what is to begin anew -> mono ns
        # What was refused: when to ask again (mono ns), and for what.
        self._again: list[tuple[int, tuple[str, ...], Patience]] = []

    def begin(self, symbols: Iterable[str]) -> None:
        """A new connection: nothing is subscribed there yet."""
        self._groups.clear()
        self._patience.clear()
        self._due.clear()
        self._again.clear()
        self.refusals.clear()
        self.subscribe(symbols)

    def subscribe(self, symbols: Iterable[str], patience: Patience | None = None) -> None:
        """Those that are not subscribed yet, in as few requests as there may be."""
        taken = {symbol for group in self._groups.values() for symbol in group}
        wanted = tuple(symbol for symbol in dict.fromkeys(symbols) if symbol not in taken)
        for start in range(0, len(wanted), MOST):
            req_id, group = self._new_id("quotes"), wanted[start : start + MOST]
            self._groups[req_id] = group
            self._patience[req_id] = patience or Patience()
            self._ask(SubscribeQuotes(req_id, group))

    def leave(self, symbol: str, why: str, at: int) -> None:
        """No more of this one; those that were asked for together with it are asked for anew."""
        self._again = [(due, tuple(s for s in group if s != symbol), how) for due, group, how in self._again]
        req_id = next((name for name, group in self._groups.items() if symbol in group), None)
        if req_id is None:
            if self.refusals.pop(symbol, None) is not None:
                self.table.pop(symbol, None)
            return
        group, patience = self._groups.pop(req_id), self._patience.pop(req_id)
        self._due.pop(req_id, None)
        self._ask(Unsubscribe(req_id))
        for known in (self.table, self._latest, self._doubts, self._crossed):
            known.pop(symbol, None)
        self._tell([Quote(symbol=symbol, at=at, doubt=why)])
        self.subscribe((other for other in group if other != symbol), patience)

    def lost(self, why: str, at: int) -> None:
        """The session is gone: nobody may take an old price for the market."""
        self._tell([Quote(symbol=symbol, at=at, doubt=why) for symbol in self.table])
        self.table.clear()
        self._latest.clear()
        self._doubts.clear()
        self._crossed.clear()
        self._groups.clear()
        self._due.clear()
        self._again.clear()
        self.refusals.clear()

    def take(self, quotes: Iterable[Quote], now: Instant) -> None:
        """The ticker says so."""
        shown = []
        for quote in quotes:
            self._latest[quote.symbol] = quote
            if _crossed(quote):
                self._crossed.setdefault(quote.symbol, now.mono)
            elif self._crossed:
                self._crossed.pop(quote.symbol, None)
            shown.append(self._judged(quote))
        self.table.update((quote.symbol, quote) for quote in shown)
        self._tell(shown)

    def doubt(self, symbol: str, why: str, at: int) -> None:
        """What is known of this symbol's market is not to be believed, until `trust`."""
        self._doubts[symbol] = why
        if symbol in self.table:
            self.table[symbol] = Quote(symbol=symbol, at=at, doubt=why)
            self._tell([self.table[symbol]])

    def trust(self, symbol: str) -> None:
        """The doubt is gone: what the ticker told last counts."""
        latest = self._latest.get(symbol)
        if self._doubts.pop(symbol, None) is not None and latest is not None:
            self.table[symbol] = self._judged(latest)
            self._tell([self.table[symbol]])

    def hole(self, req_id: str, why: str, now: Instant) -> bool:
        """Something of this subscription was lost: its quotes go, and it begins anew. False: it is none of these."""
        group = self._groups.get(req_id)
        if group is None:
            return False
        for symbol in group:
            self._latest.pop(symbol, None)
            if self.table.pop(symbol, None) is not None:
                self._tell([Quote(symbol=symbol, at=now.wall, doubt=why)])
        self._due.setdefault(req_id, self._patience[req_id].next(now.mono))
        return True

    def refused(self, req_id: str, category: RejectCategory, why: str, now: Instant) -> bool:
        """The venue does not want this request. False: it was none for quotes. One that breaks a rule does so by a
        symbol in it; any other is made again, as it is."""
        group = self._groups.pop(req_id, None)
        if group is None:
            return False
        patience = self._patience.pop(req_id)
        self._due.pop(req_id, None)
        if category is not RejectCategory.RULE:
            self._again.append((patience.next(now.mono), group, patience))
            self._warn(f"quotes of {', '.join(group[:3])}{' ...' if len(group) > 3 else ''}: refused: {why}")
        elif len(group) == 1:
            self._leave_out(group[0], why, now.wall)
        else:
            for part in self._parts(group):
                self.subscribe(part, patience)
        return True

    def _leave_out(self, symbol: str, why: str, at: int) -> None:
        self.refusals[symbol] = why
        self.table[symbol] = Quote(symbol=symbol, at=at, doubt=f"refused: {why}")
        self._tell([self.table[symbol]])
        if (symbol, why) not in self._warned:
            self._warned.add((symbol, why))
            self._warn(f"symbol {symbol} is not quoted: refused: {why}")

    def _parts(self, group: tuple[str, ...]) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Those that are listed and the others or, where that divides nothing, two halves."""
        listed = tuple(symbol for symbol in group if symbol in self._listed)
        if listed and len(listed) < len(group):
            return listed, tuple(symbol for symbol in group if symbol not in self._listed)
        return group[: len(group) // 2], group[len(group) // 2 :]

    def look(self, now: Instant) -> None:
        """Begin anew what is due to."""
        again, self._again = self._again, []
        for one in again:
            at, symbols, patience = one
            if at <= now.mono:
                self.subscribe(symbols, patience)
            else:
                self._again.append(one)
        for symbol, since in list(self._crossed.items()):
            if now.mono - since > CROSSED_FOR:
                del self._crossed[symbol]
                req_id = next((name for name, group in self._groups.items() if symbol in group), "")
                self.hole(req_id, f"the ticker of {symbol} stays crossed", now)
        for req_id, due in list(self._due.items()):
            if due <= now.mono:
                del self._due[req_id]
                group, patience = self._groups.pop(req_id), self._patience.pop(req_id)
                self._ask(Unsubscribe(req_id))
                self.subscribe(group, patience)

    def _judged(self, quote: Quote) -> Quote:
        why = self._doubts.get(quote.symbol, "")
        if not why and _crossed(quote):
            why = f"crossed: bid {quote.bid}, ask {quote.ask}"
        return Quote(symbol=quote.symbol, at=quote.at, doubt=why) if why else quote


def _crossed(quote: Quote) -> bool:
    return quote.bid is not None and quote.ask is not None and quote.bid >= quote.ask


def complete(table: Mapping[str, Quote], symbols: Iterable[str]) -> bool:
    """Every one of these has a quote that may be believed."""
    return all(symbol in table and not table[symbol].doubt for symbol in symbols)
