"""How an embedded exchange is to run."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from blotter.exchange.faults import FaultSpec
from blotter.exchange.limits import LIMITS, Limits
from blotter.exchange.listing import Listing
from blotter.fix.effects import Instant
from blotter.venues.base import SessionKind


def system_clock() -> Instant:
    """The machine's clocks."""
    return Instant(time.time_ns(), time.monotonic_ns())


@dataclass(frozen=True, slots=True, kw_only=True)
class ExchangeConfig:
    """`rate`: the house's events per second and symbol; 0 for quotes that never move, None for empty books.

    `block_scale` scales the time a comp id stays blocked after its socket vanished (venue: 1.0).
    `rest_weight` is what REST requests may cost in a minute; `drop_copy_delay` is in seconds.
    `depth_interval` is the time between two updates of depth, in seconds; 0 tells each change at once.
    `balances` and `order_limits` (seconds, count) are given to the client's account when it is opened. Listings and
    balances are the dialect's own unless there are others here.
    """

    data_dir: Path
    port: int = 0
    md_port: int = 0
    dc_port: int = 0
    rest_port: int = 0
    control_port: int = 0
    seed: int = 1
    rate: float | None = 4.0
    fresh: bool = False
    faults: tuple[FaultSpec, ...] = ()
    dialect: str = "binance"
    listings: tuple[Listing, ...] | None = None
    balances: Mapping[str, Decimal] | None = None
    fee_rate: Decimal = Decimal("0.001")
    order_limits: tuple[tuple[int, int], ...] = ((10, 200), (86_400, 200_000))
    limits: Mapping[SessionKind, Limits] | None = None
    rest_weight: int = 6_000
    drop_copy_delay: float = 1.0
    depth_interval: float = 0.1
    block_scale: float = 1.0
    logout_timeout: float = 3.0
    logon_timeout: float = 10.0
    clock: Callable[[], Instant] = system_clock

    def session_limits(self) -> dict[SessionKind, Limits]:
        """The venue's limits, with this exchange's own on top."""
        return {**LIMITS, **(self.limits or {})}
