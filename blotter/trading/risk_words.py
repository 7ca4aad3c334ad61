"""One value held against two levels, and what a person reads of it: rule, value and limit in one sentence."""

from collections.abc import Iterator
from decimal import Decimal

from blotter.trading.decimals import grouped, to_step
from blotter.trading.risk_levels import Levels
from blotter.trading.risk_situation import Finding

SECOND = 1_000_000_000


def against(
    levels: Levels | None, value: Decimal | None, rule: str, field: str, unit: str, why: str = ""
) -> Iterator[Finding]:
    """The finding of one value against two levels; where there is no value, that it is not judged, and `why`."""
    if not levels:
        return
    if value is None:
        yield unknown(rule, field, why)
        return
    level, blocks = beyond(levels, value)
    if level is not None:
        shown, limit = f"{figure(value)} {unit}", f"{figure(level)} {unit}"
        text = f"{rule} {shown} is {kind(blocks)} {limit}"
        yield Finding(rule=rule, field=field, value=shown, limit=limit, text=text, blocks=blocks)


def unknown(rule: str, field: str, why: str) -> Finding:
    """The rule could not be judged: that wants a person's eyes, and is never a pass."""
    return Finding(rule=rule, field=field, value="not known", limit="", text=f"{rule} is not judged: {why}")


def beyond(levels: Levels | None, value: Decimal) -> tuple[Decimal | None, bool]:
    """The level `value` is beyond, the worse first, and whether that blocks."""
    if levels is not None:
        if levels.block is not None and value > levels.block:
            return levels.block, True
        if levels.warn is not None and value > levels.warn:
            return levels.warn, False
    return None, False


def lowest(levels: Levels) -> Decimal:
    return next(level for level in (levels.warn, levels.block) if level is not None)


def kind(blocks: bool) -> str:
    return "above the limit" if blocks else "above the warning level"


def seconds(ns: int) -> Decimal:
    return Decimal(ns) / SECOND


def short(value: Decimal) -> str:
    return grouped(to_step(value, Decimal("0.1")))


def figure(value: Decimal) -> str:
    """An amount with at most eight decimals: a quotient may have no end."""
    return grouped(to_step(value, Decimal("1E-8")))
