"""A book on the rows of a ladder: nothing is promised that is not there, what nobody knows is not shown as empty."""

from decimal import Decimal

import msgspec
import pytest
from fake_desk import FakeDesk, cancel_pending, make_order, replace_pending
from fake_scenes import stop_order
from hypothesis import given
from hypothesis import strategies as st

from blotter.trading.enums import Side
from blotter.trading.order import OrderState
from blotter.tui.ladder_own import marks_of, own_rows
from blotter.tui.ladder_rows import (
    Scale,
    asks_shown,
    bar_scale,
    bids_shown,
    coarser,
    finer,
    fitting_group,
    size_text,
)

D = Decimal
PRICES = st.decimals(min_value=D("0.01"), max_value=D("100000"), places=2)
GROUPS = st.sampled_from([1, 2, 5, 10, 20, 50, 100, 1000])


def test_groups_go_by_one_two_five_and_back():
    found = [1]
    for _ in range(7):
        found.append(coarser(found[-1]))
    assert found == [1, 2, 5, 10, 20, 50, 100, 200]
    assert [finer(group) for group in reversed(found)] == [100, 50, 20, 10, 5, 2, 1, 1]


@given(PRICES, GROUPS)
def test_a_row_never_shows_a_better_price_than_there_is(price: Decimal, group: int):
    scale = Scale(D("0.01"), group)
    bid, ask = scale.price(scale.row(price, Side.BUY)), scale.price(scale.row(price, Side.SELL))
    assert bid <= price < bid + scale.step
    assert ask - scale.step < price <= ask


@given(st.dictionaries(PRICES, st.integers(1, 10**6), min_size=1, max_size=40), GROUPS)
def test_no_size_is_lost_and_none_made_up(levels: dict[Decimal, int], group: int):
    scale = Scale(D("0.01"), group)
    shown = tuple((price, D(levels[price])) for price in sorted(levels, reverse=True))
    view = FakeDesk().book(bids=shown, asks=tuple(reversed(shown)))
    lowest, highest = scale.below(shown[-1][0]), scale.above(shown[0][0])
    assert sum(bids_shown(view, scale, lowest, 100).sizes.values()) == sum(levels.values())
    assert sum(asks_shown(view, scale, highest, 100).sizes.values()) == sum(levels.values())


def test_beyond_what_is_known_rows_are_unknown_and_the_last_is_partly():
    view = FakeDesk().book(bids_known_to=D("60121.90"), asks_known_to=D("60124.90"))
    fine, coarse = Scale(D("0.01"), 10), Scale(D("0.01"), 100)
    assert bids_shown(view, fine, 0, 100)[1:] == (601_219, False)
    assert asks_shown(view, fine, 10**9, 100)[1:] == (601_249, False)
    assert bids_shown(view, coarse, 0, 100)[1:] == (60_121, True)
    assert asks_shown(view, coarse, 10**9, 100)[1:] == (60_125, True)


def test_a_side_that_is_known_whole_is_empty_where_it_is_empty():
    view = FakeDesk().book(levels=5)
    scale = Scale(D("0.01"), 10)
    assert bids_shown(view, scale, 0, 100).edge is None
    assert asks_shown(view, scale, 10**9, 100).edge is None


def test_what_was_left_out_of_a_view_is_unknown():
    view = FakeDesk().book(levels=30)
    scale = Scale(D("0.01"), 10)
    assert bids_shown(view, scale, 0, 30).edge == scale.below(view.bids[-1][0])
    assert asks_shown(view, scale, 10**9, 30).edge == scale.above(view.asks[-1][0])


def test_without_a_book_everything_is_unknown():
    scale = Scale(D("0.01"))
    never = FakeDesk().book(at=None, bids=(), asks=())
    for view in (None, never):
        assert bids_shown(view, scale, 0, 30).edge > 10**12
        assert asks_shown(view, scale, 10**9, 30).edge < 0


def test_the_first_grouping_has_the_best_levels_on_the_rows():
    view = FakeDesk().book()
    assert fitting_group(view, D("0.01"), 25) == 10
    assert fitting_group(view, D("0.01"), 250) == 1
    assert fitting_group(view, D("0.10"), 25) == 1


@given(st.decimals(min_value=D("0.00000001"), max_value=D("1e12"), places=8), st.integers(5, 14))
def test_a_size_fits_and_never_shows_more_than_there_is(value: Decimal, width: int):
    text = size_text(value, width)
    assert len(text) <= width
    number = text.replace(",", "").replace("…", "")
    if number:
        factor = {"k": 10**3, "M": 10**6, "G": 10**9}.get(number[-1], 1)
        assert D(number.rstrip("kMG").rstrip(".")) * factor <= value
    if not text.endswith(("…", "k", "M", "G")):
        assert D(number) == value


@pytest.mark.parametrize(
    ("value", "width", "text"),
    [
        ("0.25000000", 6, "0.25"),
        ("12.345678", 6, "12.34…"),
        ("1234567.89", 8, "1.23M"),
        ("1234.5", 5, "1.23k"),
    ],
)
def test_sizes(value: str, width: int, text: str):
    assert size_text(D(value), width) == text


def test_bars_do_not_breathe():
    assert bar_scale(D("1.7")) == bar_scale(D("2")) == 2
    assert bar_scale(D("0.03")) == D("0.05")
    assert bar_scale(D(0)) == 1


# --- ours ----------------------------------------------------------------------------------------------------


def signs(order) -> list[tuple[str, str]]:
    return [(mark.sign, str(mark.price)) for mark in marks_of(order)]


def test_signs_say_how_far_to_believe_an_order():
    assert signs(make_order(1)) == [("●", "60123.10")]
    assert signs(make_order(1, OrderState.PARTIALLY_FILLED, filled="0.1")) == [("◐", "60123.10")]
    assert signs(make_order(1, OrderState.PENDING_NEW)) == [("…", "60123.10")]
    assert signs(make_order(1, OrderState.UNCONFIRMED)) == [("?", "60123.10")]
    assert signs(make_order(1, pending=(cancel_pending(1),))) == [("×", "60123.10")]
    assert signs(make_order(1, unverified=True)) == [("?", "60123.10")]
    assert signs(stop_order(1, "59000")) == [("◌", "59000")]
    assert signs(make_order(1, OrderState.FILLED, filled="0.25")) == []
    assert signs(make_order(1, price=None)) == []


def test_an_amend_shows_where_it_is_and_where_it_is_asked_to_go():
    order = make_order(1, filled="0.1", pending=(replace_pending(1, "60120", "0.3"),))
    here, there = marks_of(order)
    assert (here.sign, here.price, here.left) == ("…", D("60123.10"), D("0.15"))
    assert (there.sign, there.price, there.left) == ("→", D("60120"), D("0.2"))
    doubted = msgspec.structs.replace(order.pending[0], unconfirmed=True)
    assert [m.sign for m in marks_of(msgspec.structs.replace(order, pending=(doubted,)))] == ["?", "?"]


def test_several_on_a_row_are_added_and_the_least_sure_leads():
    orders = [make_order(1), make_order(2, OrderState.PENDING_NEW), make_order(3, price="60123.19")]
    rows = own_rows([mark for order in orders for mark in marks_of(order)], Scale(D("0.01"), 10))
    ((place, row),) = rows.items()
    assert place == (601_231, Side.BUY)
    assert row.text(6) == "…0.75"
    assert row.ids == ("A-000001", "A-000002", "A-000003")
