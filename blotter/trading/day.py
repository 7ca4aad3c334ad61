"""What was done in a span of time, in numbers: orders, fills, volume, fees, realised P&L, refusals, time to an answer.

Pure: reckoned from a ledger. What cannot be said exactly is marked, never guessed.
"""

from collections.abc import Mapping
from decimal import Decimal
from statistics import median

import msgspec

from blotter.trading.decimals import grouped
from blotter.trading.event import ZERO
from blotter.trading.ledger import Fill, Ledger
from blotter.trading.order import Order, OrderState
from blotter.trading.position import Position

MILLISECOND = 1_000_000


class SymbolDay(msgspec.Struct, frozen=True, kw_only=True):
    """One symbol. Volume and P&L in the quote asset; P&L is realised, before fees."""

    symbol: str
    fills: int = 0
    bought: Decimal = ZERO  # base asset
    sold: Decimal = ZERO
    volume: Decimal = ZERO
    realised: Decimal = ZERO
    exact: bool = (
        True  # False: fills are missing that the venue's totals have, so that P&L is what the known ones make
    )


class Day(msgspec.Struct, frozen=True, kw_only=True):
    """A span of time. Times in ns; `since` and `until` UTC, None for no bound."""

    since: int | None = None
    until: int | None = None
    orders: int = 0  # ours
    states: dict[str, int] = {}  # of those orders, now
    fills: int = 0
    symbols: tuple[SymbolDay, ...] = ()
    fees: dict[str, Decimal] = {}  # by asset
    rejected: int = 0  # orders
    refused: int = 0  # cancels, amends and other requests
    disconnects: int = 0  # sessions that had been live and ended
    acked: int = 0
    ack_median: int | None = None  # ns from the order on the tape to the venue's answer
    ack_worst: int | None = None
    slowest: str = ""  # the order that waited for it

    @property
    def idle(self) -> bool:
        """Nothing was ordered and nothing filled."""
        return not self.orders and not self.fills


def day(
    ledger: Ledger,
    since: int | None = None,
    until: int | None = None,
    *,
    refused: int = 0,
    disconnects: int = 0,
) -> Day:
    """The numbers between two moments (UTC ns, both included)."""

    def within(at: int) -> bool:
        return (since is None or at >= since) and (until is None or at <= until)

    orders = [order for order in ledger.orders.values() if not order.foreign and within(order.created_at)]
    fills = [fill for fill in ledger.fills if within(fill.at)]
    waits = {order.id: order.acked_at - order.created_at for order in orders if order.acked_at is not None}
    slowest = max(waits, key=lambda id: waits[id], default="")
    states: dict[str, int] = {}
    for order in orders:
        states[order.state.value] = states.get(order.state.value, 0) + 1
    fees: dict[str, Decimal] = {}
    for fill in fills:
        for fee in fill.fees:
            fees[fee.asset] = fees.get(fee.asset, ZERO) + fee.amount
    return Day(
        since=since,
        until=until,
        orders=len(orders),
        states=states,
        fills=len(fills),
        symbols=tuple(_symbols(ledger, fills, since, until)),
        fees=dict(sorted(fees.items())),
        rejected=sum(_rejected(order) for order in orders),
        refused=refused,
        disconnects=disconnects,
        acked=len(waits),
        ack_median=int(median(waits.values())) if waits else None,
        ack_worst=waits[slowest] if waits else None,
        slowest=slowest,
    )


def _rejected(order: Order) -> bool:
    return order.state is OrderState.REJECTED


def _symbols(ledger: Ledger, within: list[Fill], since: int | None, until: int | None) -> list[SymbolDay]:
    known: dict[str, Position] = {}
    before: dict[str, Decimal] = {}  # realised when the span began
    after: dict[str, Decimal] = {}  # and when it ended
    for fill in ledger.fills:
        if until is not None and fill.at > until:
            continue
        position = known.get(fill.symbol) or Position(symbol=fill.symbol)
        position = position.traded(fill.side, fill.last_qty, fill.last_qty * fill.last_px)
        known[fill.symbol] = position
        after[fill.symbol] = position.realised
        if since is not None and fill.at < since:
            before[fill.symbol] = position.realised
    found: dict[str, SymbolDay] = {}
    for fill in within:
        one = found.get(fill.symbol) or SymbolDay(symbol=fill.symbol)
        buys = fill.side.sign > 0
        found[fill.symbol] = msgspec.structs.replace(
            one,
            fills=one.fills + 1,
            bought=one.bought + (fill.last_qty if buys else ZERO),
            sold=one.sold + (ZERO if buys else fill.last_qty),
            volume=one.volume + fill.last_qty * fill.last_px,
        )
    return [
        msgspec.structs.replace(
            found[symbol],
            realised=after[symbol] - before.get(symbol, ZERO),
            exact=_complete(ledger.positions, ledger.fills, symbol),
        )
        for symbol in sorted(found)
    ]


def _complete(positions: Mapping[str, Position], fills: list[Fill], symbol: str) -> bool:
    """Whether the fills that are known make the position that the venue's totals make."""
    net = sum((fill.side.sign * fill.last_qty for fill in fills if fill.symbol == symbol), ZERO)
    position = positions.get(symbol)
    return position is not None and position.net_qty == net


def lines(day: Day) -> list[str]:
    """For people."""
    states = ", ".join(f"{count} {state}" for state, count in sorted(day.states.items()))
    text = [f"orders     {day.orders:,}" + (f": {states}" if states else "")]
    text.append(f"fills      {day.fills:,}")
    for one in day.symbols:
        mark = "" if one.exact else "  (fills are missing: of the known ones only)"
        text.append(
            f"  {one.symbol:<10} bought {grouped(one.bought)}  sold {grouped(one.sold)}"
            f"  volume {grouped(one.volume)}  realised {_signed(one.realised)}{mark}"
        )
    fees = ", ".join(f"{grouped(amount)} {asset}" for asset, amount in day.fees.items())
    text.append(f"fees       {fees or 'none'}")
    text.append(
        f"refusals   {day.rejected:,} orders, {day.refused:,} requests    disconnects  {day.disconnects:,}"
    )
    if day.ack_worst is not None and day.ack_median is not None:
        text.append(
            f"answers    median {_took(day.ack_median)}, worst {_took(day.ack_worst)} ({day.slowest}),"
            f" of {day.acked:,}"
        )
    return text


def _signed(value: Decimal) -> str:
    return f"{'+' if value > 0 else ''}{grouped(round(value, 8))}"


def _took(ns: int) -> str:
    return f"{ns // 1000 / 1000:.3f} ms" if ns < 1000 * MILLISECOND else f"{ns // MILLISECOND / 1000:.3f} s"
