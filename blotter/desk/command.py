"""What the screen, the command line and the control socket may ask of the desk: immutable, each with an id.

The answer to a command is an `Answer` in the change feed that carries the same id.
"""

from decimal import Decimal

import msgspec

from blotter.trading.request import OrderRequest


class Command(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """`id` is chosen by the sender, unique among its own."""

    id: str


class Submit(Command, frozen=True, kw_only=True, tag=True):
    """Send a new order. Answered when it is on the socket or refused; acknowledgements come as order changes."""

    request: OrderRequest
    accept_warnings: bool = False


class Cancel(Command, frozen=True, kw_only=True, tag=True):
    """Cancel these orders (own ids). Never refused because entry is stopped, frozen or limits are reached."""

    order_ids: tuple[str, ...]


class Amend(Command, frozen=True, kw_only=True, tag=True):
    """Change price and/or total quantity of a working order. The desk picks in-place or cancel-and-new."""

    order_id: str
    price: Decimal | None = None
    order_qty: Decimal | None = None  # new total, filled part included


class CancelAll(Command, frozen=True, kw_only=True, tag=True):
    """Cancel every open order the desk knows, placed elsewhere too, or those of one symbol; one request each."""

    symbol: str | None = None


class MassCancelSymbol(Command, frozen=True, kw_only=True, tag=True):
    """The venue's own mass cancel: hits the whole account on that symbol, other sessions' orders too."""

    symbol: str


class Stop(Command, frozen=True, kw_only=True, tag=True):
    """Entry off at once. With `cancel`, cancel every open order too."""

    cancel: bool = False


class Resume(Command, frozen=True, kw_only=True, tag=True):
    """Entry on again after Stop."""


class TestLink(Command, frozen=True, kw_only=True, tag=True):
    """Send a TestRequest on every live session."""


class Reconnect(Command, frozen=True, kw_only=True, tag=True):
    """Log out and dial again."""


class Reconcile(Command, frozen=True, kw_only=True, tag=True):
    """Ask the venue what is true, now. Answered with the result."""


class QueryLimits(Command, frozen=True, kw_only=True, tag=True):
    """Ask the venue for its limits."""


AnyCommand = (
    Submit
    | Cancel
    | Amend
    | CancelAll
    | MassCancelSymbol
    | Stop
    | Resume
    | TestLink
    | Reconnect
    | Reconcile
    | QueryLimits
)
