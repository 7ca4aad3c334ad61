"""What becomes of open orders and sessions when the screen goes: leaves by itself, hangs, or comes back.

A policy that says cancel is kept until nothing is open, over reconnects; a single refused attempt is not the end of it.
"""

import logging
from collections.abc import Callable, Sequence

from blotter.config import LeavePolicy
from blotter.desk.change import Severity
from blotter.desk.link import Link
from blotter.desk.order_commands import OrderCommands
from blotter.desk.screen_watch import ScreenState, ScreenWatch

log = logging.getLogger(__name__)

AGAIN = 1_000_000_000
"""ns between two attempts at what one did not get."""


class Departure:
    """`notice` tells a person."""

    def __init__(
        self,
        policy: LeavePolicy,
        hung_after: float,
        drained_at: Callable[[], int | None],
        orders: OrderCommands,
        links: Sequence[Link],
        notice: Callable[[Severity, str], None],
    ) -> None:
        self._policy = policy
        self._hung_after = hung_after
        self._orders = orders
        self._links = links
        self._notice = notice
        self._again_at = 0  # mono ns before which what is left is not cancelled once more
        self._cancelling = ""  # why everything is being cancelled
        self._screen = ScreenWatch(drained_at, hung_after, self._lost, self._back)

    def look(self, mono: int) -> None:
        """Called with every beat of the desk."""
        if self._cancelling:
            self._keep_cancelling(mono)
        self._screen.look(mono)

    def cancel_everything(self, reason: str) -> None:
        """Entry off, what has not left is stopped, and cancels go out until nothing is open."""
        self._cancelling = reason
        self._orders.cancel_everything(reason)

    def _keep_cancelling(self, mono: int) -> None:
        if not self._orders.open_orders():
            self._cancelling = ""
            if self._screen.state is ScreenState.LOST:
                self._suspend("every order is cancelled, the screen is lost")
        elif not self._orders.stopping.active and mono >= self._again_at:
            self._again_at = mono + AGAIN
            self._orders.cancel_everything(self._cancelling)

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
        self._cancelling = ""
        self._notice(Severity.WARNING, "the screen is back")
        for link in self._links:
            link.resume()
