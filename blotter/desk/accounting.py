"""What the trades come to: filters, balances and profits of one account, and whether they add up.

Ties what is asked of REST now and then (`Listing`, `AccountWatch`) to the fold and the market, and publishes it. The
instruments and quotes are the desk's own tables; nothing here sends an order or changes one.
"""

from collections.abc import Awaitable, Callable, Iterable
from decimal import Decimal
from pathlib import Path

import anyio
import msgspec

from blotter.desk.balances import SETTLE, AccountWatch
from blotter.desk.change import BalancesView, Difference, Severity
from blotter.desk.clock import Clock
from blotter.desk.feed import Feed
from blotter.desk.inquiry import doubt
from blotter.desk.listing import Listing
from blotter.desk.recorder import Recorder
from blotter.desk.rest import Rest
from blotter.trading.account import Balances
from blotter.trading.instrument import Amending, Instrument, Quote
from blotter.trading.valuation import Prices, Profit, flows, profit, unlisted

SECOND = 1_000_000_000
REST_CLOSED = "rest_closed"
"""Key on the tape: until when REST wants no questions (UTC ns), and why."""
AFTER_ERROR = 10.0
"""Seconds until what failed without a reason known here starts anew."""
MARK_AGE = 60 * SECOND
"""ns after which a quote is no mark any more."""


class Accounting:
    """One account's."""

    def __init__(
        self,
        rest: Rest | None,
        recorder: Recorder,
        clock: Clock,
        feed: Feed,
        notice: Callable[[Severity, str], None],
        unexpected: Callable[[str, Exception], None],
        instruments: dict[str, Instrument],
        quotes: dict[str, Quote],
        *,
        unit: str,
        source: str,
        directory: Path,
        stated: tuple[Instrument, ...] = (),
        amending: Amending | None = None,
    ) -> None:
        """`instruments`, `quotes`: the desk's tables; this one adds to the first and reads the second. `unit`: the
        asset in which worth is told. `source`: whose listing is kept in `directory`. `stated`: see `Listing`.
        `amending`: how the venue amends, for every instrument of it."""
        self._amending = amending
        self._ledger = recorder.fold.ledger
        self._clock = clock
        self._feed = feed
        self._notice = notice
        self._unexpected = unexpected
        self._instruments = instruments
        self._quotes = quotes
        self._listing = Listing(rest, directory / "listing.json", source, clock, self, stated)
        self._watch = AccountWatch(rest, recorder, clock, self, unit)
        self._running: anyio.CancelScope | None = None
        self._stopped = False
        self._profits: dict[str, Profit] = {}
        self._differences: dict[str, Difference] = {}
        self._listing.restore()
        if rest is not None:
            self._obey(rest, recorder)

    def _obey(self, rest: Rest, recorder: Recorder) -> None:
        """Stay away as long as an earlier run was told to, and remember what this one is told."""
        stored = recorder.meta(REST_CLOSED)
        if stored:
            until, _, why = stored.partition(" ")
            left = (int(until) - self._clock().wall) / SECOND
            if left > 0:
                rest.stay_away(left, why)
        rest.told_to_wait = lambda until, why: recorder.set_meta(REST_CLOSED, f"{until} {why}")

    async def run(self) -> None:
        """Ask whenever it is due, until `stop`."""
        if self._stopped:
            return
        with anyio.CancelScope() as self._running:
            async with anyio.create_task_group() as group:
                group.start_soon(self._guarded, self._listing.run)
                group.start_soon(self._guarded, self._watch.run)

    def stop(self) -> None:
        """Let `run` return; what is being asked is not waited for."""
        self._stopped = True
        if self._running is not None:
            self._running.cancel()

    async def _guarded(self, task: Callable[[], Awaitable[None]]) -> None:
        """An error nobody foresaw must not take the desk down with it: it is shown, and the task starts anew."""
        while True:
            try:
                await task()
                return
            except Exception as error:
                self._unexpected("balances or listing failed", error)
                await anyio.sleep(AFTER_ERROR)

    # --- what the desk says --------------------------------------------------------------------------------

    def begin(self) -> None:
        """Order entry has logged on. The balances wait for what reconciling asks first."""
        self._listing.want()
        self._watch.want(SETTLE)

    def refresh(self) -> None:
        """A person wants it now."""
        self._listing.want(now=True)
        self._watch.want()

    def filled(self) -> None:
        """Something was."""
        self._watch.moved()

    def acknowledge(self, difference_id: str) -> bool:
        """A person has seen a difference: the venue's figure counts from now on. False: it is none of ours."""
        difference = self._differences.pop(difference_id, None)
        if difference is None:
            return False
        self._watch.accept(difference_id.removeprefix("balance "))
        self._feed.difference(difference_id, None)
        return True

    def beat(self) -> None:
        """Publish what has changed of profits: each reading, not each quote, for it costs a pass over all positions."""
        prices = self.prices()
        news = {}
        for symbol, position in self._ledger.positions.items():
            new = profit(position, self._instruments.get(symbol), self._quotes.get(symbol), prices)
            if new != self._profits.get(symbol):
                news[symbol] = new
        if news:
            self._profits.update(news)
            self._feed.profits(news)

    # --- what others may ask -------------------------------------------------------------------------------

    @property
    def balances(self) -> Balances | None:
        """The venue's last word; None before the first."""
        return self._watch.balances

    @property
    def listing_at(self) -> int | None:
        """UTC ns of the filters; None while only FIX has told of them."""
        return self._listing.at

    @property
    def profits(self) -> dict[str, Profit]:
        """By symbol, as last published."""
        return self._profits

    # --- what listing and balances tell --------------------------------------------------------------------

    def listed(self, instruments: Iterable[Instrument]) -> None:
        """Merge what was said into what is known, whoever said it."""
        merged = []
        for news in instruments:
            known = self._instruments.get(news.symbol)
            one = known.updated(news) if known is not None else news
            merged.append(
                one if self._amending is None else msgspec.structs.replace(one, amending=self._amending)
            )
        self._instruments.update((instrument.symbol, instrument) for instrument in merged)
        self._feed.instruments(merged)

    def notice(self, severity: Severity, text: str, order_id: str = "") -> None:
        self._notice(severity, text)

    def balances_changed(self, view: BalancesView) -> None:
        self._feed.balances(view)

    def differs(self, difference: Difference) -> None:
        self._differences[difference.id] = difference
        self._feed.difference(difference.id, difference)
        self._notice(
            Severity.ERROR, f"{difference.what}: {difference.ours}; {difference.source}: {difference.theirs}"
        )

    def flows(self) -> dict[str, Decimal] | None:
        ledger = self._ledger
        if any(doubt(order) for order in ledger.unsettled()):
            return None
        if unlisted(ledger.positions.values(), self._instruments):
            return None
        return flows(ledger.positions.values(), self._instruments)

    def prices(self) -> Prices:
        return Prices(self._instruments, self._quotes, self._clock().wall, MARK_AGE)
