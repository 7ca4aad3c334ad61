"""Searching the tape: from an expression to hits on the screen, and back to the live tape.

The search runs in a thread of the desk's side; here its hits are picked up once a frame, so that a million messages
cost the screen nothing.
"""

import re
from collections.abc import Callable
from typing import Final

from blotter.desk.change import MessageSeen, SearchPort, SearchView
from blotter.tui import messages
from blotter.tui.deck import Deck
from blotter.tui.format import latency
from blotter.tui.line import Piece, content

NOTHING_TO_SEARCH: Final = "there is no tape to search here"
_EXPRESSION = re.compile(r"(?:^|\s)(?:!\S|\w+(?:!=|[=<>]))")


def is_expression(words: str) -> bool:
    """Whether this names tags; other words are looked for in what is shown."""
    return _EXPRESSION.search(words) is not None


def is_filter(words: str) -> bool:
    """Whether this names columns of the list, which only what is shown has: `type:8 id:A-12`."""
    return any(word.partition(":")[0] in messages.FILTERS for word in words.split() if ":" in word)


class Searching:
    """Begins a search, feeds its hits, and ends it."""

    def __init__(self, deck: Deck, port: SearchPort | None) -> None:
        self._deck = deck
        self._port = port
        self.looked_at: Callable[[MessageSeen], None] = lambda hit: None  # a hit that was gone to

    @property
    def available(self) -> bool:
        """Whether there is a tape to search."""
        return self._port is not None

    def matcher(self, words: str) -> Callable[[MessageSeen], bool] | None:
        """A test of what is shown, for an expression of tags that can be read so far."""
        if self._port is None or not is_expression(words):
            return None
        test = self._port.matcher(words)
        return (lambda message: test(message.raw)) if callable(test) else None

    def begin(self, text: str) -> str:
        """Search the tape; what is wrong with the expression, "" where nothing is."""
        if self._port is None:
            return NOTHING_TO_SEARCH
        if wrong := self._port.find(text):
            return wrong
        view = self._deck.view
        view.tape.hits.clear()
        view.tape.set_class(True, "-hits")
        view.panes["messages"].set_filter("")
        view.go("messages")
        self.tick()
        return ""

    def leave(self) -> None:
        """Back to the live tape."""
        tape = self._deck.view.tape
        if self._port is None or not tape.searching:
            return
        self._port.cancel()
        focused = self._deck.view.focused is tape.hits
        tape.set_class(False, "-hits")
        tape.hits.clear()
        if focused:
            tape.live.focus()

    def tick(self) -> None:
        """Pick up what was found since."""
        tape = self._deck.view.tape
        if self._port is None or not tape.searching:
            return
        view = self._port.poll()
        if view is None:
            return
        if view.hits:
            tape.hits.upsert(((self._deck.next_key(), hit) for hit in view.hits), mark=False)
        tape.head.show(content(*_words(view)))

    def move(self, by: int) -> str:
        """To the next hit (older), or the one before, wherever the focus is; it is shown in the inspector."""
        hits = self._deck.view.tape.hits
        if not self._deck.view.tape.searching:
            return "nothing was searched for: / in the messages, or :find 55=BTCUSDT 150=F"
        keys = hits.visible_keys()
        if not keys:
            return "nothing was found"
        here = keys.index(hits.cursor_key) if hits.cursor_key in keys else -1 if by > 0 else len(keys)
        if not 0 <= here + by < len(keys):
            return f"the {'last' if by > 0 else 'first'} hit of {len(keys):,}"
        key = keys[here + by]
        hits.move_cursor_to(key)
        self.looked_at(hits.row(key))
        return ""


def _words(view: SearchView) -> list[Piece]:
    hits = "hit" if view.count == 1 else "hits"
    pieces: list[Piece] = [
        (" find ", "bold $primary"), (view.text, "bold"), f"  {view.count:,} {hits}",
    ]  # fmt: skip
    if view.note:
        pieces.append((f"  {view.note}", "$warn"))
    elif view.done:
        pieces.append((f"  the whole tape, {latency(view.took)}", "$dim"))
    else:
        pieces.append((f"  {view.searched:.0%} of the tape", "$warn"))
    return [*pieces, ("   esc live tape   [ ] hits", "$dim")]
