"""The risk gate: gathers what the rules need to know, asks them, and counts what was let through.

Nothing that adds or changes an order leaves unjudged; cancels and in-place decreases are not brought here at all. An
order that was let through counts as open from that moment on, before the tape or the socket have it: of two in the same
breath the second sees the first. Decides nothing by itself; `blotter.trading.risk` does.
"""

from collections import deque
from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from typing import NamedTuple

from blotter.desk.clock import Clock
from blotter.desk.rates import Rates
from blotter.trading.account import Balances
from blotter.trading.enums import Side
from blotter.trading.event import ZERO
from blotter.trading.instrument import Instrument, Quote
from blotter.trading.ledger import Ledger
from blotter.trading.order import Order, Standing
from blotter.trading.request import OrderListRequest, OrderRequest
from blotter.trading.risk import judge, judge_list
from blotter.trading.risk_levels import Limits, RiskLimits
from blotter.trading.risk_situation import (
    Finding,
    Holding,
    Recent,
    Situation,
    Verdict,
    base_qty,
    worst_price,
)
from blotter.trading.valuation import Prices, Profit

__all__ = ["Finding", "Gate", "Market", "Verdict"]

SECOND = 1_000_000_000
_ALTERNATIVES = frozenset({"below", "above"})


QUIET = 15 * SECOND
"""ns of silence after which a quote refuses nothing any more."""


class Market(NamedTuple):
    """Where the gate looks: the desk's own tables, and what others reckon from them."""

    instruments: Mapping[str, Instrument]
    quotes: Mapping[str, Quote]
    ledger: Callable[[], Ledger]
    prices: Callable[[], Prices]
    profits: Callable[[], Mapping[str, Profit]]
    balances: Callable[[], Balances | None]
    heard: Callable[[], int]  # UTC ns of the last word of the market data session; 0 while it is not live
    blind: bool = False  # there is no market data session at all


class _Noted(NamedTuple):
    at: int  # UTC ns
    request: OrderRequest


class _Sum:
    """A holding while it is added up."""

    def __init__(self, net: Decimal) -> None:
        self._net, self._buying, self._selling, self._orders = net, ZERO, ZERO, 0
        self._untold: list[str] = []

    def add(self, side: Side, qty: Decimal | None, name: str) -> None:
        """An open order; of unknown quantity it is kept by its name."""
        self._orders += 1
        if qty is None:
            self._untold.append(name)
        elif side is Side.BUY:
            self._buying += qty
        else:
            self._selling += qty

    def holding(self) -> Holding:
        return Holding(self._net, self._buying, self._selling, self._orders, tuple(self._untold))


