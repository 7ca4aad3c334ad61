"""Bad days on request: what a venue may do to its clients, for rehearsal and for tests.

A spec is a name and perhaps a value, as in `drop`, `stall:5s`, `lost-ack:0.1`; several are joined by commas. Standing
faults throw seeded dice; the others happen once. What a fault does to a connection is done where connections are.
"""

import re
from enum import Enum
from random import Random
from typing import Final, NamedTuple

import msgspec

from blotter.exchange.event import Report
from blotter.fix.message import SOH
from blotter.trading.enums import ExecType
from blotter.venues.binance.errors import ErrorCode, ErrorText


class FaultKind(Enum):
    """The names, as they are typed."""

    DROP = "drop"  # cut every socket, now or every so often
    DROP_AFTER_ORDER = "drop-after-order"  # accept the next order, then cut before the report
    STALL = "stall"  # neither read nor write for a while
    LOST_ACK = "lost-ack"  # a new order is accepted and its report never sent
    DUPLICATE = "duplicate"  # a report is sent twice
    DELAY = "delay"  # reports are late
    GARBLE = "garble"  # a byte of a message is flipped
    REFUSE_LOGON = "refuse-logon"  # every Logon is refused
    MAINTENANCE = "maintenance"  # News counts down, then everyone is logged out
    REST_LAG = "rest-lag"  # REST knows of orders and trades only some time later
    REST_5XX = "rest-5xx"  # REST fails, before or after it did what was asked
    REST_429 = "rest-429"  # the REST weight is used up for a while
    REST_DOWN = "rest-down"  # REST connections are cut
    CLEAR = "clear"  # no more standing faults


class FaultSpec(msgspec.Struct, frozen=True):
    """One fault. The unit of `value` is the kind's: seconds, a probability, or an error code."""

    kind: FaultKind
    value: float | None = None


class RestFailure(NamedTuple):
    """An HTTP status that leaves the outcome unknown, and what it really was."""

    status: int
    done: bool


class FaultSpecError(ValueError):
    """A spec that says nothing this exchange can do."""


_SECONDS: Final = {"ms": 0.001, "s": 1.0, "m": 60.0}
_NEEDS_SECONDS: Final = frozenset(
    {FaultKind.STALL, FaultKind.DELAY, FaultKind.MAINTENANCE, FaultKind.REST_LAG}
)
_MAY_HAVE_SECONDS: Final = frozenset({FaultKind.DROP, FaultKind.REST_429})
_NEEDS_PROBABILITY: Final = frozenset(
    {FaultKind.LOST_ACK, FaultKind.DUPLICATE, FaultKind.GARBLE, FaultKind.REST_5XX}
)
_LOGON_TEXTS: Final[dict[int, str]] = {
    ErrorCode.REJECTED_MBX_KEY: ErrorText.REJECTED_KEY,
    ErrorCode.INVALID_SIGNATURE: ErrorText.INVALID_SIGNATURE,
    ErrorCode.COMP_ID_IN_USE: ErrorText.COMP_ID_IN_USE,
    ErrorCode.SERVER_BUSY: ErrorText.SERVER_BUSY,
    ErrorCode.TOO_MANY_CONNECTIONS: ErrorText.TOO_MANY_ATTEMPTS.format(15, "30s"),
}


def parse_faults(text: str) -> tuple[FaultSpec, ...]:
    """`stall:5s,lost-ack:0.1` as faults. Raises `FaultSpecError`, naming the part that is wrong and the rule."""
    return tuple(_parse(part.strip()) for part in text.split(",") if part.strip())


