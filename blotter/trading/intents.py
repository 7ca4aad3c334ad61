"""What a verb line asks for, in full: own ids and numbers, nothing left to look up. Pure values."""

from decimal import Decimal

import msgspec

from blotter.trading.enums import CancelRestrictions, ReplaceMode, Side
from blotter.trading.request import OrderListRequest, OrderRequest
from blotter.trading.words import Mistake, Word


class CancelOrders(msgspec.Struct, frozen=True):
    """Cancel these (own ids); with `restrictions`, only if they still are so."""

    order_ids: tuple[str, ...]
    restrictions: CancelRestrictions | None = None


class CancelAll(msgspec.Struct, frozen=True):
    """Cancel every open order, or every one of a symbol, of a side, or both."""

    symbol: str | None = None
    side: Side | None = None


class CancelLists(msgspec.Struct, frozen=True):
    """Cancel these order lists whole (own ids)."""

    list_ids: tuple[str, ...]


class MassCancel(msgspec.Struct, frozen=True):
    """The venue's own cancel of a symbol: orders of other sessions and people on the account, too."""

    symbol: str


class AmendOrder(msgspec.Struct, frozen=True, kw_only=True):
    """New price, trigger price and/or new total quantity (filled part included) of an open order. None: stays.

    `mode`: where it takes a cancel and a new order, what a refused cancel does to the new one.
    """

    order_id: str
    price: Decimal | None = None
    order_qty: Decimal | None = None
    trigger_price: Decimal | None = None
    mode: ReplaceMode = ReplaceMode.STOP_ON_FAILURE


class TickOrder(msgspec.Struct, frozen=True):
    """Move an order's prices by `ticks` (below 0: down), which comes to `amend`."""

    ticks: int
    amend: AmendOrder


class HoldOrder(msgspec.Struct, frozen=True):
    """Cancel a working order and keep what is left of it here."""

    order_id: str


class HoldTerms(msgspec.Struct, frozen=True, kw_only=True):
    """Keep these terms here; nothing is sent. One of the two is set."""

    request: OrderRequest | None = None
    list_request: OrderListRequest | None = None
    expansion: str = ""  # the terms in words


class ReleaseHeld(msgspec.Struct, frozen=True):
    """Submit held terms now."""

    held_id: str


class DropHeld(msgspec.Struct, frozen=True):
    """Forget held terms."""

    held_id: str


class CloneOrder(msgspec.Struct, frozen=True):
    """A new order like that one: the line to start from. Nothing is sent by it."""

    order_id: str
    line: str


class ResolveOrder(msgspec.Struct, frozen=True):
    """A person's word, and how they know, that an order in doubt is done with."""

    order_id: str
    note: str


class ArmEntry(msgspec.Struct, frozen=True):
    """Orders may leave for `seconds` from now."""

    seconds: float


class DisarmEntry(msgspec.Struct, frozen=True):
    """No longer."""


class StopEntry(msgspec.Struct, frozen=True):
    """Entry of new orders off; with `cancel`, everything open is cancelled too."""

    cancel: bool = False


class ResumeEntry(msgspec.Struct, frozen=True):
    """Entry on again."""


class HandOverSession(msgspec.Struct, frozen=True):
    """Move this session to a new connection: "OE", "DC" or "MD"."""

    session: str


class RefreshFacts(msgspec.Struct, frozen=True):
    """Ask the venue again for balances, instruments and limits."""


class ReconcileNow(msgspec.Struct, frozen=True):
    """Ask the venue what became of every order."""


CancelVerb = CancelOrders | CancelAll | CancelLists | MassCancel
Verb = (
    CancelVerb
    | AmendOrder
    | TickOrder
    | HoldOrder
    | HoldTerms
    | ReleaseHeld
    | DropHeld
    | CloneOrder
    | ResolveOrder
    | ArmEntry
    | DisarmEntry
    | StopEntry
    | ResumeEntry
    | HandOverSession
    | RefreshFacts
    | ReconcileNow
)


class Mistakes(msgspec.Struct, frozen=True, kw_only=True):
    """A line that is no verb, or not yet: what is wrong, or what should come next."""

    mistakes: tuple[Mistake, ...] = ()
    missing: str = ""


def wrong(word: Word, text: str) -> Mistakes:
    """One mistake at one word."""
    return Mistakes(mistakes=(word.wrong(text),))
