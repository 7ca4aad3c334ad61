"""A stop that cancels everything: what leaves at once, what is tried when that fails, and what became of each order.

    each open order:   cancel sent ──▶ answered (canceled, filled before it, ended, refused)
                          │ silent for PATIENCE, refused, or order entry down
                          ▼
                       again by its own cancel, where a mass cancel was to get it; and by REST, symbol by symbol
                          │ silent until the time for an answer is up
                          ▼
                       unknown

The mass cancel of a symbol carries many orders in one message; an order without an answer of its own gets its own
cancel as well, for it may be on its way behind that message. Everything leaves in one batch. A cancel adds no
exposure, so it may be sent again. What opens while a stop is on is cancelled too. Nothing here calls an order
cancelled: only its reports do, and the view says no more than the ledger.
"""

from collections.abc import Callable, Iterable

import anyio
import msgspec

from blotter.desk.cancels import Cancelling, Cancels
from blotter.desk.change import Severity, StopOutcome, StopResult, StopView
from blotter.desk.lane import Lane
from blotter.desk.outbox import Outbox, Refusal
from blotter.desk.rest_cancels import RestCancels
from blotter.trading.decimals import plain
from blotter.trading.event import EntryStopped
from blotter.trading.order import Order, OrderState

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
"""ns between two attempts by REST."""

LEAVING = "on its way out"

_ANSWERED = {
    OrderState.FILLED: StopResult.FILLED,
    OrderState.CANCELED: StopResult.CANCELED,
    OrderState.EXPIRED: StopResult.ENDED,
    OrderState.REJECTED: StopResult.ENDED,
    OrderState.RESOLVED: StopResult.ENDED,
}
_WAITING = frozenset({StopResult.SENT, StopResult.NOT_SENT})


