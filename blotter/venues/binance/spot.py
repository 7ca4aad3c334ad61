"""Binance Spot as a `Venue`: where it is, how to log on, its limits; requests out, events in.

Never talks to anything: no socket, no clock, no file. The embedded exchange speaks the same dialect, so
environment EMBEDDED is this venue with an endpoint given from outside.
"""

import re
from decimal import Decimal

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
    Hours,
    Need,
    Secrets,
    SessionKind,
    VenueRequest,
    VenueSettings,
    tagged_id,
)
from blotter.venues.binance import errors, outbound
from blotter.venues.binance import tags as t
from blotter.venues.binance.advice import advice
from blotter.venues.binance.dictionary import DICTIONARY
from blotter.venues.binance.inbound import Inbound
from blotter.venues.binance.logon import HEART_BT_INTS, TARGET_COMP_ID, logon_fields
from blotter.venues.binance.order_lists import ListTriggerAction
from blotter.venues.binance.tags import MsgType
from blotter.venues.signing import ed25519

_PORT = 9000  # text FIX; 9001 and 9002 speak the binary encoding
_HOSTS = {
    Environment.LIVE: {
        SessionKind.ORDER_ENTRY: "fix-oe.binance.com",
        SessionKind.DROP_COPY: "fix-dc.binance.com",
        SessionKind.MARKET_DATA: "fix-md.binance.com",
    },
    Environment.TESTNET: {
        SessionKind.ORDER_ENTRY: "fix-oe.testnet.binance.vision",
        SessionKind.DROP_COPY: "fix-dc.testnet.binance.vision",
        SessionKind.MARKET_DATA: "fix-md.testnet.binance.vision",
    },
    Environment.DEMO: {
        SessionKind.ORDER_ENTRY: "demo-fix-oe.binance.com",
        SessionKind.DROP_COPY: "demo-fix-dc.binance.com",
        SessionKind.MARKET_DATA: "demo-fix-md.binance.com",
    },
}
_LIMITS = {
    SessionKind.ORDER_ENTRY: ConnectionLimits(15, 30.0, 10_000, 10.0),
    SessionKind.DROP_COPY: ConnectionLimits(15, 30.0, 60, 60.0),
    SessionKind.MARKET_DATA: ConnectionLimits(300, 300.0, 2_000, 60.0, outbound.MAX_SYMBOLS),
}
_ORDER_REQUESTS = frozenset(
    {
        MsgType.NEW_ORDER_SINGLE,
        MsgType.ORDER_CANCEL_REQUEST,
        MsgType.ORDER_CANCEL_REQUEST_AND_NEW_ORDER_SINGLE,
        MsgType.ORDER_AMEND_KEEP_PRIORITY_REQUEST,
        MsgType.ORDER_MASS_CANCEL_REQUEST,
    }
)
_COMP_ID_PREFIX = re.compile(r"[a-zA-Z0-9-_]{1,4}")
_COMP_ID_SIZE = 8
_BASE36 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_MAX_RECV_WINDOW = 60_000


