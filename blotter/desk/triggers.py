"""What pulls Stop by itself: a position or a loss beyond its limit, an order in doubt for too long, a lost drop copy, a
silent book.

Each pulls once, with its cause in words: rule, value, limit. Only Resume lets one pull again, and what a person resumed
in spite of counts as seen: it pulls anew when it has been over in between, or when a position or loss has grown by the
whole limit again. Otherwise nobody could trade out of what has stopped the desk. Without its prices a limit on worth
cannot be judged; that is said, and never passes for being within it.
"""

from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import NamedTuple

from blotter.desk.change import Severity
from blotter.desk.gate import Gate, Market
from blotter.fix.session import Instant
from blotter.trading.event import ZERO
from blotter.trading.order import OrderState
from blotter.trading.risk_levels import StopLevels
from blotter.trading.risk_words import figure, seconds, short


class Alarm(NamedTuple):
    """A limit that is exceeded now. `grows`: worse than that there is worse still (no mere duration)."""

    key: str
    value: Decimal
    limit: Decimal
    text: str
    grows: bool = False


class Triggers:
    """One account's. Called with every beat of the desk, in its loop."""

    def __init__(
        self,
        levels: StopLevels,
        gate: Gate,
        market: Market,
        drop_copy: Callable[[], bool] | None,
        pull: Callable[[str], None],
        notice: Callable[[Severity, str], None],
    ) -> None:
        """`drop_copy`: whether that session is up; None without one. `pull` gets the cause."""
        self._levels = levels
        self._gate = gate
        self._market = market
        self._drop_copy = drop_copy
        self._pull = pull
        self._notice = notice
        self._pulled = False
        self._seen: dict[str, Decimal] = {}  # what was exceeded when a person resumed, and how far
        self._unconfirmed: dict[str, int] = {}  # order id -> mono ns since when
        self._silent: dict[str, int] = {}  # symbol -> UTC ns since when nothing was heard of its book
        self._lost_at: int | None = None  # mono ns since when drop copy is away
        self._doubts: frozenset[str] = frozenset()
        if levels.drop_copy is not None and drop_copy is None:
            notice(Severity.WARNING, "risk.stop.drop_copy is set, but there is no drop copy session to lose")

    def look(self, now: Instant) -> None:
        """Judge, and pull when something is exceeded that was not seen before."""
        doubts: set[str] = set()
        alarms = {alarm.key: alarm for alarm in self._alarms(now, doubts)}
        for doubt in sorted(doubts - self._doubts):
            self._notice(Severity.WARNING, doubt)
        self._doubts = frozenset(doubts)
        self._seen = {key: value for key, value in self._seen.items() if key in alarms}
        if self._pulled:
            return
        news = [alarm for alarm in alarms.values() if self._is_new(alarm)]
        if news:
            self._pulled = True
            self._pull("; ".join(alarm.text for alarm in news))

    def _is_new(self, alarm: Alarm) -> bool:
        seen = self._seen.get(alarm.key)
        return seen is None or (alarm.grows and alarm.value > seen + alarm.limit)

    def stopped(self) -> None:
        """Everything is stopped and cancelled already, whoever asked for it, and since before a restart too."""
        self._pulled = True

    def resumed(self, now: Instant) -> None:
        """A person turned entry on again, knowing how things stand."""
        self._pulled = False
        self._seen = {alarm.key: alarm.value for alarm in self._alarms(now, set())}

    # --- what is exceeded ----------------------------------------------------------------------------------

    def _alarms(self, now: Instant, doubts: set[str]) -> Iterator[Alarm]:
        """`doubts` gets what cannot be judged, in words."""
        yield from self._positions()
        yield from self._worth(doubts)
        yield from self._in_doubt(now)
        yield from self._away(now)
        yield from self._books(now)

    def _positions(self) -> Iterator[Alarm]:
        positions = self._market.ledger().positions
        for symbol, limit in self._levels.positions.items():
            position = positions.get(symbol)
            if position is not None and abs(position.net_qty) > limit:
                text = f"position limit: {symbol} {figure(position.net_qty)}, limit {figure(limit)}"
                yield Alarm(f"position {symbol}", abs(position.net_qty), limit, text, grows=True)

    def _worth(self, doubts: set[str]) -> Iterator[Alarm]:
        limits, unit = self._levels, self._gate.limits.unit
        if limits.loss is not None:
            loss = self._gate.loss()
            for asset in self._gate.unpriced_fees():
                doubts.add(f"the loss limit does not count fees in {asset}: it has no price in {unit}")
            if loss is None:
                doubts.add(f"the loss limit cannot be judged: a position has no price in {unit}")
            elif loss > limits.loss:
                text = f"loss limit: {figure(loss)} {unit} lost, limit {figure(limits.loss)} {unit}"
                yield Alarm("loss", loss, limits.loss, text, grows=True)
        if limits.gross is not None:
            gross, unpriced = self._gross()
            for symbol in unpriced:
                doubts.add(f"the gross limit does not count {symbol}: it has no price in {unit}")
            if gross > limits.gross:
                text = f"gross limit: {figure(gross)} {unit}, limit {figure(limits.gross)} {unit}"
                yield Alarm("gross", gross, limits.gross, text, grows=True)

    def _gross(self) -> tuple[Decimal, list[str]]:
        prices, total, unpriced = self._market.prices(), ZERO, []
        for symbol, position in self._market.ledger().positions.items():
            if not position.net_qty:
                continue
            instrument = self._market.instruments.get(symbol)
            worth = None
            if instrument is not None:
                worth = prices.worth(abs(position.net_qty), instrument.base, self._gate.limits.unit)
            if worth is None:
                unpriced.append(symbol)
            else:
                total += worth
        return total, unpriced

    def _in_doubt(self, now: Instant) -> Iterator[Alarm]:
        limit = self._levels.unconfirmed
        if limit is None:
            return
        since = {}
        for order in self._market.ledger().unsettled():
            if order.state is OrderState.UNCONFIRMED:
                # From now on the UTC clock may be set.
                known = now.mono - max(0, now.wall - order.updated_at)
                since[order.id] = self._unconfirmed.get(order.id, known)
        self._unconfirmed = since
        for order_id, at in since.items():
            age = seconds(now.mono - at)
            if age > limit:
                text = f"{order_id} is unconfirmed for {short(age)} s, limit {figure(limit)} s"
                yield Alarm(f"unconfirmed {order_id}", age, limit, text)

    def _away(self, now: Instant) -> Iterator[Alarm]:
        limit = self._levels.drop_copy
        if limit is None or self._drop_copy is None:
            return
        if self._drop_copy():
            self._lost_at = None
            return
        if self._lost_at is None:
            self._lost_at = now.mono
        age = seconds(now.mono - self._lost_at)
        if age > limit:
            text = f"drop copy is lost for {short(age)} s, limit {figure(limit)} s"
            yield Alarm("drop copy", age, limit, text)

    def _books(self, now: Instant) -> Iterator[Alarm]:
        limit = self._levels.book_age
        if limit is None:
            return
        ledger = self._market.ledger()
        symbols = {order.symbol for order in ledger.unsettled() if order.open}
        symbols |= {symbol for symbol, position in ledger.positions.items() if position.net_qty}
        silent = {}
        for symbol in sorted(symbols):
            quote = self._market.quotes.get(symbol)
            since = self._silent.get(symbol, now.wall)
            if quote is not None and not quote.doubt:
                since = max(quote.at, self._market.heard())
            silent[symbol] = since
            age = seconds(max(0, now.wall - since))
            if age > limit:
                text = f"the book of {symbol} is silent for {short(age)} s, limit {figure(limit)} s"
                yield Alarm(f"book {symbol}", age, limit, text)
        self._silent = silent
