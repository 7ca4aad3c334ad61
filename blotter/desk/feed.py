"""The change feed: what moved since the screen last looked, newest version of each thing only.

The desk puts, the screen drains; neither ever waits for the other beyond a dictionary update. It is bounded: orders and
positions by how many exist, messages and notices by a cap that says how many were left out.
"""

import logging
import threading
from collections import deque
from collections.abc import Callable, Iterable, Mapping

import msgspec

from blotter.desk.change import (
    ActSeen,
    Answer,
    BalancesView,
    DeskView,
    Difference,
    Frame,
    LinkView,
    MessageSeen,
    Notice,
    StopView,
)
from blotter.trading.instrument import Instrument, Quote
from blotter.trading.ledger import Delta
from blotter.trading.valuation import Profit

log = logging.getLogger(__name__)


class RawMessage(msgspec.Struct, frozen=True, gc=False):
    """A taped message as it went by; `raw` may hold secrets until it has been summarised."""

    session: str
    outbound: bool
    seq: int
    raw: bytes
    at: int
    row: int = 0  # of the tape; 0: not known

    def __repr__(self) -> str:
        return f"RawMessage({self.session}, seq={self.seq}, {len(self.raw)} bytes)"


MESSAGES = 5_000
NOTICES = 1_000
ACTS = 1_000


class Feed:
    """Thread-safe. `mono`: the desk's monotonic clock in ns, to know when the screen last looked. `summarise` turns a
    message into its line, with secrets masked; it runs in the thread that drains."""

    def __init__(
        self, mono: Callable[[], int], summarise: Callable[[RawMessage], MessageSeen | None]
    ) -> None:
        self._mono = mono
        self._summarise = summarise
        self._lock = threading.Lock()
        self._frame = Frame()
        self._messages: deque[RawMessage] = deque(maxlen=MESSAGES)
        self._dropped = 0
        self._notices: deque[Notice] = deque(maxlen=NOTICES)
        self._market: Callable[[Frame], None] = lambda frame: None
        self.drained_at: int | None = None

    def market(self, fill: Callable[[Frame], None]) -> None:
        """`fill` puts what is new of books and trades into a frame that is being drained: their newest state, made only
        when someone looks. It runs in the thread that drains."""
        self._market = fill

    def drain(self) -> Frame:
        """Take everything that changed. Called by the screen."""
        with self._lock:
            frame, self._frame = self._frame, Frame()
            messages = list(self._messages)
            frame.messages_dropped, self._dropped = self._dropped, 0
            frame.notices = list(self._notices)
            self._messages.clear()
            self._notices.clear()
            self.drained_at = self._mono()
        try:
            self._market(frame)
        except Exception:
            log.exception("books and trades could not be shown")
        frame.messages = [line for line in map(self._line, messages) if line is not None]
        return frame

    def _line(self, message: RawMessage) -> MessageSeen | None:
        """One message that cannot be shown must not take the fills of its frame with it."""
        try:
            return self._summarise(message)
        except Exception:
            log.exception("%r could not be summarised", message)
            return None

    def delta(self, delta: Delta) -> None:
        with self._lock:
            for order in delta.orders:
                self._frame.orders[order.id] = order
            self._frame.fills.extend(delta.fills)
            if delta.position is not None:
                self._frame.positions[delta.position.symbol] = delta.position
            for one in delta.lists:
                self._frame.lists[one.id] = one
            self._frame.held.update(delta.held)

    def stop(self, view: StopView) -> None:
        with self._lock:
            self._frame.stop = view

    def message(self, message: RawMessage) -> None:
        with self._lock:
            if len(self._messages) == MESSAGES:
                self._dropped += 1
            self._messages.append(message)

    def notice(self, notice: Notice) -> None:
        with self._lock:
            self._notices.append(notice)

    def act(self, act: ActSeen) -> None:
        with self._lock:
            del self._frame.acts[: 1 - ACTS]
            self._frame.acts.append(act)

    def answer(self, answer: Answer) -> None:
        with self._lock:
            self._frame.answers.append(answer)

    def balances(self, view: BalancesView) -> None:
        with self._lock:
            self._frame.balances = view

    def profits(self, profits: Mapping[str, Profit]) -> None:
        with self._lock:
            self._frame.profits.update(profits)

    def difference(self, difference_id: str, difference: Difference | None) -> None:
        """None: it has been seen."""
        with self._lock:
            self._frame.differences[difference_id] = difference

    def desk(self, view: DeskView) -> None:
        with self._lock:
            self._frame.desk = view

    def link(self, view: LinkView) -> None:
        with self._lock:
            self._frame.links[view.name] = view

    def quotes(self, quotes: Iterable[Quote]) -> None:
        with self._lock:
            for quote in quotes:
                self._frame.quotes[quote.symbol] = quote

    def instruments(self, instruments: Iterable[Instrument]) -> None:
        with self._lock:
            for instrument in instruments:
                self._frame.instruments[instrument.symbol] = instrument
