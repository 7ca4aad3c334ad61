"""What several desks say of themselves, in one: the desk as a whole, balances, a stop. Pure.

What is told of all is the least favourable of any: the oldest age, the first to be disarmed, the most serious
environment. A reason always says whose it is. The pulse alone is the newest: a desk that stands still is told by its
own view, and the others' numbers are no older for it.
"""

from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from typing import Final, TypeVar

import msgspec

from blotter.desk.change import BalancesView, DeskView, StopOutcome, StopView
from blotter.trading.account import Balance, Balances

T = TypeVar("T")

SERIOUS: Final = ("embedded", "testnet", "demo", "live")
"""Environments, the most serious last; one that is not known counts as live."""
TOGETHER: Final = 10_000_000_000
"""ns between the stops of two desks that are still one stop."""


def one_desk(views: Mapping[str, DeskView]) -> DeskView:
    """All of them as one. `views`: qualified, by venue, at least one."""
    all_views = list(views.values())
    environment = max((view.environment for view in all_views), key=_serious)
    stopped = [venue for venue, view in views.items() if view.stopped]
    all_stopped = len(stopped) == len(views)
    blocked = {
        venue: "stopped" if view.stopped else view.entry_blocked
        for venue, view in views.items()
        if view.stopped or view.entry_blocked
    }
    return DeskView(
        venue=f"{len(views)} venues",
        environment=environment,
        account=", ".join(
            venue if view.environment == environment else f"{venue} ({view.environment})"
            for venue, view in views.items()
        ),
        pulse=max(view.pulse for view in all_views),
        stopped=all_stopped,
        entry_blocked=_told(blocked, len(views)),
        order_to_ack=_of(all_views, lambda view: view.order_to_ack, max),
        tape_lag=_of(all_views, lambda view: view.tape_lag, max),
        tape_rows=sum(view.tape_rows for view in all_views),
        limits=tuple(gauge for view in all_views for gauge in view.limits),
        armed_until=_of(all_views, lambda view: view.armed_until, min),
        listing_at=_of(all_views, lambda view: view.listing_at, min),
        drop_copy=_told({venue: view.drop_copy for venue, view in views.items()}, len(views)),
        when_disconnected=_told({venue: view.when_disconnected for venue, view in views.items()}, len(views)),
        dead_man=None
        if any(view.dead_man is None for view in all_views)
        else _of(all_views, lambda view: view.dead_man, max),
        dead_man_at=_of(all_views, lambda view: view.dead_man_at, min),
        features=_features(all_views),
        woke_at=_of(all_views, lambda view: view.woke_at, max),
        recording=", ".join(filter(None, (view.recording for view in all_views))),
    )


def _serious(environment: str) -> int:
    return SERIOUS.index(environment) if environment in SERIOUS else len(SERIOUS)


def _of(
    views: Iterable[DeskView], get: Callable[[DeskView], T | None], choose: Callable[[list[T]], T]
) -> T | None:
    known = [value for view in views if (value := get(view)) is not None]
    return choose(known) if known else None


def _told(reasons: Mapping[str, str], count: int) -> str:
    """What is said, each with who says it; once, where all say the same."""
    said = {venue: text for venue, text in reasons.items() if text}
    texts = set(said.values())
    if len(texts) == 1 and len(said) == count:
        return texts.pop()
    return "; ".join(f"{venue}: {text}" for venue, text in said.items())


def _features(views: Iterable[DeskView]) -> frozenset[str] | None:
    """What any of them has; the ticket asks the symbol's own desk."""
    told = [view.features for view in views if view.features is not None]
    return frozenset().union(*told) if told else None


def one_account(views: Mapping[str, BalancesView]) -> BalancesView:
    """All balances, assets being named with their venue. `views`: qualified, by venue, at least one."""
    all_views = list(views.values())
    units = {view.unit for view in all_views if view.unit}
    return BalancesView(
        balances=Balances(
            at=min(view.balances.at for view in all_views),
            by_asset=_joined(view.balances.by_asset for view in all_views),
        ),
        mono=min(view.mono for view in all_views),
        worth=_joined(view.worth for view in all_views) if len(units) == 1 else {},
        unit=units.pop() if len(units) == 1 else "",
        mismatches=_joined(view.mismatches for view in all_views),
        error="; ".join(filter(None, (view.error for view in all_views))),
    )


def _joined(tables: Iterable[Mapping[str, T]]) -> dict[str, T]:
    return {key: value for table in tables for key, value in table.items()}


def one_stop(views: Mapping[str, StopView], venues: int) -> StopView:
    """The stops of several desks as one: those still under way, and those that began with the newest. `views`:
    qualified, by venue, at least one; `venues`: how many there are."""
    newest = max(view.at for view in views.values())
    now = {v: view for v, view in views.items() if not view.done or newest - view.at <= TOGETHER}
    outcomes: tuple[StopOutcome, ...] = tuple(one for view in now.values() for one in view.outcomes)
    return StopView(
        at=newest,
        cause=_told({venue: view.cause for venue, view in now.items()}, venues),
        outcomes=outcomes,
        written_in=max(
            (view.written_in for view in now.values() if view.written_in is not None), default=None
        ),
        done=all(view.done for view in now.values()),
    )


class Total(msgspec.Struct, frozen=True, kw_only=True):
    """An asset over the venues that hold it. `worth` in the unit of the view; None where a part has no price."""

    asset: str
    free: Decimal
    locked: Decimal
    worth: Decimal | None
    venues: int


def totals(view: BalancesView, split: Callable[[str], tuple[str, str]]) -> dict[str, Total]:
    """Assets that are held at more than one venue, summed. `split`: a qualified asset to asset and venue."""
    held: dict[str, list[tuple[Balance, Decimal | None]]] = {}
    for key, balance in view.balances.by_asset.items():
        if balance.total:
            held.setdefault(split(key)[0], []).append((balance, view.worth.get(key)))
    return {
        asset: Total(
            asset=asset,
            free=sum((balance.free for balance, _ in there), Decimal(0)),
            locked=sum((balance.locked for balance, _ in there), Decimal(0)),
            worth=_sum(worth for _, worth in there),
            venues=len(there),
        )
        for asset, there in held.items()
        if len(there) > 1
    }


def _sum(amounts: Iterable[Decimal | None]) -> Decimal | None:
    known = list(amounts)
    told = [amount for amount in known if amount is not None]
    return sum(told, Decimal(0)) if len(told) == len(known) else None