class _Victim:
    """How far the cancel of one order has come."""

    def __init__(self, order: Order) -> None:
        self.order_id = order.id
        self.filled = order.cum_qty
        self.lane: Lane | None = None  # in which the last request about it left
        self.asked_at: int | None = None  # mono ns at which it left
        self.tried_at: int | None = None  # mono ns at which it was to leave
        self.mass_cancel = ""  # ClOrdID of the mass cancel that is to get it
        self.requests: set[str] = set()  # ClOrdIDs of its own cancels
        self.refused = ""
        self.unsent = ""  # why nothing has left
        self.rest = ""  # what REST said against it
        self.unknown = False


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
        self._victims: dict[str, _Victim] = {}
        self._started = 0  # mono ns
        self._rest_from = 0  # mono ns before which REST is not asked
        self._asking: set[str] = set()  # symbols about which REST is being asked
        self._wanted: set[str] = set()  # symbols about which it is to be asked
        self._wake = anyio.Event()
        self._ended = False
        self._done: Callable[[int, str], None] | None = None
        self._moved = False  # a victim has changed since the view was made
        self._published: StopView | None = None
        self.view: StopView | None = None

    # --- what the desk says --------------------------------------------------------------------------------

    def begin(self, at: int, cause: str, answered: Callable[[int, str], None] | None = None) -> None:
        """Cancel everything. `at`: UTC ns; `answered` is told once how many orders' cancels were written, and why
        others were not."""
        now = self._outbox.now.mono
        self._started = self._rest_from = now
        self._victims = {}
        self._done = answered
        self.view = StopView(at=at, cause=cause)
        self._cancel(self._cancels.open_orders())
        if not self._outbox.link.live:
            self._next_means()
        self._show()
        self._tell()

    def note(self, at: int, cause: str) -> None:
        """Entry was stopped and nothing is to be cancelled."""
        if self.view is None or self.view.done:
            self._victims = {}
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
        self.view = StopView(at=stopped.at, cause=stopped.cause)
        for order_id in stopped.order_ids:
            if order_id in orders:
                self._victims[order_id] = _Victim(orders[order_id])
        for order in self._cancels.open_orders():
            self._victims.setdefault(order.id, _Victim(order)).unsent = "Blotter was not running"
        self._show()

    def over(self) -> None:
        """Entry is on again: nothing more is cancelled. What was found out stays to be seen."""
        if self.view is not None and not self.view.done:
            for victim in self._victims.values():
                victim.unknown = True
            self._show()
        self._victims = {}
        self._wanted.clear()

    @property
    def active(self) -> bool:
        """Something is still waited for."""
        return self.view is not None and not self.view.done

    # --- sending -------------------------------------------------------------------------------------------

    def _cancel(self, orders: Iterable[Order]) -> None:
        """Everything there is against these orders, in one batch. Where that cannot be, it is noted and REST's turn."""
        orders = list(orders)
        for order in orders:
            self._victims.setdefault(order.id, _Victim(order))
        if down := self._outbox.down():
            for order in orders:
                self._victims[order.id].unsent = down
            return
        with self._outbox.together():
            for symbol, there in _by_symbol(orders).items():
                sure = [order for order in there if not any(p.state.unanswered for p in order.placements)]
                own = there
                if len(sure) > FEW:
                    self._put(self._cancels.of_symbol(symbol), mass=True)
                    own = [order for order in there if order not in sure]
                for one in self._cancels.of_orders(own):
                    self._put(one)

    def _put(self, one: Cancelling, *, mass: bool = False) -> None:
        victims = [self._victims[order_id] for order_id in one.order_ids if order_id in self._victims]
        for victim in victims:
            if mass:
                victim.mass_cancel = one.cl_ord_id
            else:
                victim.requests.add(one.cl_ord_id)
            victim.unsent, victim.unknown, victim.tried_at = LEAVING, False, self._outbox.now.mono

        def done(cause: str) -> None:
            now = self._outbox.now.mono
            for victim in victims:
                victim.unsent = cause
                if not cause:
                    victim.asked_at, victim.lane = now, self._outbox.link.lane
                    self._written(now)
            self._tell()

        try:
            self._outbox.put(one.request, one.fact, one.cl_ord_id, done, essential=True)
        except Refusal as refusal:
            done(str(refusal))

    def _written(self, now: int) -> None:
        if self.view is not None and not self.view.done:
            self.view = msgspec.structs.replace(self.view, written_in=now - self._started)

    def _tell(self) -> None:
        """Once nothing is on its way out any more, say how the first round went."""
        victims = self._victims.values()
        if self._done is None or any(victim.unsent == LEAVING for victim in victims):
            return
        self._show()
        done, self._done = self._done, None
        unsent = [victim.unsent for victim in victims if victim.unsent]
        done(len(victims) - len(unsent), unsent[0] if unsent else "")

    # --- looking -------------------------------------------------------------------------------------------

    def look(self) -> None:
        """Called with every beat of the desk: try the next means where one has failed, and show what has changed."""
        if not self.active and not self._moved:
            return
        if self.active:
            self._next_means()
        self._show()

    def changed(self, orders: Iterable[Order]) -> None:
        """These have changed."""
        if self._victims and any(order.id in self._victims for order in orders):
            self._moved = True

    def _next_means(self) -> None:
        outbox, now = self._outbox, self._outbox.now.mono
        again: list[Order] = [o for o in self._cancels.open_orders() if o.id not in self._victims]
        symbols: set[str] = set()
        for victim in self._victims.values():
            order = outbox.ledger.orders[victim.order_id]
            if not order.open:
                continue
            victim.refused = victim.refused or self._refusal(victim, order)
            asked = victim.asked_at
            silent = 0 if asked is None else now - asked
            lost = asked is not None and victim.lane is not outbox.link.lane  # nobody will answer it any more
            missed = bool(victim.mass_cancel) and not victim.requests and self._missed(victim, now)
            unsent = asked is None and victim.unsent != LEAVING
            lately = victim.tried_at is not None and now - victim.tried_at < PATIENCE
            if outbox.link.live and (missed or ((lost or unsent) and not lately)):
                again.append(order)
            elif victim.refused or not outbox.link.live or silent > PATIENCE:
                symbols.add(order.symbol)
            if silent > outbox.ack_timeout and order.symbol not in self._asking:
                victim.unknown = True
        if again:
            for order in again:
                self._victims.setdefault(order.id, _Victim(order)).refused = ""
            self._cancel_singly(again)
        if self._rest is not None and now >= self._rest_from:
            self._ask(symbols - self._asking)

    def _cancel_singly(self, orders: list[Order]) -> None:
        if self._outbox.down():
            return
        with self._outbox.together():
            for one in self._cancels.of_orders(orders):
                self._put(one)

    def _missed(self, victim: _Victim, now: int) -> bool:
        """A mass cancel was to get it, and has not: it was answered a moment ago, or goes unanswered."""
        if victim.asked_at is None:
            return False
        answered = victim.mass_cancel not in self._outbox.ledger.mass_cancels
        return now - victim.asked_at > (GRACE if answered else PATIENCE)

    def _refusal(self, victim: _Victim, order: Order) -> str:
        """Why its own cancel was refused; "" while that is not so."""
        if not victim.requests or victim.unsent:
            return ""
        if any(request.cl_ord_id in victim.requests for request in order.pending):
            return ""
        return order.reason.text if order.reason is not None else "refused"

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
        self._rest_from = max(now + REST_AGAIN, retry_at)
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
        outcomes = tuple(self._outcome(victim) for victim in self._victims.values())
        done = not any(outcome.result in _WAITING for outcome in outcomes)
        self.view = msgspec.structs.replace(view, outcomes=outcomes, done=done)
        if done and not view.done:
            self._notice(*_concluded(self.view))
        if self.view != self._published:
            self._published = self.view
            self._publish(self.view)

    def _outcome(self, victim: _Victim) -> StopOutcome:
        order = self._outbox.ledger.orders[victim.order_id]
        result, text = self._result(victim, order)
        if (more := order.cum_qty - victim.filled) > 0 and result is not StopResult.FILLED:
            text = f"{plain(more)} filled meanwhile" + (f"; {text}" if text else "")
        return StopOutcome(
            order_id=order.id,
            symbol=order.symbol,
            side=order.side,
            leaves_qty=order.leaves_qty,
            result=result,
            text=text,
        )

    def _result(self, victim: _Victim, order: Order) -> tuple[StopResult, str]:
        answered = _ANSWERED.get(order.state)
        if answered is not None:
            why = order.reason.text if order.reason is not None and answered is StopResult.ENDED else ""
            return answered, why
        said = "; ".join(text for text in (victim.refused, victim.rest) if text)
        if victim.refused and (self._rest is None or victim.rest):
            return StopResult.REFUSED, said
        if victim.unknown:
            return StopResult.UNKNOWN, said or "no answer"
        if victim.asked_at is None:
            return StopResult.NOT_SENT, "; ".join(text for text in (victim.unsent, victim.rest) if text)
        return StopResult.SENT, said


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
