"""A stop that cancels everything: what leaves at once, what is tried when that fails, and what became of each order.

    each open order:   cancel sent ──▶ answered (canceled, filled before it, ended, refused)
                          │ silent for PATIENCE, refused, or order entry down
                          ▼
                       again by its own cancel, where a mass cancel was to get it; and by REST, symbol by symbol
                          │ silent, or not to be had, until the time for an answer is up
                          ▼
                       unknown: it is told, and tried again from time to time

The mass cancel of a symbol carries many orders in one message; an order without an answer of its own gets its own
cancel as well, for it may be on its way behind that message. Everything leaves in one batch. A cancel adds no
exposure, so it may be sent again.

A stop is on until entry is resumed, also once every order has its answer and the view is done: a cancel may overtake
its order, and REST may say that nothing is there a moment too soon. What turns up alive is cancelled again. Orders
placed elsewhere are cancelled as long as anything is open or in doubt; what somebody places elsewhere after that is
theirs. Nothing here calls an order cancelled: only its reports do, and the view says no more than the ledger.
"""

from collections.abc import Callable, Iterable
from typing import NamedTuple

import anyio
import msgspec

from blotter.desk.cancels import Cancelling, Cancels
from blotter.desk.change import Severity, StopResult, StopView
from blotter.desk.outbox import Outbox, Refusal
from blotter.desk.rest_cancels import RestCancels
from blotter.desk.victim import LATER, LEAVING, Victim
from blotter.trading.event import EntryStopped
from blotter.trading.order import Order

SECOND = 1_000_000_000
FEW = 5
"""Orders of one symbol up to which each gets its own cancel: that touches nobody else's."""
PATIENCE = SECOND
"""ns without an answer after which the next means is tried."""
GRACE = SECOND // 4
"""ns that reports may come behind the answer to a mass cancel (their order is written nowhere, fact sheet 6.5)."""
START = 3 * SECOND
"""ns that order entry is given to log on, when a stop was under way as Blotter ended."""
REST_AGAIN = 2 * SECOND
"""ns between two attempts by REST, while something is waited for."""

_WAITING = frozenset({StopResult.SENT, StopResult.NOT_SENT})


class _Round(NamedTuple):
    """What one command let out, and who is told once it is written."""

    victims: tuple[Victim, ...]
    answered: Callable[[int, str], None]


