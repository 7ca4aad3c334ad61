"""One order that a stop is after: how far its cancel has come, and what is told of it.

It only keeps and words what was done and heard; what is done next is the stop's (`blotter.desk.stopping`). It must
never say more of the order than the ledger does.
"""

from blotter.desk.change import StopOutcome, StopResult
from blotter.desk.lane import Lane
from blotter.trading.decimals import plain
from blotter.trading.order import Order, OrderState, Placement

SECOND = 1_000_000_000
LATER = 15 * SECOND
"""ns until an order that was given up is tried once more; twice that the next time, and so on up to `RARELY`."""
RARELY = 240 * SECOND

LEAVING = "on its way out"

_ANSWERED = {
    OrderState.FILLED: StopResult.FILLED,
    OrderState.CANCELED: StopResult.CANCELED,
    OrderState.EXPIRED: StopResult.ENDED,
    OrderState.REJECTED: StopResult.ENDED,
    OrderState.RESOLVED: StopResult.ENDED,
}


class Victim:
    """See the module. Times are monotonic ns."""

    def __init__(self, order: Order, now: int) -> None:
        self.order_id = order.id
        self.filled = order.cum_qty
        self.since = now
        self.lane: Lane | None = None  # in which the last request about it left
        self.asked_at: int | None = None  # at which it left
        self.tried_at: int | None = None  # at which it was to leave
        self.asked_about: tuple[Placement, ...] = ()  # as the order was then
        self.mass_cancel = ""  # ClOrdID of the mass cancel that is to get it
        self.requests: set[str] = set()  # ClOrdIDs of its own cancels
        self.refused = ""
        self.unsent = ""  # why nothing has left
        self.rest = ""  # what REST said against it
        self.unknown = False
        self._repeats = 0

    def asking(self, order: Order, cl_ord_id: str, now: int, *, mass: bool) -> None:
        """A request is on its way out. One that says nothing new (`repeat`) leaves what is known as it is."""
        if mass:
            self.mass_cancel = cl_ord_id
        else:
            self.requests.add(cl_ord_id)
        self.unsent, self.tried_at, self.asked_about = LEAVING, now, order.placements

    def afresh(self) -> None:
        """What was heard before counts no longer: it is tried anew."""
        self.refused, self.rest, self.unknown, self._repeats = "", "", False, 0

    def repeat(self) -> None:
        """It is tried once more, without any cause for hope."""
        self._repeats += 1

    @property
    def given_up(self) -> bool:
        """Nothing more is expected to come of what was asked."""
        return bool(self.refused) or self.unknown

    def due(self, now: int) -> bool:
        """Whether it is time to try once more, after it was given up."""
        pause = min(RARELY, LATER << min(self._repeats, 8))
        return self.given_up and self.unsent != LEAVING and now - (self.tried_at or self.since) >= pause

    def turned_up(self, order: Order) -> bool:
        """It was given up, and has been heard of since, alive: a cancel may have overtaken its order."""
        if not self.given_up or self.unsent == LEAVING or self.asked_about == order.placements:
            return False
        return any(placement.state.live for placement in order.placements)

    def hear(self, order: Order) -> None:
        """Take note when its own cancel was refused."""
        if self.refused or not self.requests or self.unsent:
            return
        if not any(request.cl_ord_id in self.requests for request in order.pending):
            self.refused = order.reason.text if order.reason is not None else "refused"

    # --- telling -------------------------------------------------------------------------------------------

    def outcome(self, order: Order, *, by_rest: bool) -> StopOutcome:
        """What is told of it. `by_rest`: REST is asked too, where the session does not help."""
        result, text = self._result(order, by_rest)
        if (more := order.cum_qty - self.filled) > 0 and result is not StopResult.FILLED:
            text = f"{plain(more)} filled meanwhile" + (f"; {text}" if text else "")
        return StopOutcome(
            order_id=order.id,
            symbol=order.symbol,
            side=order.side,
            leaves_qty=order.leaves_qty,
            result=result,
            text=text,
        )

    def _result(self, order: Order, by_rest: bool) -> tuple[StopResult, str]:
        answered = _ANSWERED.get(order.state)
        if answered is not None:
            why = order.reason.text if order.reason is not None and answered is StopResult.ENDED else ""
            return answered, why
        said = "; ".join(text for text in (self.refused, self.rest) if text)
        if self.refused and (not by_rest or self.rest):
            return StopResult.REFUSED, said
        unsent = "; ".join(text for text in (self.unsent, self.rest) if text)
        if self.unknown:
            return StopResult.UNKNOWN, (said if self.asked_at is not None else unsent) or "no answer"
        if self.asked_at is None:
            return StopResult.NOT_SENT, unsent
        return StopResult.SENT, said
