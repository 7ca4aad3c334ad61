"""What a user says of a broker's FIX: `[venues.NAME.fix]`. A mistake is an error that names key, value and rule.

Nothing secret stands here: keys, passwords and passphrases are in files of their own, and templates name them.
"""

from datetime import time
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from blotter.fix.schedule import EVERY_DAY, Schedule
from blotter.trading.enums import OrdType, TimeInForce

Tag = Annotated[str, Meta(pattern="^[1-9][0-9]{0,5}$")]
"""A field's number, as a key of a table."""
Value = Annotated[str, Meta(min_length=1, max_length=256, pattern="^[^\\x00-\\x1f\\x7f]+$")]
"""What may stand in a field."""
Template = Annotated[str, Meta(min_length=1, max_length=1024, pattern="^[^\\x00-\\x1f\\x7f]+$")]
"""Text with `{names}` in it, see `blotter.venues.fix44.logon`."""
MsgTypeKey = Annotated[str, Meta(pattern="^[A-Za-z0-9]{1,4}$")]
DayName = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
TypeName = Literal["market", "limit", "stop", "stop-limit", "take-profit", "take-profit-limit"]
TimeName = Literal["day", "gtc", "ioc", "fok", "gtd"]
Unsaid = Literal[""]
NamingName = Literal["both", "order id", "client id", "both needed"]

FIX_PROFILE = "fix_profile"
"""Key on the tape: the profile it was written by, as JSON."""

