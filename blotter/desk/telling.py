"""What people are told of a change of the ledger, in words: the same live and when a recording is replayed. Pure."""

from collections.abc import Iterator

from blotter.desk.change import Notice, Severity
from blotter.trading.decimals import plain
from blotter.trading.ledger import Delta, Fill
from blotter.trading.order import OrderState


def notices(delta: Delta, at: int) -> Iterator[Notice]:
    """Rejects, orders in doubt, fills, and evidence that fits nothing. `at`: UTC ns."""
    for order in delta.orders:
        if order.state is OrderState.REJECTED and order.updated_at == order.acked_at and order.reason:
            text = f"{order.id} rejected: {order.reason.text}"
            yield Notice(at=at, severity=Severity.WARNING, text=text, order_id=order.id)
        elif order.state is OrderState.UNCONFIRMED:
            text = f"{order.id} is unconfirmed: nobody knows what became of it"
            yield Notice(at=at, severity=Severity.ERROR, text=text, order_id=order.id)
    for fill in delta.fills:
        yield Notice(at=at, severity=Severity.INFO, text=_words(fill), order_id=fill.order_id)
    if delta.note:
        yield Notice(at=at, severity=Severity.WARNING, text=delta.note)


def _words(fill: Fill) -> str:
    side = "bought" if fill.side.sign > 0 else "sold"
    return f"{fill.order_id} {side} {plain(fill.last_qty)} {fill.symbol} @ {plain(fill.last_px)}"