def _parse(text: str) -> FaultSpec:
    name, _, value = text.partition(":")
    try:
        kind = FaultKind(name)
    except ValueError:
        names = ", ".join(kind.value for kind in FaultKind)
        raise FaultSpecError(f"fault {name!r} is unknown; there are: {names}") from None
    if kind in _NEEDS_SECONDS or (kind in _MAY_HAVE_SECONDS and value):
        return FaultSpec(kind, _seconds(text, value))
    if kind in _NEEDS_PROBABILITY:
        try:
            probability = float(value)
        except ValueError:
            probability = -1.0
        if not 0 <= probability <= 1:
            raise FaultSpecError(f"fault {text!r}: needs a probability from 0 to 1, as in {name}:0.1")
        return FaultSpec(kind, probability)
    if kind is FaultKind.REFUSE_LOGON:
        if value and re.fullmatch(r"-\d{4}", value) is None:
            raise FaultSpecError(f"fault {text!r}: needs an error code, as in {name}:-2015")
        return FaultSpec(kind, float(value or ErrorCode.REJECTED_MBX_KEY))
    if value:
        raise FaultSpecError(f"fault {text!r}: {name} takes no value")
    return FaultSpec(kind)


def _seconds(text: str, value: str) -> float:
    match = re.fullmatch(r"(\d+(?:\.\d+)?)(ms|s|m)", value)
    if match is None or float(match[1]) <= 0:
        raise FaultSpecError(f"fault {text!r}: needs a time above 0, as in 5s, 200ms or 2m")
    return float(match[1]) * _SECONDS[match[2]]


class Faults:
    """The faults that stand, and the dice."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self.clear()

    def clear(self) -> None:
        """A good day again."""
        self.lost_ack = self.duplicate = self.garble = self.delay = 0.0
        self.rest_lag = self.rest_5xx = 0.0
        self.rest_down = False
        self.refuse_logon: int | None = None
        self.drop_after_order = False

    def stand(self, spec: FaultSpec) -> None:
        """Let a standing fault begin. `KeyError` for the kinds that are deeds."""
        value = spec.value or 0.0
        match spec.kind:
            case FaultKind.LOST_ACK:
                self.lost_ack = value
            case FaultKind.DUPLICATE:
                self.duplicate = value
            case FaultKind.GARBLE:
                self.garble = value
            case FaultKind.DELAY:
                self.delay = value
            case FaultKind.REFUSE_LOGON:
                self.refuse_logon = int(value)
            case FaultKind.DROP_AFTER_ORDER:
                self.drop_after_order = True
            case FaultKind.REST_LAG:
                self.rest_lag = value
            case FaultKind.REST_5XX:
                self.rest_5xx = value
            case FaultKind.REST_DOWN:
                self.rest_down = True
            case FaultKind.CLEAR:
                self.clear()
            case deed:
                raise KeyError(deed)

    def logon_refusal(self) -> tuple[int, str] | None:
        """Code and text to refuse a Logon with."""
        if self.refuse_logon is None:
            return None
        return self.refuse_logon, _LOGON_TEXTS.get(
            self.refuse_logon, "This action is disabled on this account."
        )

    def copies(self, report: Report) -> int:
        """How often a report is sent: not at all, once or twice."""
        if report.exec_type is ExecType.NEW and report.answers and self._chance(self.lost_ack):
            return 0
        return 2 if self._chance(self.duplicate) else 1

    def on_the_wire(self, data: bytes) -> bytes:
        """The message, perhaps with one bit of one byte flipped (never making or losing a field's end)."""
        if not self._chance(self.garble):
            return data
        at = self._random.randrange(data.index(b"35="), len(data) - 7)
        while data[at : at + 1] == SOH:
            at -= 1
        return data[:at] + bytes((data[at] ^ 0x02,)) + data[at + 1 :]

    def rest_failure(self) -> RestFailure | None:
        """How a REST request fails, if it does: half of those that fail have done what was asked."""
        if not self._chance(self.rest_5xx):
            return None
        return RestFailure(self._random.choice((500, 502, 503, 504)), self._random.random() < 0.5)

    def _chance(self, probability: float) -> bool:
        return probability > 0 and self._random.random() < probability
