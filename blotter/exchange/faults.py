"""Bad days on request: which faults there are, what each takes, and how they are written. Pure.

A fault is a name and its arguments, as in `drop`, `stall:5s`, `refuse-order:-2010:0.3`; several are joined by commas.
Arguments are told apart by their form, so their order does not matter. What stands and what the dice say is in
`standing`; what happens over time in `rehearsal`; what a fault does to a connection is done where connections are.
"""

import re
from enum import Enum
from typing import Final, NamedTuple

import msgspec

from blotter.venues.binance.errors import ErrorCode


class FaultKind(Enum):
    """The names, as they are typed."""

    DROP = "drop"
    DROP_BEFORE_ORDER = "drop-before-order"
    DROP_AFTER_ORDER = "drop-after-order"
    DROP_AFTER_ACK = "drop-after-ack"
    STALL = "stall"
    LOST_ACK = "lost-ack"
    DUPLICATE = "duplicate"
    DELAY = "delay"
    GARBLE = "garble"
    OE_MISSING = "oe-missing"
    REFUSE_LOGON = "refuse-logon"
    REFUSE_ORDER = "refuse-order"
    HALT = "halt"
    CLOCK_SKEW = "clock-skew"
    DC_LAG = "dc-lag"
    DC_SILENT = "dc-silent"
    DC_MISSING = "dc-missing"
    MD_STALE = "md-stale"
    MD_GAP = "md-gap"
    MAINTENANCE = "maintenance"
    WIPE = "wipe"
    ROLL = "roll"
    REST_LAG = "rest-lag"
    REST_5XX = "rest-5xx"
    REST_429 = "rest-429"
    REST_418 = "rest-418"
    REST_DOWN = "rest-down"
    CLEAR = "clear"


class Argument(Enum):
    """What a fault may take. The value says what it looks like, for people."""

    TIME = "a time above 0, as in 5s, 200ms or 2m"
    SKEW = "a time, as in 2s or -2s"
    CHANCE = "a probability from 0 to 1, as in 0.1"
    CODE = "an error code, as in -2015"
    SESSION = "one of oe, dc, md"
    SOCKET = "one of oe, dc, md, rest"
    SYMBOL = "a symbol, as in BTCUSDT"


class FaultSpec(msgspec.Struct, frozen=True, kw_only=True):
    """One fault as it was asked for. `text` is how it was written; times are in seconds."""

    kind: FaultKind
    text: str = ""
    time: float | None = None
    chance: float | None = None
    code: int | None = None
    session: str | None = None
    symbol: str | None = None


class Fault(NamedTuple):
    """What a kind is: an example with its meaning for people, what it must and may be given.

    A `standing` one lasts until it is cleared or, where it is given a `TIME` of no other meaning, for that long.
    """

    example: str
    text: str
    needs: tuple[Argument, ...] = ()
    may: tuple[Argument, ...] = ()
    standing: bool = False


_A: Final = Argument
_FOR: Final = (_A.TIME,)
FAULTS: Final[dict[FaultKind, Fault]] = {
    FaultKind.DROP: Fault(
        "drop",
        "every socket is cut, once; drop:oe those of one kind (oe, dc, md, rest), drop:30s every so often",
        may=(_A.SOCKET, _A.TIME),
    ),
    FaultKind.DROP_BEFORE_ORDER: Fault(
        "drop-before-order",
        "the next order is not looked at: the sockets are cut; with :oe only those of order entry",
        may=(_A.SESSION,),
        standing=True,
    ),
    FaultKind.DROP_AFTER_ORDER: Fault(
        "drop-after-order",
        "the next order is accepted and the sockets cut before its report",
        may=(_A.SESSION,),
        standing=True,
    ),
    FaultKind.DROP_AFTER_ACK: Fault(
        "drop-after-ack",
        "the next order is accepted, reported, and then the sockets are cut",
        may=(_A.SESSION,),
        standing=True,
    ),
    FaultKind.STALL: Fault("stall:5s", "the venue neither reads nor writes for that long", (_A.TIME,)),
    FaultKind.LOST_ACK: Fault(
        "lost-ack:0.1", "one new order in ten is accepted and its report never sent", (_A.CHANCE,), _FOR, True
    ),
    FaultKind.DUPLICATE: Fault("duplicate:0.1", "reports are sent twice", (_A.CHANCE,), _FOR, True),
    FaultKind.DELAY: Fault("delay:200ms", "reports are late", (_A.TIME,), standing=True),
    FaultKind.GARBLE: Fault("garble:0.01", "a byte of a message is flipped", (_A.CHANCE,), _FOR, True),
    FaultKind.OE_MISSING: Fault(
        "oe-missing:0.1",
        "one report in ten, fills included, never reaches order entry; drop copy has it",
        (_A.CHANCE,),
        _FOR,
        True,
    ),
    FaultKind.REFUSE_LOGON: Fault(
        "refuse-logon:-2015",
        "every Logon is refused with that code; with :oe, :dc or :md those of one kind",
        may=(_A.CODE, _A.SESSION, _A.TIME),
        standing=True,
    ),
    FaultKind.REFUSE_ORDER: Fault(
        "refuse-order:-2010:0.3",
        "new orders are refused with that code; with -1006 or -1007 nobody says whether they were done",
        may=(_A.CODE, _A.CHANCE, _A.TIME),
        standing=True,
    ),
    FaultKind.HALT: Fault(
        "halt:BTCUSDT:30s",
        "the symbol does not trade: new orders are refused, cancels pass",
        (_A.SYMBOL,),
        _FOR,
        True,
    ),
    FaultKind.CLOCK_SKEW: Fault(
        "clock-skew:-2s", "the venue's clock is off by that much", (_A.SKEW,), standing=True
    ),
    FaultKind.DC_LAG: Fault("dc-lag:5s", "drop copies are later than usual", (_A.TIME,), standing=True),
    FaultKind.DC_SILENT: Fault("dc-silent", "drop copy lives but makes no copies", may=_FOR, standing=True),
    FaultKind.DC_MISSING: Fault(
        "dc-missing:0.1", "one report in ten is never copied; order entry has it", (_A.CHANCE,), _FOR, True
    ),
    FaultKind.MD_STALE: Fault(
        "md-stale:30s", "market data lives but its prices stand still", may=_FOR, standing=True
    ),
    FaultKind.MD_GAP: Fault(
        "md-gap",
        "one update of depth gets lost, the next; md-gap:BTCUSDT the next of that symbol",
        may=(_A.SYMBOL,),
        standing=True,
    ),
    FaultKind.MAINTENANCE: Fault(
        "maintenance:60s",
        "News counts down, then every connection made before it is logged out",
        may=(_A.TIME,),
    ),
    FaultKind.WIPE: Fault(
        "wipe", "orders, trades and balances start anew with the first ids, every socket is cut"
    ),
    FaultKind.ROLL: Fault(
        "roll", "everyone is logged out and sequence numbers start at 1, as at the end of a venue's day"
    ),
    FaultKind.REST_LAG: Fault(
        "rest-lag:3s",
        "REST knows of orders, trades and balances only that much later",
        (_A.TIME,),
        standing=True,
    ),
    FaultKind.REST_5XX: Fault(
        "rest-5xx:0.3", "REST fails, before or after it did what was asked", (_A.CHANCE,), _FOR, True
    ),
    FaultKind.REST_429: Fault("rest-429:10s", "the REST weight is used up for a while", may=(_A.TIME,)),
    FaultKind.REST_418: Fault("rest-418:2m", "the REST client is banned for a while", may=(_A.TIME,)),
    FaultKind.REST_DOWN: Fault("rest-down", "REST connections are cut", may=_FOR, standing=True),
    FaultKind.CLEAR: Fault("clear", "a good day again"),
}
DEFAULT_CODES: Final = {
    FaultKind.REFUSE_LOGON: ErrorCode.REJECTED_MBX_KEY,
    FaultKind.REFUSE_ORDER: ErrorCode.NEW_ORDER_REJECTED,
}