_DAYS: tuple[DayName, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
ORD_TYPES: dict[TypeName, OrdType] = {
    "market": OrdType.MARKET,
    "limit": OrdType.LIMIT,
    "stop": OrdType.STOP,
    "stop-limit": OrdType.STOP_LIMIT,
}
TAKE_PROFITS: dict[TypeName, OrdType] = {"take-profit": OrdType.STOP, "take-profit-limit": OrdType.STOP_LIMIT}
TIMES: dict[TimeName, TimeInForce] = {
    "day": TimeInForce.DAY,
    "gtc": TimeInForce.GOOD_TILL_CANCEL,
    "ioc": TimeInForce.IMMEDIATE_OR_CANCEL,
    "fok": TimeInForce.FILL_OR_KILL,
    "gtd": TimeInForce.GOOD_TILL_DATE,
}


def _types() -> dict[TypeName, str]:
    return {name: kind.value for name, kind in ORD_TYPES.items()}


def _times() -> dict[TimeName, str]:
    return {name: time.value for name, time in TIMES.items()}


class LogonProfile(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """`[venues.NAME.fix.logon]`"""

    signer: Literal["none", "password", "hmac-sha256", "hmac-sha512", "ed25519", "rsa"] = "none"
    secret: Literal["text", "base64"] = "text"  # noqa: S105 - how the HMAC secret is issued
    signature: Literal["base64", "hex"] = "base64"  # how an HMAC is written
    signed: Annotated[str, Meta(max_length=1024)] = ""  # template of the text that is signed
    fields: dict[Tag, Template] = {}  # templates of the fields of the Logon, in this order


class OrdersProfile(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """`[venues.NAME.fix.orders]`"""

    types: dict[TypeName, Value] = msgspec.field(default_factory=_types)
    """OrdType (40). Not set: market 1, limit 2, stop 3, stop-limit 4."""
    times_in_force: dict[TimeName, Value] = msgspec.field(default_factory=_times)
    """TimeInForce (59). Not set: day 0, gtc 1, ioc 3, fok 4, gtd 6."""
    market_time_in_force: TimeName | Unsaid = ""  # what a market order says; "": nothing
    stop_time_in_force: TimeName | Unsaid = "gtc"  # what a stop order without a limit says
    post_only: Annotated[str, Meta(pattern="^([1-9][0-9]{0,5}=[!-~]+)?$")] = "18=6"  # "": there is none
    post_only_time_in_force: TimeName | Unsaid = "gtc"
    iceberg: Literal[0, 111, 210, 1138] = 0  # the field of the visible quantity; 0: there is none
    cash_order_qty: bool = False  # market orders by CashOrderQty (152)
    change: bool = True  # OrderCancelReplaceRequest (G); else a change is refused
    cancel_by: NamingName = "both"  # by which ids F names the order
    change_by: NamingName = "both"  # likewise G
    order_status: bool = True  # OrderStatusRequest (H)
    mass_status: Literal["", "7", "8"] = ""  # MassStatusReqType (585) of all open orders; "": there is no AF
    mass_cancel: bool = False  # OrderMassCancelRequest (q) by symbol
    ids: Literal["tagged", "uuid4", "digits"] = "tagged"  # ClOrdID (11): k7qd-000012, a UUID, 18 digits
    id_length: Annotated[int, Meta(ge=12, le=64)] = 36  # the longest ClOrdID (11) the broker takes
    extra: dict[MsgTypeKey, dict[Tag, Value]] = {}  # by MsgType: fields added
    omit: dict[
        MsgTypeKey, tuple[Annotated[int, Meta(ge=1, le=999_999)], ...]
    ] = {}  # by MsgType: fields left out
    fee_asset: str = ""  # of commissions that name none; "": such are not shown


class HoursProfile(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """`[venues.NAME.fix.hours]`: a window of each day, or with `end_day` one of the week."""

    start: Annotated[str, Meta(pattern="^([01][0-9]|2[0-3]):[0-5][0-9]$")]
    end: Annotated[str, Meta(pattern="^([01][0-9]|2[0-3]):[0-5][0-9]$")]
    zone: str = "UTC"
    days: tuple[DayName, ...] = _DAYS  # on which a window opens
    end_day: DayName | None = None
    weekly_numbers: DayName | None = None
    """The day on which, at `start`, the numbers start anew. Not set: with each window."""

    def up(self) -> Schedule:
        """`ValueError`, naming field, value and rule."""
        days = frozenset(_DAYS.index(day) for day in self.days)
        last = None if self.end_day is None else _DAYS.index(self.end_day)
        return Schedule(_clock(self.start), _clock(self.end), self.zone, days or EVERY_DAY, last)

    def numbers(self) -> Schedule | None:
        """When the numbers start anew, where that is not with each window."""
        if self.weekly_numbers is None:
            return None
        day = _DAYS.index(self.weekly_numbers)
        start = _clock(self.start)
        return Schedule(start, start, self.zone, frozenset({day}), day)


class FixProfile(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """`[venues.NAME.fix]`"""

    title: Annotated[str, Meta(min_length=1, max_length=40)] = "FIX broker"  # what people call it
    begin_string: Literal["FIX.4.2", "FIX.4.4", "FIXT.1.1"] = "FIX.4.4"
    appl_ver_id: Literal["", "7", "8", "9"] = ""  # DefaultApplVerID (1137), with FIXT.1.1: 9 is FIX 5.0 SP2
    header: dict[Tag, Value] = {}  # on every message, behind SendingTime: 50, 57, 115 ...
    numbers: Literal["continuous", "per connection"] = "continuous"
    reset_on_logon: bool = False  # 141=Y: both numbers start at 1 with each Logon
    next_expected: bool = False  # NextExpectedMsgSeqNum (789) in the Logon
    resend_chunk: Annotated[int, Meta(ge=0, le=100_000)] = 0  # messages one ResendRequest asks for; 0: all
    time_precision: Literal[0, 3, 6] = 3  # decimals of a second in every time that is sent
    max_time_skew: Annotated[float, Meta(ge=0, le=86_400)] = (
        120.0  # seconds the broker's clock may differ; 0: any
    )
    messages_per_second: Annotated[int, Meta(ge=1, le=10_000)] = 50
    when_disconnected: Annotated[str, Meta(min_length=1, max_length=120)] = (
        "what becomes of open orders is the broker's rule, and not known here"
    )
    logon: LogonProfile = msgspec.field(default_factory=LogonProfile)
    orders: OrdersProfile = msgspec.field(default_factory=OrdersProfile)
    hours: HoursProfile | None = None


def _clock(text: str) -> time:
    hour, minute = text.split(":")
    return time(int(hour), int(minute))
