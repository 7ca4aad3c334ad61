"""Finds out what is true after a loss: asks the venue, folds the answers, and says what stays unknown.

    logon ─▶ frozen ─▶ first look ─▶ thawed ──────▶ second look ─▶ (again while something lags) ─▶ one notice
                          │ something is unconfirmed     ▲
                          └────── still frozen ──────────┘  thawed at the end, or when time is up

Where the venue resends nothing, what happened while the session was away is learned by asking, REST (fact sheet
section 11) or the session itself; where it does resend, asking is the check. The rules, all of them against believing
too much:

- An ending is proof whenever it is heard. That an order still *lives*, or does *not exist*, is proof only when the
  question was asked `patience` seconds after the logon, for the source may lag the engine; and where a request is
  without an answer, only once the venue could no longer accept it (`accepted_for`).
- Live reports are folded all the while. A snapshot that is older than what they said is not folded.
- Orders that are merely unverified do not keep entry frozen beyond the first look: they stay marked until the second.
- Nothing is ever sent again. What no answer settles stays marked, and is named.
- Cancels are never frozen, and entry never for longer than was said.
"""

import asyncio
import contextlib
from collections.abc import Callable, Iterable

import anyio

from blotter.desk.change import Answer, Severity
from blotter.desk.clock import Clock
from blotter.desk.fix_source import FixSource
from blotter.desk.inquiry import Case, Inquiry, Owner, doubt
from blotter.desk.recorder import Recorder
from blotter.desk.source import Source, Unavailable
from blotter.trading.event import ExecutionReport, Reason
from blotter.trading.order import Order, OrderState
from blotter.venues.base import OrderStatus

SECOND = 1_000_000_000
ASK_AGAIN = 30.0
"""Seconds until a reconciliation that the venue did not allow is tried again, without freezing entry."""
QUICK = 2.0
"""Seconds entry may be frozen when no order is open: then only what others did could be news."""
NOBODY = "this venue has no REST address, and answers no questions about orders"
MISSED_SINCE = "missed_since"
"""Key on the tape: UTC ns from which on reports may be missing, over restarts too."""