class FaultSpecError(ValueError):
    """A spec that says nothing this exchange can do."""


_UNITS: Final = {"ms": 0.001, "s": 1.0, "m": 60.0}
_TIME: Final = re.compile(r"(-?\d+(?:\.\d+)?)(ms|s|m)")
_CODE: Final = re.compile(r"-\d{4}")
_CHANCE: Final = re.compile(r"\d+(?:\.\d+)?")
_SYMBOL: Final = re.compile(r"[^\s,:]{2,40}")
_SESSIONS: Final = ("oe", "dc", "md")


def parse_faults(text: str) -> tuple[FaultSpec, ...]:
    """`stall:5s,lost-ack:0.1` as faults. Raises `FaultSpecError`, naming the part that is wrong and the rule."""
    return tuple(_parse(part.strip()) for part in text.split(",") if part.strip())


def _parse(text: str) -> FaultSpec:
    name, *values = text.split(":")
    try:
        kind = FaultKind(name)
    except ValueError:
        names = ", ".join(kind.value for kind in FaultKind)
        raise FaultSpecError(f"fault {name!r} is unknown; there are: {names}") from None
    fault = FAULTS[kind]
    left = [*fault.needs, *fault.may]
    found: dict[str, float | int | str] = {}
    for value in values:
        argument = next((each for each in left if _read(each, value) is not None), None)
        if argument is None:
            takes = (
                f"takes {_or(left)}" if left else "takes no value" if not found else "takes no more than that"
            )
            raise FaultSpecError(f"fault {text!r}: {name} {takes}, not {value!r}")
        left.remove(argument)
        found[_FIELDS[argument]] = _read(argument, value) or 0.0
    missing = [argument for argument in fault.needs if argument in left]
    if missing:
        raise FaultSpecError(f"fault {text!r}: needs {_or(missing)}: {fault.example}")
    if kind in DEFAULT_CODES:
        found.setdefault("code", int(DEFAULT_CODES[kind]))
    return msgspec.convert({"kind": kind.value, "text": text, **found}, FaultSpec)


_FIELDS: Final = {
    _A.TIME: "time",
    _A.SKEW: "time",
    _A.CHANCE: "chance",
    _A.CODE: "code",
    _A.SESSION: "session",
    _A.SOCKET: "session",
    _A.SYMBOL: "symbol",
}


def _or(arguments: list[Argument]) -> str:
    return " or ".join(argument.value for argument in arguments)


def _read(argument: Argument, value: str) -> float | int | str | None:
    """The value of an argument; None when it does not have its form."""
    match argument:
        case _A.TIME | _A.SKEW:
            match = _TIME.fullmatch(value)
            if match is None or (argument is _A.TIME and float(match[1]) <= 0):
                return None
            return float(match[1]) * _UNITS[match[2]]
        case _A.CHANCE:
            return float(value) if _CHANCE.fullmatch(value) and float(value) <= 1 else None
        case _A.CODE:
            return int(value) if _CODE.fullmatch(value) else None
        case _A.SESSION:
            return value if value in _SESSIONS else None
        case _A.SOCKET:
            return value if value in (*_SESSIONS, "rest") else None
        case _A.SYMBOL:
            return value if _SYMBOL.fullmatch(value) and not _TIME.fullmatch(value) else None
