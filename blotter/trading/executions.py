"""The ledger's fills and positions: which executions were seen, each once, and what they come to.

ExecIDs and TradeIDs are unique per symbol only (fact sheet trap 11), and evidence asked for by REST has no ExecID.
"""

from decimal import Decimal

import msgspec

from blotter.trading.delta import Fill
from blotter.trading.enums import ExecType
from blotter.trading.event import ZERO, ExecutionReport, Fee
from blotter.trading.order import Order
from blotter.trading.position import Position


class ExecutionNames(msgspec.Struct):
    """What was seen."""

    execs: dict[str, dict[str, str]] = {}  # symbol -> ExecID -> own order id
    trades: dict[
        str, str
    ] = {}  # own order id and TradeID -> ExecID of its fill; one flat dict: copied at each snapshot


class Executions:
    """Mutable holder of immutable fills and positions."""

    def __init__(
        self,
        fills: list[Fill] | None = None,
        positions: dict[str, Position] | None = None,
        names: ExecutionNames | None = None,
    ) -> None:
        self.fills = fills if fills is not None else []
        self.positions = positions if positions is not None else {}
        self.names = names or ExecutionNames()

    def seen(self, order: Order, report: ExecutionReport) -> bool:
        """Whether this very report was folded before. The same ExecID on *another* order is not."""
        if report.exec_id is None:
            return False
        return self.names.execs.get(report.symbol, {}).get(report.exec_id) == order.id

    def unreported_qty(self, order: Order) -> Decimal:
        """How much of its CumQty no fill of ours accounts for."""
        return order.cum_qty - sum((f.last_qty for f in self.fills if f.order_id == order.id), ZERO)

    def take(self, order: Order, report: ExecutionReport) -> tuple[Fill, ...]:
        """The execution a report tells of, unless it is known already under its ExecID or its TradeID."""
        if report.exec_id is not None:
            self.names.execs.setdefault(report.symbol, {})[report.exec_id] = order.id
        if report.exec_type is not ExecType.TRADE or report.last_qty <= 0 or report.last_px is None:
            return ()
        exec_id = report.exec_id if report.exec_id is not None else f"T{report.trade_id}"
        if report.trade_id is not None:
            trade = f"{order.id} {report.trade_id}"
            if trade in self.names.trades:
                return ()
            self.names.trades[trade] = exec_id
        elif report.exec_id is None:
            return ()
        fill = Fill(
            symbol=report.symbol,
            exec_id=exec_id,
            order_id=order.id,
            cl_ord_id=report.cl_ord_id or "",
            side=report.side,
            last_qty=report.last_qty,
            last_px=report.last_px,
            at=report.at,
            transact_time=report.transact_time,
            fees=self._fees(order, report),
            aggressor=report.aggressor,
            trade_id=report.trade_id,
        )
        self.fills.append(fill)
        return (fill,)

    def _fees(self, order: Order, report: ExecutionReport) -> tuple[Fee, ...]:
        """What this fill has cost: where only the sum is told, what it adds to the order's other fills. So a sum is
        right again with the next fill, whichever was missed before. Of a sum that comes late nothing is left to add."""
        if not report.fees_so_far:
            return report.fees
        placement = next((one for one in order.placements if one.order_id == report.order_id), order.current)
        if report.cum_qty < placement.cum_qty:
            return ()
        added = {fee.asset: fee.amount for fee in report.fees}
        for fill in self.fills:
            if fill.order_id == order.id and fill.cl_ord_id in placement.cl_ord_ids:
                for fee in fill.fees:
                    if fee.asset in added:
                        added[fee.asset] -= fee.amount
        return tuple(Fee(amount, asset) for asset, amount in added.items() if amount)

    def move(self, order: Order, before: tuple[Decimal, Decimal], fills: tuple[Fill, ...]) -> Position | None:
        """The position after the order's cumulative quantities went up from `before`. None: no change."""
        more = order.cum_qty - before[0]
        fees = [fee for fill in fills for fee in fill.fees]
        if more <= 0 and not fees:
            return None
        position = self.positions.get(order.symbol) or Position(symbol=order.symbol)
        if more > 0:
            position = position.traded(order.side, more, order.cum_quote_qty - before[1])
        if fees:
            position = position.charged(fees)
        self.positions[order.symbol] = position
        return position