class Stopping:
    """One account's. `publish` gets the view when it has changed; `rest` is None where there is none."""

    def __init__(
        self,
        outbox: Outbox,
        cancels: Cancels,
        publish: Callable[[StopView], None],
        notice: Callable[[Severity, str], None],
        unexpected: Callable[[str, Exception], None],
        rest: RestCancels | None,
    ) -> None:
        self._outbox = outbox
        self._cancels = cancels
        self._publish = publish
        self._notice = notice
        self._unexpected = unexpected
        self._rest = rest
        self._victims: dict[str, Victim] = {}
        self._started = 0  # mono ns
        self._rest_from = 0  # mono ns before which REST is not asked
        self._rest_at: int | None = None  # mono ns at which it answered last
        self._asking: set[str] = set()  # symbols about which REST is being asked
        self._wanted: set[str] = set()  # symbols about which it is to be asked
        self._wake = anyio.Event()
        self._ended = False
        self._on = False
        self._elsewhere_too = False  # orders placed elsewhere that turn up are cancelled as well
        self._rounds: list[_Round] = []  # that are on their way out
        self._moved = False  # a victim has changed since the view was made
        self._published: StopView | None = None
        self.view: StopView | None = None

    # --- what the desk says --------------------------------------------------------------------------------

    def begin(self, at: int, cause: str, answered: Callable[[int, str], None] | None = None) -> None:
        """Cancel everything. `at`: UTC ns; `answered` is told once how many orders' cancels were written, and why
        others were not."""
        now = self._outbox.now.mono
        self._started = self._rest_from = now
        self._rest_at = None
        self._victims = {}
        self._on = self._elsewhere_too = True
        self.view = StopView(at=at, cause=cause)
        self._cancel(self._cancels.open_orders())
        if answered is not None:
            self._rounds.append(_Round(tuple(self._victims.values()), answered))
        if not self._outbox.link.live:
            self._next_means()
        self._show()
        self._tell()

    def note(self, at: int, cause: str) -> None:
        """Entry was stopped and nothing is to be cancelled. A stop that cancels goes on."""
        if not self._on:
            self.view = StopView(at=at, cause=cause, done=True)
            self._show()

    def restore(self, stopped: EntryStopped) -> None:
        """A stop was on when Blotter ended: what it has not got yet is cancelled as soon as order entry is there."""
        orders = self._outbox.ledger.orders
        if not stopped.cancel:
            self.note(stopped.at, stopped.cause)
            return
        self._started = self._outbox.now.mono
        self._rest_from = self._started + START
        self._on = self._elsewhere_too = True
        self.view = StopView(at=stopped.at, cause=stopped.cause)
        for order_id in stopped.order_ids:
            if order_id in orders:
                self._victim(orders[order_id])
        for order in self._cancels.open_orders():
            self._victim(order).unsent = "Blotter was not running"
        self._show()

    def over(self) -> None:
        """Entry is on again: nothing more is cancelled. What was found out stays to be seen."""
        if self.view is not None and not self.view.done:
            for victim in self._victims.values():
                victim.unknown = True
            self._show()
        self._victims = {}
        self._wanted.clear()
        self._on = False

    @property
    def active(self) -> bool:
        """Something is still waited for."""
        return self.view is not None and not self.view.done

    def _victim(self, order: Order) -> Victim:
        found = self._victims.get(order.id)
        if found is None:
            found = self._victims[order.id] = Victim(order, self._outbox.now.mono)
            self._moved = True
        return found

    # --- sending -------------------------------------------------------------------------------------------

    def _cancel(self, orders: Iterable[Order]) -> None:
        """Everything there is against these orders, in one batch. Where that cannot be, it is noted and REST's turn."""
        orders = list(orders)
        if self._unsendable(orders):
            return
        with self._outbox.together():
            for symbol, there in _by_symbol(orders).items():
                sure = [order for order in there if not any(p.state.unanswered for p in order.placements)]
                own = there
                if len(sure) > FEW:
                    text = f"{symbol}: this stop's mass cancel hits every order of the account there, other desks' too"
                    self._notice(Severity.WARNING, text)
                    self._put(self._cancels.of_symbol(symbol), mass=True)
                    own = [order for order in there if order not in sure]
                for one in self._cancels.of_orders(own):
                    self._put(one)

    def _unsendable(self, orders: Iterable[Order]) -> bool:
        """Whether order entry is down; then these orders' outcomes say so."""
        down = self._outbox.down()
        for order in orders:
            victim = self._victim(order)
            if down:
                victim.unsent = down
        return bool(down)

    def _put(self, one: Cancelling, *, mass: bool = False) -> None:
        orders = self._outbox.ledger.orders
        victims = [self._victims[order_id] for order_id in one.order_ids if order_id in self._victims]
        for victim in victims:
            victim.asking(orders[victim.order_id], one.cl_ord_id, self._outbox.now.mono, mass=mass)
        self._moved = True

        def done(cause: str) -> None:
            now = self._outbox.now.mono
            for victim in victims:
                victim.unsent = cause
                if not cause:
                    victim.asked_at, victim.lane = now, self._outbox.link.lane
                    self._written(now)
            self._moved = True
            self._tell()

        try:
            self._outbox.put(one.request, one.fact, one.cl_ord_id, done, essential=True)
        except Refusal as refusal:
            done(str(refusal))

    def _written(self, now: int) -> None:
        if self.view is not None and not self.view.done:
            self.view = msgspec.structs.replace(self.view, written_in=now - self._started)

    def _tell(self) -> None:
        """Once nothing of a round is on its way out any more, say how it went."""
        for one in list(self._rounds):
            if any(victim.unsent == LEAVING for victim in one.victims):
                continue
            self._rounds.remove(one)
            self._show()
            unsent = [victim.unsent for victim in one.victims if victim.unsent]
            one.answered(len(one.victims) - len(unsent), unsent[0] if unsent else "")

    # --- looking -------------------------------------------------------------------------------------------

    def look(self) -> None:
        """Called with every beat of the desk: try the next means where one has failed, and show what has changed."""
        if self._on:
            self._next_means()
        if self.active or self._moved:
            self._show()

    def changed(self, orders: Iterable[Order]) -> None:
        """These have changed."""
        if self._victims and any(order.id in self._victims for order in orders):
            self._moved = True

    def _next_means(self) -> None:
        outbox, now = self._outbox, self._outbox.now.mono
        live = outbox.link.live
        again: list[Order] = []
        once_more: list[Order] = []
        symbols: set[str] = set()
        for order in self._cancels.open_orders():
            victim = self._victims.get(order.id)
            if victim is None:
                if self._elsewhere_too or not order.foreign:
                    again.append(order)
                continue
            victim.hear(order)
            if live and (self._failed(victim, now) or victim.turned_up(order)):
                again.append(order)
                continue
            if live and victim.due(now):
                once_more.append(order)
            waited = now - (victim.since if victim.asked_at is None else victim.asked_at)
            silent = victim.asked_at is not None and waited > PATIENCE
            if victim.refused or silent or not live:
                symbols.add(order.symbol)
            overdue = waited > outbox.ack_timeout and victim.unsent != LEAVING
            if overdue and not victim.unknown and order.symbol not in self._asking:
                victim.unknown = self._moved = True
        for order in again:
            self._victim(order).afresh()
        for order in once_more:
            self._victim(order).repeat()
        self._cancel_singly(again + once_more)
        if self._rest is not None and now >= self._rest_due():
            self._ask(symbols - self._asking)
        if not self.active and not outbox.ledger.unsettled() and not outbox.ledger.mass_cancels:
            self._elsewhere_too = False

    def _failed(self, victim: Victim, now: int) -> bool:
        """What was to get it has not left, went into a connection that is gone, or passed it by."""
        if victim.mass_cancel and not victim.requests and self._missed(victim, now):
            return True
        if victim.tried_at is not None and now - victim.tried_at < PATIENCE:
            return False
        if victim.asked_at is None:
            return victim.unsent != LEAVING
        return victim.lane is not self._outbox.link.lane

    def _rest_due(self) -> int:
        """mono ns from which REST may be asked: now and then only, once everything was told."""
        pause = REST_AGAIN if self.active else LATER
        return self._rest_from if self._rest_at is None else max(self._rest_from, self._rest_at + pause)

    def _cancel_singly(self, orders: list[Order]) -> None:
        if not orders or self._unsendable(orders):
            return
        with self._outbox.together():
            for one in self._cancels.of_orders(orders):
                self._put(one)

    def _missed(self, victim: Victim, now: int) -> bool:
        """A mass cancel was to get it, and has not: it was answered a moment ago, or goes unanswered."""
        if victim.asked_at is None:
            return False
        answered = victim.mass_cancel not in self._outbox.ledger.mass_cancels
        return now - victim.asked_at > (GRACE if answered else PATIENCE)

    # --- by REST -------------------------------------------------------------------------------------------

    def _ask(self, symbols: set[str]) -> None:
        if symbols - self._wanted:
            self._wanted |= symbols
            self._wake.set()

    async def run(self) -> None:
        """Ask REST when it is its turn, until `stop`."""
        rest = self._rest
        if rest is None:
            return
        async with anyio.create_task_group() as group:
            while not self._ended:
                await self._wake.wait()
                self._wake = anyio.Event()
                wanted, self._wanted = self._wanted, set()
                for symbol in wanted - self._asking:
                    self._asking.add(symbol)
                    group.start_soon(self._by_rest, rest, symbol)
            group.cancel_scope.cancel()

    def stop(self) -> None:
        """Let `run` return."""
        self._ended = True
        self._wake.set()

    async def _by_rest(self, rest: RestCancels, symbol: str) -> None:
        try:
            outcome = await rest.cancel_symbol(symbol)
        except Exception as error:
            self._unexpected("a cancel by REST failed", error)
            said, retry_at = f"internal error: {error!r}", 0
        else:
            said, retry_at = outcome.unknown or outcome.refused, outcome.retry_at
            if not said and not outcome.orders:
                said = "nothing is open there"
        finally:
            self._asking.discard(symbol)
        now, orders = self._outbox.now.mono, self._outbox.ledger.orders
        self._rest_at, self._rest_from, self._moved = now, max(self._rest_from, retry_at), True
        for victim in self._victims.values():
            order = orders[victim.order_id]
            if order.symbol == symbol and order.open:
                victim.rest = f"REST: {said}" if said else "REST did not name it"
        self.look()

    # --- telling -------------------------------------------------------------------------------------------

    def _show(self) -> None:
        """Publish the view when it has changed."""
        view = self.view
        if view is None or (view.outcomes and not self._victims):
            return
        self._moved = False
        orders, by_rest = self._outbox.ledger.orders, self._rest is not None
        outcomes = tuple(
            victim.outcome(orders[victim.order_id], by_rest=by_rest) for victim in self._victims.values()
        )
        done = not any(outcome.result in _WAITING for outcome in outcomes)
        self.view = msgspec.structs.replace(view, outcomes=outcomes, done=done)
        if done and not view.done:
            self._notice(*_concluded(self.view))
        if self.view != self._published:
            self._published = self.view
            self._publish(self.view)


def _by_symbol(orders: Iterable[Order]) -> dict[str, list[Order]]:
    found: dict[str, list[Order]] = {}
    for order in orders:
        found.setdefault(order.symbol, []).append(order)
    return found


def _concluded(view: StopView) -> tuple[Severity, str]:
    """The last word on a stop: how many orders came to what."""
    counts: dict[StopResult, int] = {}
    for outcome in view.outcomes:
        counts[outcome.result] = counts.get(outcome.result, 0) + 1
    left = counts.keys() & {StopResult.UNKNOWN, StopResult.REFUSED}
    words = ", ".join(f"{count} {result.value}" for result, count in counts.items()) or "nothing was open"
    return Severity.ERROR if left else Severity.INFO, f"stop ({view.cause}): {words}"
