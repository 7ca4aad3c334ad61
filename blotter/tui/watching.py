"""Which books and trades the desk is asked for: those of the symbol in view, while a pane shows them.

A symbol that only flits by is not asked for, and one that goes out of view is kept for a while: every change costs the
venue's message limit, and a book that begins anew is blind until its snapshot comes.
"""

from typing import Final

from blotter.desk.change import Answer
from blotter.desk.command import Unwatch, Watch
from blotter.tui.deck import SECOND, Deck

SETTLE: Final = 300_000_000
"""ns a symbol has to be in view before it is asked for, unless it is the only one."""
KEPT: Final = 3
"""Symbols at most."""
DEPTH: Final = 1_000
"""Levels a side the venue is asked for at least: what moves within them needs no new snapshot."""
RETRY: Final = 15 * SECOND
"""ns after a refusal."""


class Watching:
    """Times are mono ns."""

    def __init__(self, deck: Deck) -> None:
        self._deck = deck
        self._linger = int(deck.options.watch_linger_seconds * SECOND)
        self._levels = deck.options.depth_levels
        self._watched: dict[str, int] = {}  # symbol -> when it was last wanted, longest ago first
        self._wanted = ("", 0)  # what is in view, since when
        self._asked: dict[str, str] = {}  # command id -> symbol
        self._refused: dict[str, tuple[int, str]] = {}  # symbol -> when, why

    def look(self, symbol: str) -> None:
        """`symbol` is in view, "" when none is. Call it often."""
        now = self._deck.desk.mono()
        if symbol != self._wanted[0]:
            self._wanted = (symbol, now)
        if symbol in self._watched:
            del self._watched[symbol]
            self._watched[symbol] = now
        elif (
            symbol
            and (not self._watched or now - self._wanted[1] >= SETTLE)
            and (symbol not in self._refused or now - self._refused[symbol][0] >= RETRY)
        ):
            self._watch(symbol, now)
        for other, wanted_at in list(self._watched.items()):
            if other != symbol and (now - wanted_at >= self._linger or len(self._watched) > KEPT):
                self._unwatch(other)

    def refusal(self, symbol: str) -> str:
        """Why the desk does not watch it; "" while it does, or was not asked."""
        return self._refused[symbol][1] if symbol in self._refused else ""

    def answered(self, answer: Answer) -> bool:
        """Take the desk's answer, if it is to one of these. A refusal stands in the pane, not among the notices."""
        symbol = self._asked.pop(answer.id, None)
        if symbol is None:
            return False
        if not answer.ok and symbol in self._watched:
            del self._watched[symbol]
            self._refused[symbol] = (self._deck.desk.mono(), answer.text or "refused")
        elif answer.ok:
            self._refused.pop(symbol, None)
        return True

    def _watch(self, symbol: str, now: int) -> None:
        depth = max(DEPTH, self._levels)
        command = Watch(id=self._deck.new_id(), symbol=symbol, depth=depth, levels=self._levels)
        self._asked[command.id] = symbol
        self._watched[symbol] = now
        self._deck.post(command, f"watch of {symbol}")

    def _unwatch(self, symbol: str) -> None:
        command = Unwatch(id=self._deck.new_id(), symbol=symbol)
        self._asked[command.id] = ""
        del self._watched[symbol]
        self._deck.post(command, f"unwatch of {symbol}")