class Gate:
    """One account's. Called in the desk's loop."""

    def __init__(self, limits: RiskLimits, market: Market, rates: Rates, clock: Clock) -> None:
        self.limits = limits
        self._market = market
        self._rates = rates
        self._clock = clock
        self._noted: dict[str, _Noted] = {}  # ClOrdID -> what was let through and is not in the ledger yet
        self._sent: deque[int] = deque()  # mono ns of what was let through, for our own order rate
        self._armed_until = 0  # mono ns
        self._unmet = tuple(dict.fromkeys(limits.symbols()))  # not looked for in the listing yet

    # --- judging -------------------------------------------------------------------------------------------

    def judge(self, request: OrderRequest, *, replaces: Order | None = None) -> Verdict:
        """A new order, or the new terms of one. `replaces`: the order whose open quantity is given up for it; None
        where it may stay open beside the new one."""
        return judge(request, self._situation(1, replaces), self.limits)

    def judge_list(self, request: OrderListRequest) -> Verdict:
        """A new order list."""
        return judge_list(request, self._situation(len(request.legs), None), self.limits)

    def quote(self, symbol: str) -> Quote | None:
        """The market that the venue's own rules may be judged by here; None while market data has been silent for so
        long that a refusal for its sake might be wrong. The venue judges by its own."""
        silent = self._clock().wall - self._market.heard()
        return self._market.quotes.get(symbol) if silent <= QUIET else None

    def noted(self, *orders: tuple[str, OrderRequest]) -> None:
        """These, each with its ClOrdID, were let through and are about to leave in one message."""
        now = self._clock()
        for cl_ord_id, request in orders:
            self._noted[cl_ord_id] = _Noted(now.wall, request)
            self._sent.append(now.mono)
        self._rates.ordered(len(orders), now.mono)

    def unlisted(self) -> tuple[str, ...]:
        """Symbols the settings name and the venue does not list: their rules meet nothing. Each is told once."""
        known = self._market.instruments
        strangers = tuple(name for name in self._unmet if name not in known) if known else ()
        self._unmet = () if known else self._unmet
        return strangers

    def unsent(self, *cl_ord_ids: str) -> None:
        """These certainly never left."""
        for cl_ord_id in cl_ord_ids:
            self._noted.pop(cl_ord_id, None)

    # --- arming --------------------------------------------------------------------------------------------

    def arm(self, seconds: float) -> str:
        """Let orders leave for so long, at most for what the settings allow. What was done, in words."""
        most = self.limits.arming
        if most is None:
            return "arming is not asked for: orders may leave"
        if not seconds > 0:  # NaN too
            self.disarm()
            return f"not armed: {seconds:g} s is no time to be armed for"
        lasting = min(Decimal(str(seconds)), most)
        self._armed_until = self._clock().mono + int(lasting * SECOND)
        return f"armed for {lasting.normalize():f} s"

    def disarm(self) -> None:
        self._armed_until = 0

    @property
    def armed_until(self) -> int | None:
        """mono ns; None: arming is not asked for."""
        return None if self.limits.arming is None else self._armed_until

    # --- gathering -----------------------------------------------------------------------------------------

    def _situation(self, orders: int, replaces: Order | None) -> Situation:
        now, market, limits = self._clock(), self._market, self.limits
        ledger = market.ledger()
        balances = market.balances() if limits.balance else None
        return Situation(
            now=now.wall,
            instruments=market.instruments,
            quotes=market.quotes,
            heard=market.heard(),
            blind=market.blind,
            holdings=self._holdings(ledger, replaces) if limits.needs_holdings else {},
            rate=self._rate,
            recent=self._recent(ledger, now.wall),
            sent=self._sent_since(now.mono),
            counters=self._rates.counters(orders, now.mono),
            balances=balances,
            taken=self._taken(ledger, balances, replaces) if balances is not None else {},
            loss=self.loss() if limits.loss else None,
            unpriced_fees=self.unpriced_fees() if limits.loss else (),
            armed=now.mono < self._armed_until,
            replaced_qty=None if replaces is None else _open_qty(replaces),
            replaced_worth=None if replaces is None else self._open_worth(replaces),
        )

    def _open_worth(self, order: Order) -> Decimal | None:
        """What its open quantity comes to, in quote asset."""
        qty = _open_qty(order)
        price = worst_price(order.current.request, self._market.quotes.get(order.symbol))
        return None if qty is None or price is None else qty * price

    def _rate(self, asset: str) -> Decimal | None:
        return self._market.prices().rate(asset, self.limits.unit)

    def loss(self) -> Decimal | None:
        """What was lost in all, in the common unit; below 0 it is a profit. None while a position has no price. Fees
        without one (`unpriced_fees`) are not in it: they can only make it worse."""
        total = ZERO
        prices = self._market.prices()
        for profit in self._market.profits().values():
            if profit.unrealised is None:
                return None
            won = profit.realised + profit.unrealised - profit.fees
            worth = prices.worth(won, profit.quote_asset, self.limits.unit) if won else ZERO
            if worth is None:
                return None
            total -= worth
        return total

    def unpriced_fees(self) -> tuple[str, ...]:
        """Assets in which fees were paid that `loss` does not count, for nothing tells their worth."""
        profits = self._market.profits().values()
        return tuple(sorted({fee.asset for profit in profits for fee in profit.unpriced_fees if fee.amount}))

    def holdings(self) -> dict[str, Holding]:
        """Every symbol with a position or open orders, as it stands."""
        return self._holdings(self._market.ledger(), None)

    def _holdings(self, ledger: Ledger, replaces: Order | None) -> dict[str, Holding]:
        sums: dict[str, _Sum] = {symbol: _Sum(one.net_qty) for symbol, one in ledger.positions.items()}
        alternatives: dict[tuple[str, Side], Decimal] = {}
        for order in ledger.unsettled():
            if order.open and (replaces is None or order.id != replaces.id):
                side, qty = order.side, _open_qty(order)
                if qty is not None and order.leg in _ALTERNATIVES:
                    # One cancels the other: only what the larger one has beyond the smaller is more.
                    counted = alternatives.get((order.list_id, side), ZERO)
                    alternatives[order.list_id, side] = max(counted, qty)
                    qty = max(ZERO, qty - counted)
                sums.setdefault(order.symbol, _Sum(ZERO)).add(side, qty, order.id)
        for name, noted in self._pending(ledger).items():
            request = noted.request
            qty = base_qty(request, self._market.quotes.get(request.symbol))
            sums.setdefault(request.symbol, _Sum(ZERO)).add(request.side, qty, name)
        return {symbol: one.holding() for symbol, one in sums.items()}

    def _pending(self, ledger: Ledger) -> dict[str, _Noted]:
        """What was let through and the ledger does not know yet."""
        self._noted = {
            name: noted for name, noted in self._noted.items() if ledger.by_cl_ord_id(name) is None
        }
        return self._noted

    def _recent(self, ledger: Ledger, wall: int) -> list[Recent]:
        """What was sent within the longest time any rule looks back; after a restart too."""
        longest = max(map(_back, (self.limits, *self.limits.instruments.values())))
        since = wall - int(longest * SECOND)
        recent = [Recent(noted.at, noted.request) for noted in self._pending(ledger).values()]
        for order in _since(ledger, since):
            nothing = order.state.terminal and not order.cum_qty  # it came to nothing: nothing is doubled
            if not order.foreign and not nothing:
                recent.append(Recent(order.created_at, order.placements[0].request))
        return recent

    def _sent_since(self, mono: int) -> int:
        start = mono - int(self.limits.order_rate_window * SECOND)
        while self._sent and self._sent[0] <= start:
            self._sent.popleft()
        return len(self._sent)

    def _taken(self, ledger: Ledger, balances: Balances, replaces: Order | None) -> dict[str, Decimal]:
        """What orders need that were sent after the venue told its balances, less what a replaced one gives back."""
        taken: dict[str, Decimal] = {}

        def take(request: OrderRequest, share: Decimal) -> None:
            instrument = self._market.instruments.get(request.symbol)
            if instrument is None:
                return
            quote = self._market.quotes.get(request.symbol)
            qty, price = base_qty(request, quote), worst_price(request, quote)
            buys = request.side.sign > 0
            need = qty if not buys else request.cash_order_qty
            if need is None and qty is not None and price is not None:
                need = qty * price
            if need is not None:
                asset = instrument.quote if buys else instrument.base
                taken[asset] = taken.get(asset, ZERO) + need * share

        for noted in self._pending(ledger).values():
            take(noted.request, Decimal(1))
        for order in _since(ledger, balances.at):
            gone = order.state.terminal and not order.cum_qty
            # A leg that waits for another has nothing set aside for it yet, and two alternatives have one lot.
            pending = bool(order.list_id) and order.standing is Standing.PENDING
            waits = pending or order.leg in ("pending", "above")
            if not gone and not waits and (replaces is None or order.id != replaces.id):
                take(order.current.request, Decimal(1))
        if replaces is not None and replaces.created_at < balances.at:
            current = replaces.current
            if current.leaves_qty and current.order_qty:
                take(current.request, -current.leaves_qty / current.order_qty)
        return taken


def _since(ledger: Ledger, at: int) -> Iterable[Order]:
    """Orders first heard of after that time, newest first."""
    for order in reversed(ledger.orders.values()):
        if order.created_at < at:
            return
        yield order


def _back(limits: Limits) -> Decimal:
    within = limits.duplicate
    return ZERO if within is None else max(within.warn or ZERO, within.block or ZERO)


def _open_qty(order: Order) -> Decimal | None:
    """What may still trade of it at worst: behind an unanswered replace there are two, and an unanswered change may
    have been made. None: nobody knows."""
    total = ZERO
    for placement in order.placements:
        leaves = placement.leaves_qty
        if leaves is None:
            return None
        total += leaves
    changed = [one.order_qty for one in order.pending if one.terms is not None and one.order_qty is not None]
    return max([total, *(asked - order.cum_qty for asked in changed)]) if order.open else total