class BinanceSpot:
    """The dialect. Keeps the last quote of each symbol and what was subscribed for between messages, no more."""

    name = "binance"
    title = "Binance Spot"
    dictionary = DICTIONARY
    when_disconnected = "no cancel on disconnect here: open orders stay"
    secret_tags = frozenset({t.RAW_DATA, t.USERNAME})
    needs = frozenset({Need.API_KEY, Need.PRIVATE_KEY})
    numbering = Numbering.PER_CONNECTION
    evidence = "built from documentation and the venue's schemas, never run against it"
    unknown_outcome_codes = frozenset(int(code) for code in errors.UNKNOWN_OUTCOME_CODES)

    def __init__(
        self, settings: VenueSettings = DEFAULT_SETTINGS, *, recv_window: Decimal | None = Decimal(5000)
    ) -> None:
        """`settings.three_leg_first_action`: what is written as the first instruction of the waiting legs of a
        three-leg list, for when the working leg has filled. The venue's document says "cancel" where the meaning of
        its own enum, and its rows for two legs, say "release" (fact sheet 6.6): hence `settings.three_leg_lists`.

        `recv_window`: milliseconds after SendingTime during which an order may still be accepted, up
        to 60000 with up to 3 decimals; None sends no limit."""
        if recv_window is not None and not (
            recv_window.is_finite()
            and 0 < recv_window <= _MAX_RECV_WINDOW
            and recv_window % Decimal("0.001") == 0
        ):
            raise ValueError(
                f"recv_window {recv_window}: must be above 0 and at most {_MAX_RECV_WINDOW} milliseconds, "
                "with at most 3 decimals"
            )
        missing = {
            Feature.CANCEL_ON_DISCONNECT,
            Feature.CHANGE,
            Feature.DAY,
            Feature.GOOD_TILL_DATE,
            Feature.ORDER_STATUS,
            Feature.MASS_STATUS,
            Feature.LISTING,
        }
        first_action = None
        if settings.three_leg_lists:
            first_action = ListTriggerAction[settings.three_leg_first_action.upper()]
        else:
            missing.add(Feature.THREE_LEG_LISTS)
        self.features = frozenset(Feature) - missing
        self._settings = outbound.Settings(recv_window, first_action)
        self._inbound = Inbound()

    def credentials(self, secrets: Secrets) -> Credentials:
        return Credentials(secrets.api_key, ed25519(secrets.private_key, Need.PRIVATE_KEY.value))

    def kinds(self) -> tuple[SessionKind, ...]:
        return tuple(SessionKind)

    def endpoint(self, environment: Environment, kind: SessionKind) -> Endpoint:
        return Endpoint(_HOSTS[environment][kind], _PORT)

    def session(
        self, kind: SessionKind, credentials: Credentials, comp_id: str, heart_bt_int: int
    ) -> SessionConfig:
        if heart_bt_int not in HEART_BT_INTS:
            raise ValueError(
                f"heart_bt_int {heart_bt_int}: must be from {HEART_BT_INTS[0]} to {HEART_BT_INTS[-1]} seconds"
            )

        def fields(header: LogonHeader) -> Fields:
            return logon_fields(kind, credentials, heart_bt_int, header)

        return SessionConfig(
            sender_comp_id=comp_id,
            target_comp_id=TARGET_COMP_ID,
            heart_bt_int=heart_bt_int,
            numbering=self.numbering,
            logon_fields=fields,
        )

    def comp_id(self, prefix: str, counter: int) -> str:
        """The prefix (1 to 4 characters) and the counter in base 36, always 8 characters: BLT00001. No
        two counters share an id until it wraps, after 36**4 at the earliest."""
        if _COMP_ID_PREFIX.fullmatch(prefix) is None:
            raise ValueError(f"comp id prefix {prefix!r}: must be 1 to 4 letters, digits, - or _")
        if counter < 0:
            raise ValueError(f"comp id counter {counter}: must not be negative")
        digits = ""
        while len(prefix) + len(digits) < _COMP_ID_SIZE:
            counter, digit = divmod(counter, 36)
            digits = _BASE36[digit] + digits
        return prefix + digits

    def cl_ord_id(self, tag: str, kind: str, number: int, at: int) -> str:
        return tagged_id(tag, kind, number)

    def hours(self, kind: SessionKind) -> Hours | None:
        return None

    def connection_limits(self, kind: SessionKind) -> ConnectionLimits:
        return _LIMITS[kind]

    def comp_id_blocked_for(self, heart_bt_int: int) -> float:
        return 2.0 * heart_bt_int

    def encode(self, request: VenueRequest, at: int = 0) -> Draft:
        draft = outbound.encode(request, self._settings)
        self._inbound.streams.asked(request)
        return draft

    def decode(self, message: Message, at: int) -> Decoded:
        return self._inbound.decode(message, at)

    def connection_lost(self, kind: SessionKind) -> None:
        if kind is SessionKind.MARKET_DATA:
            self._inbound.streams.clear()

    def advice(self, reason: Reason) -> str:
        return advice(reason)

    def request_id(self, message: Message) -> str | None:
        if message.msg_type == MsgType.NEW_ORDER_LIST:
            return message.text(t.CL_LIST_ID)  # ClOrdID would be the first leg's
        return message.text(t.CL_ORD_ID) if message.msg_type in _ORDER_REQUESTS else None

    def amend_keeps_priority(self, order_qty: Decimal, new_qty: Decimal, same_price: bool) -> bool:
        return same_price and 0 < new_qty < order_qty
