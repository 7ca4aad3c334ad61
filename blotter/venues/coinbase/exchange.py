"""Coinbase Exchange as a `Venue`: where it is, how to log on, its limits; requests out, events in.

Never talks to anything. Built from documentation, not certified (other-venues sheet 5.1; the field tables of its page
"Exchange FIX Order Entry Messages 5.0").
"""

import dataclasses
from datetime import time
from decimal import Decimal
from typing import Final

from blotter.fix.codec import Message
from blotter.fix.schedule import Schedule
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
    Hours,
    Need,
    Secrets,
    SessionKind,
    VenueRequest,
    VenueSettings,
)
from blotter.venues.coinbase import logon, orders
from blotter.venues.coinbase.advice import advice
from blotter.venues.coinbase.reports import decode
from blotter.venues.ids import uuid4
from blotter.venues.standard.venue import StandardVenue

_PORT: Final = 6121
_WEEKLY: Final = Schedule(time(13), time(13), "America/New_York", frozenset({5}), 5)
"""Everyone is logged out on Saturdays and may come back at once."""
_API_KEY_TAGS: Final = frozenset({49, 56, 553})
"""SenderCompID is the API key, and so is TargetCompID of what comes back."""
SHOWN_COMP_ID: Final = "API-KEY"
"""What stands for it on screen and tape."""


class CoinbaseExchange(StandardVenue):
    """The dialect. Keeps nothing between messages."""

    name = "coinbase"
    title = "Coinbase Exchange"
    standard = orders.TABLES
    target_comp_id = logon.TARGET_COMP_ID
    endpoints = {  # noqa: RUF012 - annotated in the base
        Environment.LIVE: Endpoint("fix-ord.exchange.coinbase.com", _PORT),
        Environment.TESTNET: Endpoint("fix-ord.sandbox.exchange.coinbase.com", _PORT),
    }
    secret_tags = _API_KEY_TAGS | {554, 96}
    needs = frozenset({Need.API_KEY, Need.SECRET, Need.PASSPHRASE})
    numbering = Numbering.PER_CONNECTION  # 141=Y: ours start at 1 always, theirs with it
    limits = ConnectionLimits(2, 1.0, 100, 1.0)
    features = frozenset(
        {
            Feature.POST_ONLY,
            Feature.ICEBERG,
            Feature.CASH_ORDER_QTY,
            Feature.STOP,
            Feature.SELF_TRADE_PREVENTION,
            Feature.CHANGE,
            Feature.GOOD_TILL_DATE,
            Feature.CANCEL_ON_DISCONNECT,
        }
    )

    def __init__(self, settings: VenueSettings = DEFAULT_SETTINGS) -> None:
        super().__init__(settings)
        self._cancel_on_disconnect = bool(settings.cancel_on_disconnect)
        self.when_disconnected = (
            "open orders of the session are canceled by the venue"
            if self._cancel_on_disconnect
            else "cancel on disconnect is not asked for: open orders stay"
        )

    def credentials(self, secrets: Secrets) -> Credentials:
        return logon.credentials(secrets)

    def logon_fields(self, credentials: Credentials, heart_bt_int: int, header: LogonHeader) -> Fields:
        return logon.logon_fields(credentials, heart_bt_int, self._cancel_on_disconnect, header)

    def session(
        self, kind: SessionKind, credentials: Credentials, comp_id: str, heart_bt_int: int
    ) -> SessionConfig:
        """`comp_id` is only what is shown."""
        if not 1 <= heart_bt_int <= logon.MAX_HEART_BT_INT:
            raise ValueError(
                f"heart_bt_int {heart_bt_int}: must be from 1 to {logon.MAX_HEART_BT_INT} seconds"
            )
        return dataclasses.replace(
            super().session(kind, credentials, credentials.api_key, heart_bt_int),
            begin_string="FIXT.1.1",
            default_appl_ver_id=logon.APPL_VER_ID,
        )

    def comp_id(self, prefix: str, counter: int) -> str:
        return SHOWN_COMP_ID

    def hours(self, kind: SessionKind) -> Hours | None:
        return Hours(_WEEKLY)

    def cl_ord_id(self, tag: str, kind: str, number: int, at: int) -> str:
        return uuid4(tag, kind, number, at)

    def encode(self, request: VenueRequest, at: int) -> Draft:
        return orders.encode(request, at)

    def decode(self, message: Message, at: int) -> Decoded:
        return decode(message, at)

    def advice(self, reason: Reason) -> str:
        return advice(reason)

    def amend_keeps_priority(self, order_qty: Decimal, new_qty: Decimal, same_price: bool) -> bool:
        return same_price and 0 < new_qty < order_qty
