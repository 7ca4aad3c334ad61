"""A venue that is one order-entry session in standard FIX: what is usual. A dialect sets what differs and says how its
Logon is signed; nothing here knows any venue.

Its subclass is a `blotter.venues.base.Venue`. What it keeps between messages is its own affair, and little.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from decimal import Decimal
from types import MappingProxyType

from blotter.fix.codec import Message
from blotter.fix.dictionary import Dictionary
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
from blotter.venues.standard.inbound import decode, request_id
from blotter.venues.standard.outbound import encode
from blotter.venues.standard.tables import Standard


class StandardVenue(ABC):
    """See the module."""

    name: str  # as typed in the config
    title: str
    standard: Standard
    target_comp_id: str
    endpoints: Mapping[Environment, Endpoint] = MappingProxyType({})  # what is missing must be configured
    features: frozenset[Feature]
    needs = frozenset({Need.API_KEY, Need.SECRET})
    numbering = Numbering.CONTINUOUS
    secret_tags = frozenset({96, 553, 554})
    unknown_outcome_codes: frozenset[int] = frozenset()
    evidence = "built from documentation, not certified"
    when_disconnected = "no cancel on disconnect is documented: open orders are taken to stay"
    limits = ConnectionLimits(10, 60.0, 10, 1.0)

    def __init__(self, settings: VenueSettings = DEFAULT_SETTINGS) -> None:
        self.settings = settings
        self.dictionary: Dictionary = self.standard.dictionary

    # --- the session ---------------------------------------------------------------------------------------

    @abstractmethod
    def credentials(self, secrets: Secrets) -> Credentials:
        """As `Venue.credentials`."""

    @abstractmethod
    def logon_fields(self, credentials: Credentials, heart_bt_int: int, header: LogonHeader) -> Fields:
        """The body of a Logon; `header` holds what is signed with it, as it will be written."""

    def kinds(self) -> tuple[SessionKind, ...]:
        return (SessionKind.ORDER_ENTRY,)

    def endpoint(self, environment: Environment, kind: SessionKind) -> Endpoint:
        if kind is not SessionKind.ORDER_ENTRY:
            raise KeyError(kind)
        return self.endpoints[environment]

    def session(
        self, kind: SessionKind, credentials: Credentials, comp_id: str, heart_bt_int: int
    ) -> SessionConfig:
        def fields(header: LogonHeader) -> Fields:
            return self.logon_fields(credentials, heart_bt_int, header)

        return SessionConfig(
            sender_comp_id=comp_id,
            target_comp_id=self.settings.target_comp_id or self.target_comp_id,
            heart_bt_int=heart_bt_int,
            numbering=self.numbering,
            time_precision=3,
            logon_fields=fields,
        )

    def comp_id(self, prefix: str, counter: int) -> str:
        """The one that was issued."""
        if not self.settings.sender_comp_id:
            raise ValueError(f"sender_comp_id is missing: {self.title} issues it")
        return self.settings.sender_comp_id

    def comp_id_blocked_for(self, heart_bt_int: int) -> float:
        return 0.0

    def hours(self, kind: SessionKind) -> Hours | None:
        return None

    def connection_limits(self, kind: SessionKind) -> ConnectionLimits:
        return self.limits

    def connection_lost(self, kind: SessionKind) -> None:  # noqa: B027 - most have nothing to forget
        """Nothing is kept of a connection."""

    # --- orders --------------------------------------------------------------------------------------------

    def cl_ord_id(self, tag: str, kind: str, number: int, at: int) -> str:
        return tagged_id(tag, kind, number)

    def encode(self, request: VenueRequest, at: int) -> Draft:
        return encode(self.standard, request, at)

    def decode(self, message: Message, at: int) -> Decoded:
        return decode(self.standard, message, at)

    def request_id(self, message: Message) -> str | None:
        return request_id(message)

    def advice(self, reason: Reason) -> str:
        return ""

    def amend_keeps_priority(self, order_qty: Decimal, new_qty: Decimal, same_price: bool) -> bool:
        return False  # unless a document says when a changed order keeps its place
