"""What is typed after `/`: words anywhere, words per column, numbers by value, and mistakes that are said."""

from dataclasses import dataclass
from decimal import Decimal

import pytest
from fake_desk import busy_orders, make_order
from hypothesis import given
from hypothesis import strategies as st

from blotter.trading.instrument import Quote
from blotter.trading.ledger import Position
from blotter.trading.order import OrderState
from blotter.tui import executions, messages, order_columns, positions
from blotter.tui.filtering import Field, Fields, mistake, row_filter
from blotter.tui.order_rows import OrderRow

ORDERS = [OrderRow(key=order.id, order=order) for order in busy_orders()]


@dataclass(frozen=True, slots=True)
class Row:
    name: str
    shade: str
    qty: Decimal | None


FIELDS: Fields[Row] = Fields(
    {
        "name": Field(lambda row: row.name),
        "shade": Field(lambda row: row.shade),
        "qty": Field(lambda row: row.qty, number=True),
    }
)
ROWS = [Row("Ann", "red", Decimal("0.250")), Row("Bob", "green", Decimal(10)), Row("Redmond", "blue", None)]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("", "Ann Bob Redmond"),
        ("red", "Ann Redmond"),
        ("RED ann", "Ann"),
        ("shade:red", "Ann"),
        ("shade:RE|blue", "Ann Bob Redmond"),
        ("shade=re", ""),
        ("shade=red|blue", "Ann Redmond"),
        ("!shade:red", "Bob Redmond"),
        ("shade!=red", "Bob Redmond"),
        ("!shade!=red", "Ann"),
        ("qty>0.25", "Bob"),
        ("qty>=0.25", "Ann Bob"),
        ("qty:0.25", "Ann"),
        ("qty!=0.25", "Bob Redmond"),
        ("qty<1,000", "Ann Bob"),
        ("name>b", "Bob Redmond"),
        ("name<=ann", "Ann"),
        ("shade: qty>", "Ann Bob Redmond"),
        ("10:14", ""),
    ],
)
def test_words_and_columns(text: str, names: str) -> None:
    shows = row_filter(text, FIELDS)
    assert [row.name for row in ROWS if shows is None or shows(row)] == names.split()
    assert mistake(text, FIELDS) == ""


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("colour:red", "colour: no such column; there are name, shade, qty"),
        ("red size>1", "size: no such column; there are name, shade, qty"),
        ("colour:", "colour: no such column; there are name, shade, qty"),
        ("qty>many", "qty>many: many is no number"),
        ("qty<nan", "qty<nan: nan is no number"),
    ],
)
def test_a_mistake_is_said_and_lets_nothing_pass(text: str, wrong: str) -> None:
    assert mistake(text, FIELDS) == wrong
    shows = row_filter(text, FIELDS)
    assert shows is not None
    assert not any(map(shows, ROWS))


@given(st.text(max_size=30))
def test_whatever_is_typed_is_a_filter_or_a_mistake(text: str) -> None:
    shows = row_filter(text, FIELDS)
    passing = [row for row in ROWS if shows is None or shows(row)]
    assert not (mistake(text, FIELDS) and passing)


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("symbol:eth side:sell", "A-004113 A-004117"),
        ("sym:btc state:working", "A-004120"),
        ("price>60123 side:buy", "A-004120"),
        ("is:open !is:unknown symbol:ETH", "A-004117"),
        ("is:unknown", "A-004116"),
        ("reason:filter", "A-004113"),
        ("qty=9", "A-004113"),
        ("id:4120", "A-004120"),
    ],
)
def test_the_columns_of_the_orders(text: str, ids: str) -> None:
    shows = row_filter(text, order_columns.FILTERS)
    assert shows is not None
    assert [row.key for row in ORDERS if shows(row)] == ids.split()
    assert mistake(text, order_columns.FILTERS) == ""


def test_every_column_that_can_be_read_can_be_filtered() -> None:
    columns = {column.id for column in order_columns.order_columns({}, 200, ())}
    assert columns - set(order_columns.FILTERS.by_name) == {"age"}
    columns = {column.id for column in executions.execution_columns({})}
    assert columns - {"liquidity"} <= set(executions.FILTERS.by_name)
    columns = {column.id for column in positions.position_columns(1)}
    assert columns - {"age"} <= set(positions.FILTERS.by_name)


def holding(symbol: str, net: str, avg: str, bid: str | None = None) -> positions.Holding:
    """Valued at `bid`, a spread of nothing."""
    price = None if bid is None else Decimal(bid)
    position = Position(symbol=symbol, net_qty=Decimal(net), avg_cost=Decimal(avg), realised=Decimal(5))
    return positions.Holding(position=position, quote=Quote(symbol=symbol, at=0, bid=price, ask=price))


@pytest.mark.parametrize(
    ("text", "symbols"),
    [
        ("", "BTCUSDT ETHUSDT SOLUSDT DOGEUSDT"),
        ("sol", "SOLUSDT"),
        ("is:long", "BTCUSDT DOGEUSDT"),
        ("is:short pnl<0", "ETHUSDT"),
        ("!is:flat", "BTCUSDT ETHUSDT DOGEUSDT"),
        ("pnl>0", "BTCUSDT"),  # one without a mark is worth nothing that could be compared
        ("net>=2 symbol:doge", "DOGEUSDT"),
        ("mark>100 avg=90", "BTCUSDT"),
        ("colour:red", ""),
    ],
)
def test_the_columns_of_the_positions(text: str, symbols: str) -> None:
    rows = [
        holding("BTCUSDT", "1", "90", "110"),
        holding("ETHUSDT", "-2", "10", "11"),
        holding("SOLUSDT", "0", "0", "20"),
        holding("DOGEUSDT", "7", "1"),
    ]
    shows = row_filter(text, positions.FILTERS)
    assert [row.position.symbol for row in rows if shows is None or shows(row)] == symbols.split()


def test_a_time_of_day_is_no_column_of_the_messages() -> None:
    assert mistake("10:14:22 name:report seq>5", messages.FILTERS) == ""


def test_a_row_keeps_what_is_read_of_it_and_is_still_equal() -> None:
    one, other = (OrderRow(key="A-1", order=make_order(1, OrderState.FILLED)) for _ in range(2))
    assert "filled" in one.text
    assert one == other
