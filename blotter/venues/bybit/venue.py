"""Bybit spot as a `Venue`: where it is, how to log on, its limits; requests out, events in.

Never talks to anything. Built from documentation, not certified (other-venues sheet 2): the mainnet address was
announced, and whether it is open is not confirmed.
"""

import re
from typing import Final

from blotter.fix.codec import Message
from blotter.fix.session import Draft, Fields, LogonHeader, Numbering, SessionConfig
from blotter.trading.event import Reason
from blotter.venues.base import (
    DEFAULT_SETTINGS,
    ConnectionLimits,
    Credentials,
    Decoded,
    Endpoint,
    Environment,
    Feature,
    Need,
    Secrets,
    SessionKind,
    VenueRequest,
    VenueSettings,
)
from blotter.venues.bybit import logon, orders, reports
from blotter.venues.bybit.tags import AMEND_REQUEST, REQ_ID
from blotter.venues.standard.venue import StandardVenue

_COMP_ID_PREFIX: Final = re.compile(r"[a-zA-Z0-9-_]{1,4}")
_REQUESTS: Final = frozenset({"D", "F", AMEND_REQUEST})


class BybitSpot(StandardVenue):
    """The dialect. Keeps nothing between messages."""

    name = "bybit"
    title = "Bybit"
    standard = orders.TABLES
    target_comp_id = logon.TARGET_COMP_ID
    endpoints = {  # noqa: RUF012 - annotated in the base
        Environment.LIVE: Endpoint("fix-oe.bybit.com", 9000),
        Environment.TESTNET: Endpoint("fix-oe-testnet.bybit.com", 9000),
    }
    needs = frozenset({Need.API_KEY, Need.PRIVATE_KEY})
    numbering = Numbering.PER_CONNECTION
    features = frozenset(
        {Feature.POST_ONLY, Feature.CASH_ORDER_QTY, Feature.SELF_TRADE_PREVENTION, Feature.CHANGE}
    )
    limits = ConnectionLimits(15, 30.0, 20, 1.0)
    """Twenty orders a second in the samples; dials: restraint of ours, thirty a second are allowed."""

    def __init__(self, settings: VenueSettings = DEFAULT_SETTINGS) -> None:
        """Raises `ValueError` where something is set that the venue does not document."""
        if settings.cancel_on_disconnect is not None:
            raise ValueError(
                "cancel_on_disconnect: Bybit documents none for FIX, so it can be neither turned on nor off"
            )
        super().__init__(settings)

    def credentials(self, secrets: Secrets) -> Credentials:
        return logon.credentials(secrets)

    def logon_fields(self, credentials: Credentials, heart_bt_int: int, header: LogonHeader) -> Fields:
        return logon.logon_fields(credentials, header)

    def session(
        self, kind: SessionKind, credentials: Credentials, comp_id: str, heart_bt_int: int
    ) -> SessionConfig:
        """The heartbeat is the venue's to say: 10 s whatever is asked."""
        return super().session(kind, credentials, comp_id, logon.HEART_BT_INT)

    def comp_id(self, prefix: str, counter: int) -> str:
        """1 to 16 letters, digits, - and _. One that was left without Logout is blocked for a while."""
        if _COMP_ID_PREFIX.fullmatch(prefix) is None:
            raise ValueError(f"comp id prefix {prefix!r}: must be 1 to 4 letters, digits, - or _")
        return self.settings.sender_comp_id or f"{prefix}{counter:08d}"

    def comp_id_blocked_for(self, heart_bt_int: int) -> float:
        return 3.0 * logon.HEART_BT_INT

    def encode(self, request: VenueRequest, at: int) -> Draft:
        return orders.encode(request, at)

    def decode(self, message: Message, at: int) -> Decoded:
        return reports.decode(message, at)

    def request_id(self, message: Message) -> str | None:
        return message.text(REQ_ID) if message.msg_type in _REQUESTS else None

    def advice(self, reason: Reason) -> str:
        return (
            "the account must be white-listed for FIX by the venue" if reason.text == "access denied" else ""
        )
