"""What the screen, the command line and the control socket may ask of the desk: immutable, each with an id.

The answer to a command is an `Answer` in the change feed that carries the same id.
"""

from decimal import Decimal

import msgspec

from blotter.trading.enums import CancelRestrictions, ReplaceMode, Side
from blotter.trading.request import OrderListRequest, OrderRequest


class Command(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """`id` is chosen by the sender, unique among its own."""

    id: str


class Submit(Command, frozen=True, kw_only=True, tag=True):
    """Send a new order. Answered when it is on the socket or refused; acknowledgements come as order changes."""

    request: OrderRequest
    accept_warnings: bool = False  # whatever they are: for scripts, which said so beforehand
    accept_rules: tuple[
        str, ...
    ] = ()  # warnings of these rules were shown and confirmed; another one is asked about


class SubmitList(Command, frozen=True, kw_only=True, tag=True):
    """Send a new order list. Answered as `Submit` is; `order_ids` are the list's own id and its legs'."""

    request: OrderListRequest
    accept_warnings: bool = False
    accept_rules: tuple[str, ...] = ()


class CancelList(Command, frozen=True, kw_only=True, tag=True):
    """Cancel a whole list (own id)."""

    list_id: str


class Hold(Command, frozen=True, kw_only=True, tag=True):
    """Put terms aside on this machine, nothing is sent; or, by `order_id`, cancel a working order and put aside what
    is left of it once the venue says it is gone."""

    request: OrderRequest | None = None
    list_request: OrderListRequest | None = None
    order_id: str = ""


class Release(Command, frozen=True, kw_only=True, tag=True):
    """Submit held terms now, under every check a new order goes through."""

    held_id: str
    accept_warnings: bool = False
    accept_rules: tuple[str, ...] = ()


class Drop(Command, frozen=True, kw_only=True, tag=True):
    """Forget held terms."""

    held_id: str


class Resolve(Command, frozen=True, kw_only=True, tag=True):
    """A person's word that an order in doubt is done with. `note` says how they know; it must not be empty."""

    order_id: str
    note: str


class Arm(Command, frozen=True, kw_only=True, tag=True):
    """Orders may leave for `seconds` from now, where the risk settings ask for arming."""

    seconds: float


class Disarm(Command, frozen=True, kw_only=True, tag=True):
    """No longer armed, at once."""


class HandOver(Command, frozen=True, kw_only=True, tag=True):
    """Open the next session of this name under another comp id, switch to it, log the old one out."""

    session: str


class Refresh(Command, frozen=True, kw_only=True, tag=True):
    """Ask the venue again for balances, instruments and limits."""


class Acknowledge(Command, frozen=True, kw_only=True, tag=True):
    """A person has seen this difference (its id) between what two sources say."""

    difference_id: str


class Cancel(Command, frozen=True, kw_only=True, tag=True):
    """Cancel these orders (own ids). Never refused because entry is stopped, frozen or limits are reached."""

    order_ids: tuple[str, ...]
    restrictions: CancelRestrictions | None = None


class Amend(Command, frozen=True, kw_only=True, tag=True):
    """Change price and/or total quantity of a working order. The desk picks in-place or cancel-and-new."""

    order_id: str
    price: Decimal | None = None
    order_qty: Decimal | None = None  # new total, filled part included
    trigger_price: Decimal | None = None
    mode: ReplaceMode = ReplaceMode.STOP_ON_FAILURE  # for a cancel-and-new
    accept_warnings: bool = False
    accept_rules: tuple[str, ...] = ()


class CancelAll(Command, frozen=True, kw_only=True, tag=True):
    """Cancel every open order the desk knows, placed elsewhere too, or those of one symbol and/or side; one request
    each."""

    symbol: str | None = None
    side: Side | None = None


class MassCancelSymbol(Command, frozen=True, kw_only=True, tag=True):
    """The venue's own mass cancel: hits the whole account on that symbol, other sessions' orders too."""

    symbol: str


class Stop(Command, frozen=True, kw_only=True, tag=True):
    """Entry off at once. With `cancel`, cancel every open order too, by every means there is, and report on each
    until it is answered or known to be unknown. `cause`: what pulled it, when no person did."""

    cancel: bool = False
    cause: str = ""


class Resume(Command, frozen=True, kw_only=True, tag=True):
    """Entry on again after Stop."""


class TestLink(Command, frozen=True, kw_only=True, tag=True):
    """Send a TestRequest on this session, or on every live one."""

    session: str = ""


class Reconnect(Command, frozen=True, kw_only=True, tag=True):
    """Log out and dial again: this session, or every one."""

    session: str = ""


class LogOut(Command, frozen=True, kw_only=True, tag=True):
    """Log this session out and leave it down until `LogOn`. Its orders go on working at the venue."""

    session: str


class LogOn(Command, frozen=True, kw_only=True, tag=True):
    """Dial a session again that was logged out on purpose."""

    session: str


class SetNumbers(Command, frozen=True, kw_only=True, tag=True):
    """The next MsgSeqNum out and in of a session that is logged out on purpose. None: as it is."""

    session: str
    next_out: int | None = None
    next_in: int | None = None


class ResetNumbers(Command, frozen=True, kw_only=True, tag=True):
    """Start both numbers of a session at 1 (Logon with 141=Y): now when it is live, else with its next Logon."""

    session: str


class AskResend(Command, frozen=True, kw_only=True, tag=True):
    """Ask for messages that have come already once more. `end` 0: all from `begin` on."""

    session: str
    begin: int
    end: int = 0


class FillGap(Command, frozen=True, kw_only=True, tag=True):
    """Skip numbers of ours, up to and without `new_seq_no`."""

    session: str
    new_seq_no: int


class Reconcile(Command, frozen=True, kw_only=True, tag=True):
    """Ask the venue what is true, now. Answered with the result."""


class QueryLimits(Command, frozen=True, kw_only=True, tag=True):
    """Ask the venue for its limits."""


class Watch(Command, frozen=True, kw_only=True, tag=True):
    """Keep this symbol's book and trades in view. `depth`: levels a side the venue is asked for, to which the book is
    known at first; `levels`: how many of them a `BookView` shows. Again with other figures: those count."""

    symbol: str
    depth: int = 1_000
    levels: int = 100


class Unwatch(Command, frozen=True, kw_only=True, tag=True):
    """No more book and trades of this symbol."""

    symbol: str


class Acted(Command, frozen=True, kw_only=True, tag=True):
    """What a person did at the screen, for the tape alone: it changes nothing, and has no answer. `at`: UTC ns of the
    key that did it."""

    what: str  # "draft begun", "review shown", "sent": in words, as people read it later
    at: int = 0
    symbol: str = ""
    order_ids: tuple[str, ...] = ()
    text: str = ""  # the line as it stood, the question and its answer


AnyCommand = (
    Submit
    | SubmitList
    | CancelList
    | Hold
    | Release
    | Drop
    | Resolve
    | Arm
    | Disarm
    | HandOver
    | Refresh
    | Acknowledge
    | Cancel
    | Amend
    | CancelAll
    | MassCancelSymbol
    | Stop
    | Resume
    | TestLink
    | Reconnect
    | LogOut
    | LogOn
    | SetNumbers
    | ResetNumbers
    | AskResend
    | FillGap
    | Acted
    | Reconcile
    | QueryLimits
    | Watch
    | Unwatch
)
