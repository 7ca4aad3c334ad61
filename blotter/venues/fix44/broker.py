"""Any broker that speaks standard FIX, as a `Venue`: all that is its own stands in a profile the user writes.

No public specification stands behind a profile: it says what its writer knows. Pure: no socket, no clock, no file.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from blotter.fix.dictionary import Dictionary
from blotter.fix.fix44 import FIX44
from blotter.fix.session import Fields, LogonHeader, Numbering, SessionConfig
from blotter.trading.enums import OrdType
from blotter.venues.base import (
    DEFAULT_SETTINGS,
    ConnectionLimits,
    Credentials,
    Feature,
    Hours,
    Secrets,
    SessionKind,
    VenueSettings,
    tagged_id,
)
from blotter.venues.fix44 import logon
from blotter.venues.fix44.profile import (
    ORD_TYPES,
    TAKE_PROFITS,
    TIMES,
    FixProfile,
    HoursProfile,
    NamingName,
    OrdersProfile,
)
from blotter.venues.ids import digits, uuid4
from blotter.venues.standard import IdRule, Marked, Naming, Standard
from blotter.venues.standard.venue import StandardVenue

_NAMINGS: Final[Mapping[NamingName, Naming]] = {
    "both": Naming.BOTH,
    "order id": Naming.ORDER_ID,
    "client id": Naming.ORIG_CL_ORD_ID,
    "both needed": Naming.BOTH_NEEDED,
}
_ID_LENGTHS: Final = {"tagged": 12, "uuid4": 36, "digits": 18}
_HANDL_INST: Final = "21"  # FIX 4.2 wants it in D and G
_ORD_STATUS_REQ_ID: Final = 790  # which FIX 4.2 does not have


class PlainFix(StandardVenue):
    """The dialect."""

    name = "fix44"
    target_comp_id = ""  # nobody knows a broker's but its users, nor where it is
    evidence = "as the configuration says; no public specification confirms it"

    def __init__(self, settings: VenueSettings = DEFAULT_SETTINGS) -> None:
        """Raises `ValueError` naming key, value and rule."""
        profile = settings.fix if settings.fix is not None else FixProfile()
        logon.check(profile.logon)
        _check(profile)
        if settings.cancel_on_disconnect is not None:
            raise ValueError(
                "cancel_on_disconnect: a broker's own field for it belongs into fix.logon.fields"
            )
        self._profile = profile
        self._hours = None if profile.hours is None else _hours(profile.hours)
        self.standard = _tables(profile)
        self.title = profile.title
        self.numbering = Numbering(profile.numbers)
        self.needs = logon.needs(profile.logon)
        self.secret_tags = logon.secret_tags(profile.logon)
        self.features = _features(profile.orders)
        self.when_disconnected = profile.when_disconnected
        self.limits = ConnectionLimits(10, 60.0, profile.messages_per_second, 1.0)
        super().__init__(settings)

    def credentials(self, secrets: Secrets) -> Credentials:
        return logon.credentials(self._profile.logon, secrets)

    def logon_fields(self, credentials: Credentials, heart_bt_int: int, header: LogonHeader) -> Fields:
        return logon.logon_fields(self._profile, credentials, heart_bt_int, header)

    def hours(self, kind: SessionKind) -> Hours | None:
        return self._hours

    def session(
        self, kind: SessionKind, credentials: Credentials, comp_id: str, heart_bt_int: int
    ) -> SessionConfig:
        profile = self._profile
        return replace(
            super().session(kind, credentials, comp_id, heart_bt_int),
            begin_string=profile.begin_string,
            time_precision=profile.time_precision,
            max_time_skew=profile.max_time_skew or None,
            reset_on_logon=profile.reset_on_logon,
            next_expected=profile.next_expected,
            resend_chunk=profile.resend_chunk,
            default_appl_ver_id=profile.appl_ver_id,
            header=tuple((int(tag), value) for tag, value in profile.header.items()),
        )

    def cl_ord_id(self, tag: str, kind: str, number: int, at: int) -> str:
        match self._profile.orders.ids:
            case "uuid4":
                return uuid4(tag, kind, number, at)
            case "digits":
                return digits(kind, number, at)
            case _:
                return tagged_id(tag, kind, number)


def _check(profile: FixProfile) -> None:
    """What the parts of a profile must be to each other. Raises `ValueError` naming key, value and rule."""
    orders = profile.orders
    if (profile.begin_string == "FIXT.1.1") != bool(profile.appl_ver_id):
        rule = "needed with FIXT.1.1" if not profile.appl_ver_id else f"{profile.begin_string} has none"
        raise ValueError(f'fix.appl_ver_id = "{profile.appl_ver_id}": {rule}')
    if profile.numbers == "per connection":
        for key in ("reset_on_logon", "next_expected", "resend_chunk"):
            if getattr(profile, key):
                raise ValueError(f'fix.{key}: only where numbers = "continuous"')
    for tag in profile.header:
        if int(tag) in (8, 9, 10, 34, 35, 43, 49, 52, 56, 97, 122):
            raise ValueError(f"fix.header.{tag}: the session writes this field itself")
    if profile.begin_string == "FIX.4.2":
        for key in ("mass_status", "mass_cancel"):
            if getattr(orders, key):
                raise ValueError(f"fix.orders.{key}: FIX.4.2 has no such message")
    if "limit" not in orders.types:
        raise ValueError("fix.orders.types: limit is missing, and nothing can be traded without")
    for name in ("stop", "stop-limit"):
        profit = "take-profit" if name == "stop" else "take-profit-limit"
        if profit in orders.types and name not in orders.types:
            raise ValueError(f"fix.orders.types: {profit} needs {name} beside it, what protects a position")
    if not orders.times_in_force:
        raise ValueError("fix.orders.times_in_force: one at least is needed")
    for key in ("market_time_in_force", "stop_time_in_force", "post_only_time_in_force"):
        name = getattr(orders, key)
        if name and name not in orders.times_in_force and not _unused(orders, key):
            raise ValueError(f'fix.orders.{key} = "{name}": is not among times_in_force')
    if orders.id_length < _ID_LENGTHS[orders.ids]:
        rule = f'ids = "{orders.ids}" are {_ID_LENGTHS[orders.ids]} characters long'
        raise ValueError(f"fix.orders.id_length = {orders.id_length}: {rule}")
    _check_fields(orders)
    for key, tables in (("types", orders.types), ("times_in_force", orders.times_in_force)):
        if len(set(tables.values())) < len(tables):
            raise ValueError(f"fix.orders.{key}: two of them are written alike")


def _check_fields(orders: OrdersProfile) -> None:
    """What a trader chose must be what leaves: nothing that says it may be left out, or said a second time."""
    post_only = int(orders.post_only.partition("=")[0] or 0)
    terms = {38, 40, 44, 54, 55, 59, 99, 126, 152, 1109, post_only, orders.iceberg} - {0}
    names = {11, 37, 41}
    one_time = set() if len(orders.times_in_force) > 1 else {59}  # it says nothing where there is no choice
    needed = {"D": {11} | terms - one_time, "G": {11, 38, 44}, "F": {11}}
    for kind, tags in orders.omit.items():
        for tag in tags:
            if tag in needed.get(kind, ()):
                raise ValueError(f"fix.orders.omit: {kind} without {tag} would be another order")
    for kind, added in orders.extra.items():
        own = {"D": {11} | terms, "G": names | terms, "F": names | {38, 54, 55}}.get(kind, set())
        for text in added:
            if int(text) in own - set(orders.omit.get(kind, ())):
                raise ValueError(f"fix.orders.extra: {text} in {kind} is the order's own")


def _hours(stated: HoursProfile) -> Hours:
    try:
        return Hours(stated.up(), stated.numbers())
    except ValueError as error:
        raise ValueError(f"fix.hours.{error}") from None


def _unused(orders: OrdersProfile, key: str) -> bool:
    """Whether no order can have what this key says."""
    if key == "post_only_time_in_force":
        return not orders.post_only or orders.post_only.startswith("59=")
    return key == "stop_time_in_force" and not {"stop", "take-profit"} & orders.types.keys()


def _dictionary(begin_string: str) -> Dictionary:
    if begin_string == "FIX.4.2":
        from blotter.fix.fix42 import names  # a table that only few need
    elif begin_string == "FIXT.1.1":
        from blotter.fix.fixt11 import names
    else:
        return FIX44
    return names()


def _tables(profile: FixProfile) -> Standard:
    orders = profile.orders
    implied = {OrdType.MARKET: orders.market_time_in_force, OrdType.STOP: orders.stop_time_in_force}
    extra = {
        kind: tuple((int(tag), value) for tag, value in added.items()) for kind, added in orders.extra.items()
    }
    omit = {kind: frozenset(tags) for kind, tags in orders.omit.items()}
    if profile.begin_string == "FIX.4.2":
        omit["H"] = omit.get("H", frozenset()) | {_ORD_STATUS_REQ_ID}
        for kind in ("D", "G"):
            if _HANDL_INST not in orders.extra.get(kind, {}):
                extra[kind] = ((int(_HANDL_INST), "1"), *extra.get(kind, ()))
    marked, after = orders.post_only.partition("="), orders.post_only_time_in_force
    return Standard(
        dictionary=_dictionary(profile.begin_string),
        time_precision=profile.time_precision,
        cl_ord_id=IdRule(
            f"[!-~]{{1,{orders.id_length}}}",
            f"must be 1 to {orders.id_length} printable characters without spaces (fix.orders.id_length)",
        ),
        ord_types={ORD_TYPES[name]: value for name, value in orders.types.items() if name in ORD_TYPES},
        take_profits={
            TAKE_PROFITS[name]: value for name, value in orders.types.items() if name in TAKE_PROFITS
        },
        times_in_force={TIMES[name]: value for name, value in orders.times_in_force.items()},
        implied_times={kind: TIMES[name] for kind, name in implied.items() if name},
        post_only=Marked(int(marked[0]), marked[2]) if orders.post_only else None,
        post_only_time_in_force=TIMES[after] if after else None,
        max_floor=orders.iceberg or None,
        cash_order_qty=orders.cash_order_qty,
        cancel_naming=_NAMINGS[orders.cancel_by],
        change_naming=_NAMINGS[orders.change_by],
        change=orders.change,
        order_status=orders.order_status,
        mass_status=orders.mass_status or None,
        mass_cancel=orders.mass_cancel,
        extra=extra,
        omit=omit,
        fee_asset=orders.fee_asset,
    )


def _features(orders: OrdersProfile) -> frozenset[Feature]:
    has = {
        Feature.POST_ONLY: bool(orders.post_only),
        Feature.ICEBERG: bool(orders.iceberg),
        Feature.CASH_ORDER_QTY: orders.cash_order_qty,
        Feature.STOP: bool({"stop", "stop-limit"} & orders.types.keys()),
        Feature.CHANGE: orders.change,
        Feature.DAY: "day" in orders.times_in_force,
        Feature.GOOD_TILL_DATE: "gtd" in orders.times_in_force,
        Feature.ORDER_STATUS: orders.order_status,
        Feature.MASS_STATUS: bool(orders.mass_status),
        Feature.MASS_CANCEL: orders.mass_cancel,
    }
    return frozenset(feature for feature, there in has.items() if there)
