"""Kraken spot as a `Venue`: where it is, how to log on, its limits; requests out, events in.

Never talks to anything. Built from documentation, not certified (other-venues sheet 6.1; the field tables of its pages
"New Order Single", "Execution Report", "Order Cancel Replace Request", "Order Status Request" and "Reject").
"""

from datetime import time
from typing import Final

from blotter.fix.codec import Message
from blotter.fix.schedule import Schedule
from blotter.fix.session import Draft, Fields, LogonHeader
from blotter.trading.event import Reason
from blotter.venues.base import (
    DEFAULT_SETTINGS,
    AskOrder,
    ConnectionLimits,
    Credentials,
    Decoded,
    Endpoint,
    Environment,
    Feature,
    Hours,
    Secrets,
    SessionKind,
    VenueRequest,
    VenueSettings,
)
from blotter.venues.kraken import logon, orders
from blotter.venues.kraken.advice import advice
from blotter.venues.kraken.ids import Ids
from blotter.venues.kraken.reports import Reports
from blotter.venues.standard.venue import StandardVenue

_TRADING_PORT: Final = 4001
_DAILY: Final = Schedule(time(22, 0, 30), time(22, 0))
"""UTC. The roll takes about half a minute, and both sides' numbers start anew with it."""
_DERIVATIVES: Final = "DRV"


class KrakenSpot(StandardVenue):
    """The dialect. Keeps the last nonce, the last id and which questions were asked."""

    name = "kraken"
    title = "Kraken"
    standard = orders.TABLES
    target_comp_id = logon.TARGET_COMP_ID
    endpoints = {  # noqa: RUF012 - annotated in the base
        Environment.LIVE: Endpoint("colo-london.vip-fix.kraken.com", _TRADING_PORT),
        Environment.TESTNET: Endpoint("colo-london.vip-fix.uat.kraken.com", _TRADING_PORT),
    }
    secret_tags = frozenset({logon.USERNAME, logon.PASSWORD})
    # Restraint of ours: the venue's own limits go by pair and account, and no document gives numbers for sessions.
    limits = ConnectionLimits(10, 60.0, 100, 1.0)
    features = frozenset(
        {
            Feature.POST_ONLY,
            Feature.ICEBERG,
            Feature.STOP,
            Feature.SELF_TRADE_PREVENTION,
            Feature.CHANGE,
            Feature.GOOD_TILL_DATE,
            Feature.ORDER_STATUS,
            Feature.MASS_CANCEL,
            Feature.CANCEL_ON_DISCONNECT,
        }
    )

    def __init__(self, settings: VenueSettings = DEFAULT_SETTINGS) -> None:
        super().__init__(settings)
        # On when nothing is said, by the venue's own default.
        self._cancel_on_disconnect = settings.cancel_on_disconnect is not False
        self.when_disconnected = (
            "open orders of the session are canceled by the venue"
            if self._cancel_on_disconnect
            else "cancel on disconnect is turned off: open orders stay"
        )
        self._nonces = logon.Nonces()
        self._ids = Ids()
        self._reports = Reports()

    def credentials(self, secrets: Secrets) -> Credentials:
        return logon.credentials(secrets)

    def logon_fields(self, credentials: Credentials, heart_bt_int: int, header: LogonHeader) -> Fields:
        return logon.logon_fields(credentials, heart_bt_int, self._cancel_on_disconnect, self._nonces, header)

    def comp_id(self, prefix: str, counter: int) -> str:
        issued = super().comp_id(prefix, counter)
        if issued.endswith(_DERIVATIVES):
            raise ValueError(
                f"sender_comp_id {issued!r}: is of a derivatives session, and only spot is built"
            )
        return issued

    def hours(self, kind: SessionKind) -> Hours | None:
        return Hours(_DAILY)

    def cl_ord_id(self, tag: str, kind: str, number: int, at: int) -> str:
        return self._ids.next(at)

    def encode(self, request: VenueRequest, at: int) -> Draft:
        if not isinstance(request, AskOrder):
            return orders.encode(request, at)
        name = self._ids.next(at)
        draft = orders.ask(request, name, at)
        self._reports.asked(name, request.req_id)
        return draft

    def decode(self, message: Message, at: int) -> Decoded:
        return self._reports.decode(message, at)

    def advice(self, reason: Reason) -> str:
        return advice(reason)
