"""The levels of the risk rules, as `[risk]` in the config has them: what warns, what blocks, per symbol and desk.

A level is the last value that is still allowed. Everything is Decimal: a number in the file means its digits. Nothing
here judges an order; `blotter.trading.risk` does. Without any level a rule is off.
"""

from decimal import Decimal
from typing import Annotated

import msgspec
from msgspec import Meta

from blotter.trading.decimals import plain, sane


def _check(key: str, value: Decimal | None) -> None:
    if value is not None and (not sane(value) or value < 0):
        raise ValueError(f"{key} = {value} is not a usable number from 0 upwards")


class Levels(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Two levels of one rule. A value above `warn` wants a person's confirmation, one above `block` is refused. A level
    that is absent does nothing; without both the rule is off."""

    warn: Annotated[Decimal | None, Meta(description="Above this an order wants a confirmation.")] = None
    block: Annotated[Decimal | None, Meta(description="Above this an order is refused.")] = None

    def __post_init__(self) -> None:
        _check("warn", self.warn)
        _check("block", self.block)
        if self.warn is not None and self.block is not None and self.warn > self.block:
            raise ValueError(
                f"warn = {plain(self.warn)} is above block = {plain(self.block)}: a warning comes before a block"
            )

    def __bool__(self) -> bool:
        return self.warn is not None or self.block is not None


class Percents(Levels, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Two levels of one rule, in percent from 0 to 100: above `warn` an order wants a confirmation, above `block` it
    is refused."""

    def __post_init__(self) -> None:
        super().__post_init__()
        for key, value in (("warn", self.warn), ("block", self.block)):
            if value is not None and value > 100:
                raise ValueError(f"{key} = {plain(value)} is above 100: it is a percentage of the whole")


class Within(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Seconds back in which a like order counts: within `warn` seconds it wants a confirmation, within `block` seconds
    it is refused. The nearer is the worse."""

    warn: Annotated[Decimal | None, Meta(description="Seconds, within which it wants a confirmation.")] = None
    block: Annotated[Decimal | None, Meta(description="Seconds, within which it is refused.")] = None

    def __post_init__(self) -> None:
        _check("warn", self.warn)
        _check("block", self.block)
        if self.warn is not None and self.block is not None and self.block > self.warn:
            raise ValueError(
                f"block = {plain(self.block)} is above warn = {plain(self.warn)}: the nearer is the worse"
            )


_COLLAR = (
    "How far a limit price may reach through the market: a buy above the best ask, a sell below the best bid, in basis"
    " points (1 = 0.01 %). A stop's limit price is held against its trigger price."
)
_BOOK = (
    "Seconds the market data session has been silent (a quiet market is not a stale one: any word counts); a symbol"
    " without best bid and offer is older than any. What is priced by the market (market and pegged orders) is refused"
    " above `block`; limit orders only ever want a confirmation."
)
_DUPLICATE = "An order of the same symbol, side, quantity and prices as one sent before."


class Limits(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The rules that can differ from symbol to symbol. In `[risk.instruments.SYMBOL]` a rule that is absent is the
    desk's; one given as an empty table `{}` is off."""

    order_qty: Annotated[
        Levels | None, Meta(description="Quantity of one order, in base asset. Off by default.")
    ] = None
    notional: Annotated[
        Levels | None, Meta(description="Worth of one order, in the symbol's quote asset. Off by default.")
    ] = None
    value: Annotated[
        Levels | None, Meta(description="Worth of one order, in the common `unit`. Off by default.")
    ] = None
    collar_bips: Annotated[
        Levels | None,
        Meta(description=_COLLAR),
    ] = None
    collar_ticks: Annotated[
        Levels | None, Meta(description="The same, in ticks of the symbol. Off by default.")
    ] = None
    away_bips: Annotated[
        Levels | None,
        Meta(
            description="How far a limit price may lie away from the market on its own side, in basis points."
            " Off by default."
        ),
    ] = None
    book_age: Annotated[
        Levels | None,
        Meta(description=_BOOK),
    ] = None
    duplicate: Annotated[
        Within | None,
        Meta(description=_DUPLICATE),
    ] = None
    position: Annotated[
        Levels | None,
        Meta(
            description="Position that would result in base asset, long or short, were every open order on the order's"
            " side filled. Orders that only reduce a position pass. Off by default."
        ),
    ] = None
    open_orders: Annotated[Levels | None, Meta(description="Open orders of the symbol. Off by default.")] = (
        None
    )


class StopLevels(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What pulls Stop by itself: entry off, every open order cancelled. Each is off unless it is given."""

    positions: Annotated[
        dict[str, Decimal],
        Meta(description="By symbol: the position, long or short, in base asset, above which it stops."),
    ] = {}
    gross: Annotated[
        Decimal | None, Meta(description="The sum of all positions, in `unit`, above which it stops.")
    ] = None
    loss: Annotated[
        Decimal | None,
        Meta(description="Realised and unrealised loss less fees, in `unit`, above which it stops."),
    ] = None
    unconfirmed: Annotated[
        Decimal | None, Meta(description="Seconds an order may be unconfirmed before it stops.")
    ] = None
    drop_copy: Annotated[
        Decimal | None, Meta(description="Seconds the drop copy session may be away before it stops.")
    ] = None
    book_age: Annotated[
        Decimal | None,
        Meta(
            description="Seconds the book of a symbol with a position or open orders may be silent before it stops."
        ),
    ] = None

    def __post_init__(self) -> None:
        for symbol, value in self.positions.items():
            _check(f"positions.{symbol}", value)
        for key in ("gross", "loss", "unconfirmed", "drop_copy", "book_age"):
            _check(key, getattr(self, key))


class RiskLimits(Limits, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Rules every new order goes through before it leaves, and what stops the desk by itself. Cancels and in-place
    decreases pass everything."""

    unit: Annotated[
        str, Meta(min_length=1, max_length=32, description="The asset in which worth is added up.")
    ] = "USDT"
    collar_bips: Annotated[Levels | None, Meta(description=f"{_COLLAR} Default: 100 warns, 500 blocks.")] = (
        Levels(warn=Decimal(100), block=Decimal(500))
    )
    book_age: Annotated[Levels | None, Meta(description=f"{_BOOK} Default: 15 warns, 60 blocks.")] = Levels(
        warn=Decimal(15), block=Decimal(60)
    )
    duplicate: Annotated[Within | None, Meta(description=f"{_DUPLICATE} Default: 10 warns.")] = Within(
        warn=Decimal(10)
    )
    gross: Annotated[
        Levels | None,
        Meta(
            description="The sum over all symbols of what positions and open orders may come to, in `unit`."
            " Off by default."
        ),
    ] = None
    assets: Annotated[
        dict[str, Levels],
        Meta(description="By base asset: what positions and open orders in it may come to, in `unit`."),
    ] = {}
    loss: Annotated[
        Levels | None,
        Meta(
            description="Realised and unrealised loss less fees, in `unit`, above which only orders that reduce a"
            " position pass. Off by default."
        ),
    ] = None
    total_orders: Annotated[
        Levels | None, Meta(description="Open orders of all symbols. Off by default.")
    ] = None
    order_rate: Annotated[
        Levels | None,
        Meta(description="New orders and replaces within `order_rate_window` seconds. Off by default."),
    ] = None
    order_rate_window: Annotated[Decimal, Meta(description="Seconds.")] = Decimal(10)
    venue_limits: Annotated[
        Percents | None,
        Meta(
            description="Share of the venue's own limits, in percent, that new orders may use: its order counts, and"
            " the messages of the connection less a reserve for cancels. Default: 90 warns, 100 blocks."
        ),
    ] = Percents(warn=Decimal(90), block=Decimal(100))
    balance: Annotated[
        Levels | None,
        Meta(
            description="What an order needs, in percent of what is free. Judged where balances are known."
            " Default: 100 warns."
        ),
    ] = Levels(warn=Decimal(100))
    arming: Annotated[
        Decimal | None,
        Meta(
            description="Orders leave only while armed, and arming lasts at most so many seconds. Off by default."
        ),
    ] = None
    instruments: Annotated[
        dict[str, Limits], Meta(description="By symbol: what differs from the desk's.")
    ] = {}
    stop: Annotated[StopLevels, Meta(description="What pulls Stop by itself.")] = StopLevels()

    def __post_init__(self) -> None:
        for key, value in (("order_rate_window", self.order_rate_window), ("arming", self.arming)):
            _check(key, value)
            if value is not None and not 0 < value <= 86_400:
                raise ValueError(f"{key} = {plain(value)} is not above 0 and at most 86400 seconds")
        for key, names in (
            ("instruments", self.instruments),
            ("assets", self.assets),
            ("stop.positions", self.stop.positions),
        ):
            for name in names:
                if name != name.upper():
                    raise ValueError(
                        f"{key}.{name}: venues write {name.upper()}, and a rule must meet its symbol"
                    )

    @property
    def needs_holdings(self) -> bool:
        """Some rule looks at positions or open orders."""
        each = any(one.position or one.open_orders for one in (self, *self.instruments.values()))
        return bool(each or self.gross or self.assets or self.loss or self.total_orders)

    def symbols(self) -> tuple[str, ...]:
        """Every symbol that is named here."""
        return (*self.instruments, *self.stop.positions)

    def of(self, symbol: str) -> Limits:
        """The limits of one symbol: its own, else the desk's."""
        own = self.instruments.get(symbol)
        if own is None:
            return self
        chosen = {
            name: getattr(self, name) if getattr(own, name) is None else getattr(own, name)
            for name in Limits.__struct_fields__
        }
        return Limits(**chosen)


OFF = RiskLimits(collar_bips=None, book_age=None, duplicate=None, venue_limits=None, balance=None)
"""Every rule switched off."""
