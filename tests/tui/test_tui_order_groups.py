"""What the heading of a group of orders says."""

from fake_desk import INSTRUMENTS, make_order
from fake_scenes import oco
from hypothesis import given, settings
from hypothesis import strategies as st

from blotter.trading.enums import Side
from blotter.trading.order import OrderState
from blotter.tui.order_groups import GROUPINGS, HELD, SINGLE, OrderTally
from blotter.tui.order_rows import OrderRow

BY_SYMBOL = {instrument.symbol: instrument for instrument in INSTRUMENTS}


def row(number: int, state: OrderState = OrderState.NEW, **terms: object) -> OrderRow:
    order = make_order(number, state, **terms)
    return OrderRow(key=order.id, order=order)


def tally(*rows: OrderRow) -> OrderTally:
    made = OrderTally(BY_SYMBOL)
    for one in rows:
        made.add(one, 1)
    return made


def test_a_group_of_one_symbol_tells_quantities_and_worth() -> None:
    made = tally(
        row(1, qty="0.5", price="60000"),
        row(2, OrderState.PARTIALLY_FILLED, qty="2", filled="0.5", price="50000", side=Side.SELL),
        row(3, OrderState.FILLED, qty="0.8", filled="0.8", side=Side.BUY),
    )
    assert made.words() == "3 orders, 2 open: 2 = 105,000 USDT · net +0.3"


def test_quantities_of_different_assets_are_not_added() -> None:
    made = tally(row(1, qty="1", price="100"), row(2, symbol="ETHUSDT", qty="3", price="10"))
    assert made.words() == "2 orders, 2 open = 130.00 USDT"


def test_an_open_order_without_a_price_is_not_worth_nothing() -> None:
    assert tally(row(1, qty="1", price=None)).words() == "1 order, 1 open: 1 = 1 unpriced"


def test_a_list_adds_nothing_to_its_legs() -> None:
    order_list, legs = oco()
    made = tally(
        OrderRow(key=order_list.id, list=order_list, legs=tuple(legs)),
        *(OrderRow(key=leg.id, order=leg) for leg in legs),
    )
    assert made.words().startswith("2 orders, ")
    assert made.count == 3


STATES = st.sampled_from(
    [
        OrderState.NEW,
        OrderState.FILLED,
        OrderState.PARTIALLY_FILLED,
        OrderState.CANCELED,
        OrderState.UNCONFIRMED,
    ]
)
ROWS = st.lists(
    st.builds(
        lambda number, state, symbol, side, price, filled: row(
            number, state, symbol=symbol, side=side, price=price, qty="1", filled=filled
        ),
        st.integers(1, 99), STATES, st.sampled_from(["BTCUSDT", "ETHUSDT"]), st.sampled_from(list(Side)),
        st.sampled_from(["100", "0.01", None]), st.sampled_from(["0", "0.3", "1"]),
    ),
    max_size=8,
)  # fmt: skip


@settings(max_examples=50)
@given(ROWS, ROWS)
def test_what_is_taken_out_again_leaves_no_trace(kept: list[OrderRow], gone: list[OrderRow]) -> None:
    made = tally(*kept, *gone)
    for one in gone:
        made.add(one, -1)
    assert (made.words(), made.count) == (tally(*kept).words(), len(kept))


def test_groups_by_state_stand_in_the_order_of_an_orders_life() -> None:
    by = GROUPINGS["state"]
    labels = {
        by.label(row(n, state)) for n, state in enumerate(OrderState) if state is not OrderState.UNCONFIRMED
    }
    ranked = [label.split()[1] for label in sorted(labels, key=by.rank)]
    assert ranked == ["PEND", "WORKING", "PARTIAL", "FILLED", "CXLD", "EXPIRED", "REJECT", "RESOLVED"]


def test_groups_by_parent() -> None:
    by = GROUPINGS["parent"]
    order_list, _ = oco()
    label = by.label(OrderRow(key=order_list.id, list=order_list))
    assert label == f"{order_list.id} OCO"
    assert by.label(row(1)) == SINGLE
    assert sorted([HELD, SINGLE, label], key=by.rank) == [label, SINGLE, HELD]


def test_worth_is_exact() -> None:
    assert tally(row(1, qty="0.1", price="0.3")).words().endswith("= 0.03 USDT")
