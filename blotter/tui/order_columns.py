"""How the orders grid reads its lines: columns for each width, and the fields of its filter. Pure."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Final

from blotter.trading.decimals import plain
from blotter.trading.instrument import Instrument
from blotter.trading.order import OrderState, Standing
from blotter.tui.filtering import Field, Fields
from blotter.tui.format import DASH, age, clock, decimals_of, trimmed
from blotter.tui.grid_paint import Cell, Column
from blotter.tui.order_rows import OrderRow
from blotter.tui.order_words import (
    list_cell,
    quantity_words,
    short_trigger,
    side_cell,
    state_cell,
    tif_word,
    trigger_words,
)

Value = Callable[[OrderRow, int], Cell | str]

HELD: Final = "◇ HELD HERE, not at the venue"
WIDE, MEDIUM = 128, 100  # cells


def order_columns(
    instruments: Mapping[str, Instrument], width: int, folded: Collection[str]
) -> list[Column[OrderRow]]:
    """All columns, worded for a grid of this width; those that it has no room for are not shown unless they are chosen.
    Prices and quantities get the instrument's decimals. `folded`: the lists whose legs are hidden, as it is when a line
    is drawn."""
    short, wide = width < MEDIUM, width >= WIDE

    def price_places(row: OrderRow) -> int:
        instrument = instruments.get(row.symbol)
        return decimals_of(instrument.tick_size) if instrument else 0

    def quantity_places(row: OrderRow) -> int:
        instrument = instruments.get(row.symbol)
        return min(3, decimals_of(instrument.step_size)) if instrument else 0

    def name(row: OrderRow, _: int) -> Cell | str:
        if row.leg is not None:
            branch = "└" if row.leg.last else "├"
            number = row.key.rpartition("-")[2].lstrip("0")
            return f"{branch} {row.leg.name}" if short else f"{branch} {row.leg.name} {number}"
        text = row.key
        if short:
            prefix, dash, number = row.key.rpartition("-")
            text = row.key[-6:] if row.order is not None else prefix + dash + number.lstrip("0")
        return Cell(text, "strong") if row.list is not None else text

    def quantity(row: OrderRow, _: int) -> Cell | str:
        request = row.request
        return DASH if request is None else quantity_words(request, row.order_qty, quantity_places(row))

    def filled(row: OrderRow, _: int) -> Cell | str:
        if row.held is not None:
            return ""
        if row.order is not None and row.order.state is OrderState.UNCONFIRMED and not row.cum_qty:
            return Cell("?", "state-unknown")
        return Cell(trimmed(row.cum_qty, quantity_places(row)), "" if row.cum_qty else "dim")

    def price(row: OrderRow, _: int) -> Cell | str:
        request, places = row.request, price_places(row)
        if request is None or (row.list is not None and not row.enters):
            return Cell(DASH, "dim")
        if not wide and (_held_by_venue(row) or row.price is None):
            words = short_trigger(request, places)
            if words:
                return Cell(words, "state-pending" if _held_by_venue(row) else "dim")
        if row.price is not None:
            return trimmed(row.price, places)
        return Cell("pegged" if request.peg_price_type is not None else "market", "dim")

    def trigger(row: OrderRow, _: int) -> Cell | str:
        request = row.request
        if request is None or row.list is not None:
            return ""
        return Cell(
            trigger_words(request, price_places(row)), "state-pending" if _held_by_venue(row) else "dim"
        )

    def average(row: OrderRow, _: int) -> Cell | str:
        value = row.avg_px
        if value is None:
            return Cell("" if row.order is None else DASH, "dim")
        places = price_places(row) + 1
        return trimmed(round(value, places), places - 1)

    def symbol(row: OrderRow, _: int) -> str:
        instrument = instruments.get(row.symbol)
        return instrument.base if short and instrument else row.symbol

    def standing(row: OrderRow, _: int) -> Cell:
        if row.list is not None:
            legs = {leg.id: leg for leg in row.legs}
            text, style = list_cell(row.list, legs, folded=row.key in folded)
            return Cell(f"{text[:2]}{row.type} {text[2:]}" if short else text, style)
        if row.order is None:
            return Cell(HELD, "held")
        cell = state_cell(row.order)
        request = row.order.current.request
        if _held_by_venue(row) and request.price is not None and not wide:
            return Cell(f"{cell.text} then @ {trimmed(request.price, price_places(row))}", cell.style)
        return cell

    def side(row: OrderRow, _: int) -> Cell:
        return side_cell(row.side) if row.side is not None else Cell(DASH, "dim")

    more = 0 if short else 1
    id_width = 6 if short else 12 if wide else 10
    every: list[Column[OrderRow]] = [
        Column("id", "id", id_width, name, sort_key=lambda row: row.key, datum=lambda row: row.key),
        Column("time", "time", 8, lambda row, _: clock(row.created_at), sort_key=lambda row: row.created_at,
               datum=lambda row: row.created_at),
        Column("symbol", "sym" if short else "symbol", 5 if short else 8, symbol, sort_key=lambda row: row.symbol,
               datum=lambda row: row.symbol),
        Column("side", "side", 4, side, sort_key=lambda row: row.side.name if row.side else None),
        Column("type", "type", 4 + more, lambda row, _: row.type, sort_key=lambda row: row.type),
        Column("tif", "tif", 3, lambda row, _: tif_word(row.request) if row.request else "",
               sort_key=lambda row: tif_word(row.request) if row.request else None),
        Column("qty", "qty", 8 + more, quantity, align="right", sort_key=_quantity),
        Column("filled", "filled", 7 + more, filled, align="right", sort_key=lambda row: row.cum_qty),
        Column("price", "price", 10 + more, price, align="right", sort_key=_price),
        Column("trigger", "trigger", 15, trigger,
               sort_key=lambda row: row.request.trigger_price if row.request else None),
        Column("avg", "avg", 12, average, align="right", sort_key=lambda row: row.avg_px,
               datum=lambda row: "" if row.avg_px is None else plain(row.avg_px)),
        Column("age", "age", 4, lambda row, now: Cell(age(now - row.created_at), "dim"), align="right",
               sort_key=lambda row: -row.created_at, ages=True),
        Column("state", "state", 13, standing, sort_key=lambda row: row.stage, flex=True),
    ]  # fmt: skip
    hidden = {"time", "type", "tif", "avg", "trigger"} if short else set() if wide else {"avg", "trigger"}
    return [replace(_in_held_style(column), shown=column.id not in hidden) for column in every]


def _held_by_venue(row: OrderRow) -> bool:
    """A contingent order that has not been triggered."""
    return (
        row.order is not None
        and row.order.standing is not None
        and row.order.current.request.contingent
        and (row.order.standing is not Standing.WORKING)
    )


def _price(row: OrderRow) -> Decimal | None:
    """`row.price`, for a hundred thousand of them."""
    order = row.order
    return row.price if order is None or len(order.placements) > 1 else order.placements[0].price


def _quantity(row: OrderRow) -> Decimal | None:
    """`row.order_qty`, for a hundred thousand of them."""
    order = row.order
    if order is None or len(order.placements) > 1 or (quantity := order.placements[0].order_qty) is None:
        return row.order_qty
    return quantity


def _in_held_style(column: Column[OrderRow]) -> Column[OrderRow]:
    """What is held on this machine looks unlike what is at the venue, in every column."""
    value = column.value

    def styled(row: OrderRow, now: int) -> Cell | str:
        cell = value(row, now)
        if row.held is None:
            return cell
        text, style = (cell, "") if isinstance(cell, str) else cell
        return Cell(text, style if style.startswith("side") else "held")

    return replace(column, value=styled)


def _side_text(row: OrderRow) -> str:
    return row.side.name if row.side is not None else ""


def _tif_text(row: OrderRow) -> str:
    return tif_word(row.request) if row.request is not None else ""


def _reason_text(row: OrderRow) -> str:
    return row.order.reason.text if row.order is not None and row.order.reason is not None else ""


def _kind_text(row: OrderRow) -> str:
    """What `is:` asks for."""
    if row.order is not None:
        kind = "order" if row.leg is None else "order leg"
    else:
        kind = "list" if row.list is not None else "held"
    return f"{'open' if row.open else 'done'} {kind}{' unknown' if row.unknown else ''}"


_SYMBOL: Final[Field[OrderRow]] = Field(lambda row: row.symbol)

FILTERS: Final[Fields[OrderRow]] = Fields(
    {
        "symbol": _SYMBOL,
        "sym": _SYMBOL,
        "side": Field(_side_text),
        "state": Field(lambda row: row.stage),
        "is": Field(_kind_text),
        "qty": Field(_quantity, number=True),
        "filled": Field(lambda row: row.cum_qty, number=True),
        "price": Field(_price, number=True),
        "trigger": Field(lambda row: row.request.trigger_price if row.request else None, number=True),
        "avg": Field(lambda row: row.avg_px, number=True),
        "type": Field(lambda row: row.type),
        "tif": Field(_tif_text),
        "time": Field(lambda row: clock(row.created_at)),
        "id": Field(lambda row: row.key),
        "reason": Field(_reason_text),
    },
    words=lambda row: row.text,
)