class Reconciler:
    """One account's. `run` does the work; the rest is called by the desk, in its loop."""

    def __init__(
        self,
        source: Source | None,
        recorder: Recorder,
        clock: Clock,
        owner: Owner,
        answer: Callable[[Answer], None],
        symbols: tuple[str, ...] = (),
        heard_until: int | None = None,
    ) -> None:
        """`symbols`: where others of the account may trade. `heard_until`: UTC ns up to which the tape has heard
        everything; None for a new one."""
        self._source = source
        self._recorder = recorder
        self._clock = clock
        self._owner = owner
        self._answer = answer
        self._symbols = symbols
        stored = recorder.meta(MISSED_SINCE)
        self._since = int(stored) if stored else None  # from when on reports may be missing
        self._frozen_until = 0  # mono ns
        self._frozen_for = 0.0
        self._live = False
        self._stopped = False
        self._wanted = asyncio.Event()
        self._scope: anyio.CancelScope | None = None
        self._again_in: float | None = None
        self._asking: list[str] = []  # ids of commands to be answered
        self._told = ""
        if heard_until is not None:
            self._missed(heard_until)

    # --- what the desk says and asks -----------------------------------------------------------------------

    @property
    def frozen(self) -> str:
        """Why no new order may go; "" when one may. Bound to a time: nothing that fails here blocks the desk."""
        if self._clock().mono >= self._frozen_until:
            return ""
        return f"reconciling: finding out what is true at the venue (at most {self._frozen_for:g} s)"

    @property
    def weight(self) -> tuple[int, int] | None:
        """(used, limit) of REST's weight in this minute; None without REST."""
        return self._source.weight if self._source is not None else None

    def begin(self) -> None:
        """Order entry has logged on."""
        self._live = True
        self._told = ""
        if self._source is not None:
            self._start(self._source)
        elif left := _left(self._suspects()):
            text = f"not reconciled: {NOBODY}; look at {_listed(left)}"
            self._owner.notice(Severity.WARNING, text)

    def inquire(self, heard_until: int | None = None) -> None:
        """A request went without an answer although the session lives: ask about it, with entry open. `heard_until`
        (UTC ns): since then something from elsewhere may have gone unheard too."""
        if heard_until is not None:
            self._missed(heard_until)
        if self._source is not None and self._live:
            self._wanted.set()  # behind what is being asked now, if anything is

    def heard(self, status: OrderStatus, connection: int, msg_seq_num: int) -> None:
        """An answer over the session."""
        if isinstance(self._source, FixSource):
            self._source.heard(status, connection, msg_seq_num)

    def refused(self, msg_type: str | None, reason: Reason) -> bool:
        """The venue has refused a message of that type; False where it was no question of this."""
        return isinstance(self._source, FixSource) and self._source.refused(msg_type, reason)

    def reported(self, report: ExecutionReport, connection: int, msg_seq_num: int) -> None:
        """A report of the session, which the ledger has: it may be an answer too."""
        if isinstance(self._source, FixSource):
            self._source.reported(report, connection, msg_seq_num)

    def ask(self, command_id: str) -> None:
        """The command; what is found out becomes its answer."""
        if self._source is None or not self._live:
            why = NOBODY if self._source is None else "order entry is down"
            self._answer(Answer(id=command_id, ok=False, text=f"not reconciled: {why}"))
            return
        self._asking.append(command_id)
        self._start(self._source)

    def lost(self, heard_until: int) -> None:
        """The session is gone: what was being found out is out of date. The next logon starts it anew."""
        self._live = False
        self._missed(heard_until)
        self._interrupt()

    def _missed(self, heard_until: int) -> None:
        """Remembered at once, and until it is made up for: a run that ends before must not hide it from the next."""
        if self._since is None:
            self._since = heard_until
            self._recorder.set_meta(MISSED_SINCE, str(heard_until))

    def stop(self) -> None:
        """Let `run` return."""
        self._stopped = True
        self._interrupt()
        self._wanted.set()

    def _interrupt(self) -> None:
        self._again_in = None
        self._wanted.clear()
        self._thaw()
        if self._scope is not None:
            self._scope.cancel()

    def _start(self, source: Source) -> None:
        self._interrupt()
        timeout = source.times.timeout
        self._frozen_for = timeout if self._suspects() else min(QUICK, timeout)
        self._frozen_until = self._clock().mono + int(self._frozen_for * SECOND)
        self._wanted.set()

    def _thaw(self) -> None:
        if self._frozen_until:
            self._frozen_until = 0
            self._owner.entry_changed()

    def _suspects(self) -> list[Order]:
        known = self._recorder.fold.ledger.orders.values()
        # What only a person says is done with may still be there, and the venue's word outweighs theirs.
        return [order for order in known if order.open or order.pending or order.state is OrderState.RESOLVED]

    # --- life ----------------------------------------------------------------------------------------------

    async def run(self) -> None:
        """Reconcile whenever there is cause to, until `stop`."""
        source = self._source
        if source is None:
            return
        try:
            with contextlib.suppress(Unavailable):  # the first question will say so
                await source.prepare()  # while the session is still dialling
            while not self._stopped:
                with anyio.move_on_after(self._again_in):
                    await self._wanted.wait()
                self._wanted.clear()
                if self._live and not self._stopped:
                    await self._once(source)
        finally:
            for command_id in self._asking:
                self._answer(Answer(id=command_id, ok=False, text="not reconciled: Blotter is leaving"))
            with anyio.move_on_after(1.0, shield=True):
                await source.close()

    async def _once(self, source: Source) -> None:
        self._again_in = None
        case = Case(self._clock(), self._suspects(), self._symbols, self._since)
        inquiry = Inquiry(source, self._recorder, self._clock, self._owner, case, self._thaw)
        limit = source.times.timeout
        with anyio.CancelScope() as scope:
            self._scope = scope
            try:
                with anyio.move_on_after(limit) as in_time:
                    await inquiry.run()
                if in_time.cancelled_caught:
                    why = f": {source.trouble}" if source.trouble else ""
                    case.troubles.append(f"not all was answered within {limit:g} s{why}")
            except Exception as error:
                case.troubles.append(f"internal error: {error!r}; see the log")
                self._owner.unexpected("reconciling failed", error)
        self._scope = None
        if not scope.cancel_called:
            self._conclude(case)

    def _conclude(self, case: Case) -> None:
        was_frozen = self._frozen_until > 0
        orders = self._recorder.fold.ledger.orders
        left = _left(orders[own_id] for own_id in sorted(case.suspects)) | case.gone
        text = f"{'not ' if case.troubles else ''}reconciled: {_result(case, len(left))}"
        if case.troubles:
            more = len(case.troubles) - 1
            text += f"; {case.troubles[0]}" + (f" (and {more} more)" if more else "")
            text += "; entry is open again" if was_frozen else ""
            wait = (case.retry_at - self._clock().mono) / SECOND
            self._again_in = max(ASK_AGAIN, wait)
        else:
            self._since = None
            self._recorder.set_meta(MISSED_SINCE, "")
        if left:
            text += f"; look at {_listed(left)}"
        if case.unlisted:
            text += f"; orders from elsewhere are not told: {case.unlisted}"
        elif self._source is not None and not self._source.lists_open:
            text += "; orders from elsewhere cannot be asked for at this venue"
        if case.unscanned:
            text += f"; orders from elsewhere were not looked for in {case.unscanned} symbols"
        if case.strays:
            text += f"; has traded, but the venue has no such order: {', '.join(sorted(case.strays))}"
        if text != self._told:
            wrong = left or case.strays
            severity = Severity.ERROR if wrong else Severity.WARNING if case.troubles else Severity.INFO
            self._owner.notice(severity, text)
        self._told = text
        self._thaw()
        asking, self._asking = self._asking, []
        for command_id in asking:
            ok = not left and not case.troubles and not case.strays
            self._answer(Answer(id=command_id, ok=ok, text=text, order_ids=tuple(left)))


def _result(case: Case, unknown: int) -> str:
    parts = [f"{_count(len(case.confirmed), 'order')} confirmed"]
    if case.absent:
        parts.append(f"{_count(len(case.absent), 'order')} never reached the venue")
    if case.adopted:
        parts.append(f"{_count(len(case.adopted), 'order')} from elsewhere adopted")
    return ", ".join([*parts, f"{_count(case.recovered, 'fill')} recovered", f"{unknown} unknown"])


def _left(orders: Iterable[Order]) -> dict[str, str]:
    """Own ids of those in doubt, and what is not known of each."""
    return {order.id: why for order in orders if (why := doubt(order))}


def _listed(left: dict[str, str]) -> str:
    return ", ".join(f"{own_id} ({why})" for own_id, why in left.items())


def _count(number: int, what: str) -> str:
    return f"{number} {what}" + ("" if number == 1 else "s")
