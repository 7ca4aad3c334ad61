"""What becomes of open orders and sessions when the screen goes: leaves by itself, hangs, or comes back.

A policy that says cancel is kept until nothing is open, over reconnects; a single refused attempt is not the end of it.
"""

import logging
from collections.abc import Callable, Sequence

from blotter.config import LeavePolicy
from blotter.desk.change import Severity
from blotter.desk.link import Link
from blotter.desk.orders import Orders
from blotter.desk.screen_watch import ScreenState, ScreenWatch

log = logging.getLogger(__name__)


class Departure:
    """`cancel_all` asks for the cancel of everything open; `notice` tells a person."""

    def __init__(
        self,
        policy: LeavePolicy,
        hung_after: float,
        drained_at: Callable[[], int | None],
        orders: Orders,
        links: Sequence[Link],
        cancel_all: Callable[[], None],
        notice: Callable[[Severity, str], None],
    ) -> None:
        self._policy = policy
        self._hung_after = hung_after
        self._orders = orders
        self._links = links
        self._cancel_all = cancel_all
        self._notice = notice
        self._cancelling = False
        self._screen = ScreenWatch(drained_at, hung_after, self._lost, self._back)

    def look(self, mono: int) -> None:
        """Called with every beat of the desk."""
        if self._cancelling:
            self._keep_cancelling()
        self._screen.look(mono)

    def cancel_everything(self, reason: str) -> None:
        """Entry off, what has not left is stopped, and cancels go out until nothing is open."""
        self._orders.stopped = self._cancelling = True
        for link in self._links:
            link.revoke(reason)

    def _keep_cancelling(self) -> None:
        if not self._orders.open_orders():
            self._cancelling = False
            if self._screen.state is ScreenState.LOST:
                self._suspend("every order is cancelled, the screen is lost")
        elif self._orders.can_cancel and not self._orders.cancels_waiting():
            self._cancel_all()

    def _lost(self) -> None:
        policy = self._policy
        text = f"the screen has not looked for {self._hung_after:g} s, policy is {policy.value}"
        self._notice(Severity.ERROR, text)
        log.warning("%s", text)
        if policy is LeavePolicy.CANCEL:
            self.cancel_everything(text)
        elif policy is LeavePolicy.LEAVE:
            self._suspend(text)

    def _suspend(self, reason: str) -> None:
        for link in self._links:
            link.suspend(reason)

    def _back(self) -> None:
        self._cancelling = False
        self._notice(Severity.WARNING, "the screen is back")
        for link in self._links:
            link.resume()
