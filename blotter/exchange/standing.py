"""The faults that stand, and the dice they throw. Seeded: the same requests meet the same accidents."""

from random import Random
from typing import Final, NamedTuple

from blotter.exchange.faults import FAULTS, FaultKind, FaultSpec
from blotter.fix.message import SOH
from blotter.venues.base import SessionKind
from blotter.venues.binance.errors import ErrorCode, ErrorText

_LOGON_TEXTS: Final[dict[int, str]] = {
    ErrorCode.REJECTED_MBX_KEY: ErrorText.REJECTED_KEY,
    ErrorCode.INVALID_SIGNATURE: ErrorText.INVALID_SIGNATURE,
    ErrorCode.COMP_ID_IN_USE: ErrorText.COMP_ID_IN_USE,
    ErrorCode.SERVER_BUSY: ErrorText.SERVER_BUSY,
    ErrorCode.TOO_MANY_CONNECTIONS: ErrorText.TOO_MANY_ATTEMPTS.format(15, "30s"),
}


class RestFailure(NamedTuple):
    """An HTTP status that leaves the outcome unknown, and what it really was."""

    status: int
    done: bool


class Standing:
    """What stands now. Several of one kind stand beside each other where they concern different things."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self._specs: dict[tuple[FaultKind, str | None, str | None], FaultSpec] = {}

    @property
    def specs(self) -> tuple[FaultSpec, ...]:
        """All of them, as they were asked for."""
        return tuple(self._specs.values())

    def begin(self, spec: FaultSpec) -> None:
        """Let a fault stand. Raises `ValueError` for the kinds that are deeds."""
        if not FAULTS[spec.kind].standing:
            raise ValueError(f"{spec.kind.value} happens, it does not stand")
        self._specs[spec.kind, spec.session, spec.symbol] = spec

    def end(self, spec: FaultSpec) -> None:
        """Unless another took its place since."""
        key = (spec.kind, spec.session, spec.symbol)
        if self._specs.get(key) is spec:
            del self._specs[key]

    def clear(self) -> None:
        """A good day again."""
        self._specs.clear()

    def stands(self, kind: FaultKind) -> bool:
        return self._any(kind) is not None

    def seconds(self, kind: FaultKind) -> float:
        """The time that a kind was given; 0 when it does not stand."""
        spec = self._any(kind)
        return 0.0 if spec is None else spec.time or 0.0

    def strikes(self, kind: FaultKind) -> bool:
        """Throw the dice of a kind."""
        spec = self._any(kind)
        return spec is not None and self._chance(1.0 if spec.chance is None else spec.chance)

    def once(self, kind: FaultKind) -> FaultSpec | None:
        """A fault that stands until it has happened: this is when."""
        spec = self._any(kind)
        if spec is not None:
            self.end(spec)
        return spec

    def halted(self, symbol: str) -> bool:
        """Whether a symbol does not trade."""
        return (FaultKind.HALT, None, symbol) in self._specs

    def loses_depth(self, symbol: str) -> bool:
        """Whether this is the update of depth that gets lost; the ones after it are not."""
        for concerned in (symbol, None):
            spec = self._specs.get((FaultKind.MD_GAP, None, concerned))
            if spec is not None:
                self.end(spec)
                return True
        return False

    def logon_refusal(self, kind: SessionKind) -> tuple[int, str] | None:
        """Code and text to refuse a Logon with."""
        for session in (kind.value.lower(), None):
            spec = self._specs.get((FaultKind.REFUSE_LOGON, session, None))
            if spec is not None and spec.code is not None:
                return spec.code, _LOGON_TEXTS.get(spec.code, ErrorText.ACTION_DISABLED)
        return None

    def order_refusal(self) -> int | None:
        """The code to refuse this order with, if it is one of those to be refused."""
        spec = self._any(FaultKind.REFUSE_ORDER)
        return spec.code if spec is not None and self.strikes(FaultKind.REFUSE_ORDER) else None

    def is_done(self) -> bool:
        """Whether something whose outcome is not told was done: even chances."""
        return self._random.random() < 0.5

    def copies(self, *, acknowledges: bool) -> int:
        """How often order entry is sent a report: not at all, once or twice."""
        if acknowledges and self.strikes(FaultKind.LOST_ACK):
            return 0
        if self.strikes(FaultKind.OE_MISSING):
            return 0
        return 2 if self.strikes(FaultKind.DUPLICATE) else 1

    def on_the_wire(self, data: bytes) -> bytes:
        """The message, perhaps with one bit of one byte flipped (never making or losing a field's end)."""
        if not self.strikes(FaultKind.GARBLE):
            return data
        at = self._random.randrange(data.index(b"35="), len(data) - 7)
        while data[at : at + 1] == SOH:
            at -= 1
        return data[:at] + bytes((data[at] ^ 0x02,)) + data[at + 1 :]

    def rest_failure(self) -> RestFailure | None:
        """How a REST request fails, if it does: half of those that fail have done what was asked."""
        if not self.strikes(FaultKind.REST_5XX):
            return None
        return RestFailure(self._random.choice((500, 502, 503, 504)), self.is_done())

    def _any(self, kind: FaultKind) -> FaultSpec | None:
        return next((spec for spec in self._specs.values() if spec.kind is kind), None)

    def _chance(self, probability: float) -> bool:
        return probability > 0 and self._random.random() < probability
