"""What folding a report into the ledger costs. Run: pytest tests/bench/test_bench_ledger.py -n 0 -s"""

import time
from decimal import Decimal

from blotter.trading.enums import ExecType, OrdStatus, OrdType, Side
from blotter.trading.event import ExecutionReport, Fee
from blotter.trading.ledger import Ledger

ORDERS, FILLS = 10_000, 9


def report(order: int, fill: int) -> ExecutionReport:
    """The New of an order, then its fills, each with a fee."""
    return ExecutionReport(
        symbol="BTCUSDT",
        side=Side.BUY,
        ord_type=OrdType.LIMIT,
        exec_type=ExecType.TRADE if fill else ExecType.NEW,
        ord_status=OrdStatus.PARTIALLY_FILLED if fill else OrdStatus.NEW,
        cum_qty=Decimal(fill),
        at=order,
        exec_id=f"{order}.{fill}",
        cl_ord_id=f"other-{order}",
        order_id=str(order),
        order_qty=Decimal(100),
        price=Decimal("60000.1"),
        cum_quote_qty=fill * Decimal("60000.1"),
        last_px=Decimal("60000.1") if fill else None,
        last_qty=Decimal(1) if fill else Decimal(0),
        trade_id=f"{order}.{fill}" if fill else None,
        fees=(Fee(Decimal("0.001"), "BNB"),) if fill else (),
    )


def test_a_hundred_thousand_reports():
    reports = [report(order, fill) for order in range(ORDERS) for fill in range(FILLS + 1)]
    ledger = Ledger()
    started = time.perf_counter()
    for one in reports:
        ledger.apply(one)
    taken = time.perf_counter() - started
    print(f"{len(reports)} reports folded in {taken:.2f} s, {taken / len(reports) * 1e6:.1f} us each")
    assert len(ledger.fills) == ORDERS * FILLS
    assert taken < 1.5
