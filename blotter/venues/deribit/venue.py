"""Deribit as a `Venue`: where it is, how to log on, its limits; requests out, events in.

Never talks to anything. Built from documentation, not certified (other-venues sheet 4.1). Each connection is taken as a
new run of numbers: what the venue sends again after a loss is not documented, so what was missed is asked for by AF.
"""

import os
import re
from collections.abc import Callable
from typing import Final

from blotter.fix.codec import Message
from blotter.fix.session import Draft, Fields, LogonHeader, Numbering
from blotter.venues.base import (
    DEFAULT_SETTINGS,
    ConnectionLimits,
    Credentials,
    Decoded,
    Endpoint,
    Environment,
    Feature,
    Secrets,
    VenueRequest,
    VenueSettings,
)
from blotter.venues.deribit import logon, orders
from blotter.venues.deribit.reports import Reports
from blotter.venues.standard import request_id
from blotter.venues.standard.venue import StandardVenue

_COMP_ID_PREFIX: Final = re.compile(r"[a-zA-Z0-9]{1,4}")
_WHEN_DISCONNECTED: Final = {
    None: "as the account is set at the venue: open orders may be canceled, on a clean logout too",
    True: "the venue cancels all orders of the account, on a clean logout too",
    False: "cancel on disconnect is turned off: open orders stay",
}


class Deribit(StandardVenue):
    """The dialect. Keeps the last timestamp, and which question about open orders is being answered."""

    name = "deribit"
    title = "Deribit"
    standard = orders.TABLES
    target_comp_id = logon.TARGET_COMP_ID
    endpoints = {  # noqa: RUF012 - annotated in the base
        Environment.LIVE: Endpoint("fix.deribit.com", 9883),
        Environment.TESTNET: Endpoint("fix-test.deribit.com", 9883),
    }
    numbering = Numbering.PER_CONNECTION
    features = frozenset(
        {
            Feature.POST_ONLY,
            Feature.ICEBERG,
            Feature.STOP,
            Feature.CHANGE,
            Feature.DAY,
            Feature.MASS_STATUS,
            Feature.ORDER_STATUS,
            Feature.MASS_CANCEL,
            Feature.CANCEL_ON_DISCONNECT,
            Feature.LISTING,
        }
    )
    limits = ConnectionLimits(10, 60.0, 20, 4.0)
    """The lowest tier: five matching requests a second, twenty at once. Dials: restraint of ours."""

    def __init__(
        self,
        settings: VenueSettings = DEFAULT_SETTINGS,
        *,
        random_bytes: Callable[[int], bytes] = os.urandom,
    ) -> None:
        """`random_bytes`: so many unpredictable bytes, for the nonce of a Logon."""
        super().__init__(settings)
        self.when_disconnected = _WHEN_DISCONNECTED[settings.cancel_on_disconnect]
        self._random_bytes = random_bytes
        self._stamps = logon.Stamps()
        self._reports = Reports()

    def credentials(self, secrets: Secrets) -> Credentials:
        return logon.credentials(secrets)

    def logon_fields(self, credentials: Credentials, heart_bt_int: int, header: LogonHeader) -> Fields:
        setting = self.settings.cancel_on_disconnect
        return logon.logon_fields(
            credentials, heart_bt_int, setting, self._stamps, self._random_bytes, header
        )

    def comp_id(self, prefix: str, counter: int) -> str:
        """A free choice; with the counter, so that two connections can be told apart."""
        if _COMP_ID_PREFIX.fullmatch(prefix) is None:
            raise ValueError(f"comp id prefix {prefix!r}: must be 1 to 4 letters or digits")
        return self.settings.sender_comp_id or f"{prefix}{counter:06d}"

    def encode(self, request: VenueRequest, at: int) -> Draft:
        return orders.encode(request, at)

    def decode(self, message: Message, at: int) -> Decoded:
        return self._reports.decode(message, at)

    def request_id(self, message: Message) -> str | None:
        """A cancel or change bears no id of its own: the tape has it in the fact before the message."""
        return request_id(message) if message.msg_type in ("D", "q") else None
