"""Every command about orders, in one place: which part of the desk carries it out, and what a stop turns off.

The parts share one outbox, so that ids, the tape and the lane are the same for all. A stop is on the tape: a desk that
starts again is stopped until a person resumes.
"""

from collections.abc import Callable, Mapping
from typing import Protocol

from blotter.desk.cancels import Cancels
from blotter.desk.change import Answer, Severity
from blotter.desk.command import (
    Amend,
    AnyCommand,
    Cancel,
    CancelAll,
    CancelList,
    Drop,
    Hold,
    MassCancelSymbol,
    Release,
    Resolve,
    Resume,
    Stop,
    Submit,
    SubmitList,
)
from blotter.desk.feed import Feed
from blotter.desk.gate import Gate
from blotter.desk.holding import Holding
from blotter.desk.orders import Orders
from blotter.desk.outbox import Outbox
from blotter.desk.rest_cancels import RestCancels
from blotter.desk.stopping import Stopping
from blotter.trading.event import EntryResumed, EntryStopped, OwnEvent
from blotter.trading.instrument import Instrument, Quote
from blotter.trading.ledger import Delta
from blotter.trading.order import Order

TAPED = (Submit, SubmitList)
"""Commands whose own fact says everything: they are on the tape as such only when they were refused."""


class Owner(Protocol):
    """Who is told."""

    def changed(self, delta: Delta) -> None: ...
    def notice(self, severity: Severity, text: str, order_id: str = "") -> None: ...
    def unexpected(self, what: str, error: Exception) -> None: ...


class OrderCommands:
    """One account's."""

    def __init__(
        self,
        outbox: Outbox,
        gate: Gate,
        instruments: Mapping[str, Instrument],
        quotes: Mapping[str, Quote],
        owner: Owner,
        feed: Feed,
        rest: RestCancels | None,
        frozen: Callable[[], str],
        *,
        lists: bool,
    ) -> None:
        """`frozen`: why new orders must wait; "" when they need not. `rest`: what cancels when order entry cannot.
        `lists`: the venue says what may be traded."""
        self.outbox = outbox
        self._owner = owner
        self._entry = Orders(outbox, gate, instruments, quotes, frozen, lists=lists)
        self._cancels = Cancels(outbox)
        self._holding = Holding(outbox, self._entry, self._cancels, self._record, owner.notice)
        self.stopping = Stopping(outbox, self._cancels, feed.stop, owner.notice, owner.unexpected, rest)

    def restore(self) -> None:
        """Take up what was left when Blotter ended: a stop, and orders that were to be held once they are gone."""
        stopped = self.outbox.fold.stopped
        if stopped is not None:
            self._entry.stopped = True
            self.stopping.restore(stopped)
        self._holding.look()

    # --- what others ask -----------------------------------------------------------------------------------

    @property
    def stopped(self) -> bool:
        return self._entry.stopped

    def entry_blocked(self) -> str:
        """Why a new order would be refused now; "" when it would not."""
        return self._entry.entry_blocked()

    def open_orders(self) -> list[Order]:
        """Every order that may still trade, unconfirmed ones included."""
        return self._cancels.open_orders()

    # --- commands ------------------------------------------------------------------------------------------

    def handle(self, command: AnyCommand) -> bool:
        """Carry it out; False when it is not about orders. Raises Refusal."""
        match command:
            case Submit():
                self._entry.submit(command)
            case SubmitList():
                self._entry.submit_list(command)
            case Amend():
                self._entry.amend(command)
            case Cancel():
                self._cancels.cancel(command)
            case CancelAll():
                self._cancels.cancel_all(command)
            case CancelList():
                self._cancels.cancel_list(command)
            case MassCancelSymbol():
                self._cancels.mass_cancel(command)
            case Hold():
                self._holding.hold(command)
            case Release():
                self._holding.release(command)
            case Drop():
                self._holding.drop(command)
            case Resolve():
                self._holding.resolve(command)
            case Stop():
                self._stop(command)
            case Resume():
                self._resume(command)
            case _:
                return False
        return True

    def _stop(self, command: Stop) -> None:
        cause = command.cause or "by hand"
        self.turn_off(cause)
        at, before = self.outbox.now.wall, self.outbox.fold.stopped
        cancel = command.cancel or (before is not None and before.cancel)
        order_ids = tuple(order.id for order in self.open_orders()) if cancel else ()
        self._record([EntryStopped(at=at, cause=cause, cancel=cancel, order_ids=order_ids)])
        if not command.cancel:
            self.stopping.note(at, cause)
            self._answer(command.id, "entry is stopped")
            return
        self.stopping.begin(at, cause, lambda sent, unsent: self._stopped(command.id, sent, unsent))

    def _stopped(self, command_id: str, sent: int, unsent: str) -> None:
        text = "entry is stopped"
        if sent or unsent:
            text += f"; cancel sent for {sent} order{'s' if sent != 1 else ''}"
        if unsent:
            text += f"; others not sent: {unsent}"
        self._answer(command_id, text, ok=not unsent)

    def turn_off(self, cause: str) -> None:
        """Entry off, and what has not left yet does not. Until a resume, or the end of this process."""
        self._entry.stopped = True
        self.outbox.link.revoke(f"entry was stopped before it left: {cause}")

    def cancel_everything(self, cause: str) -> None:
        """As a stop does, but not for longer than this process lives."""
        self.turn_off(cause)
        self.stopping.begin(self.outbox.now.wall, cause)

    def _resume(self, command: Resume) -> None:
        self._entry.stopped = False
        self.stopping.over()
        if self.outbox.fold.stopped is not None:
            self._record([EntryResumed(at=self.outbox.now.wall)])
        self._answer(command.id, "entry is on")

    def _answer(self, command_id: str, text: str, *, ok: bool = True) -> None:
        self.outbox.answer(Answer(id=command_id, ok=ok, text=text))

    def _record(self, events: list[OwnEvent]) -> None:
        for delta in self.outbox.recorder.record(events):
            self._owner.changed(delta)

    # --- what happens --------------------------------------------------------------------------------------

    def changed(self, delta: Delta) -> None:
        """The ledger has moved."""
        self.stopping.changed(delta.orders)
        for order in delta.orders:
            self._holding.changed(order)
