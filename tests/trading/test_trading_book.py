"""The book of a symbol: levels, numbers, and when it may not be believed any more."""

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from blotter.trading.book import Book, BookChange, BookState, Level
from blotter.trading.enums import Side
from blotter.trading.trades import PublicTrade, TradeTape

D = Decimal
DEPTH = 5


def levels(text: str) -> tuple[Level, ...]:
    """`10x1 9x2` as levels."""
    return tuple((D(price), D(size)) for price, size in (word.split("x") for word in text.split()))


def change(first: int | None, last: int | None, bids: str = "", asks: str = "") -> BookChange:
    return BookChange("BTCUSDT", first, last, levels(bids), levels(asks))


def told(bids: str = "10x1 9x2", asks: str = "11x3 12x4", *, update_id: int | None = 100) -> Book:
    book = Book("BTCUSDT", DEPTH, 1)
    book.awaiting()
    book.snapshot(update_id, levels(bids), levels(asks), 2)
    return book


def shown(book: Book) -> tuple[str, str]:
    def side(which: Side) -> str:
        return " ".join(f"{price}x{size}" for price, size in book.levels(which, 99))

    return side(Side.BUY), side(Side.SELL)


def test_before_its_snapshot_it_is_nothing():
    book = Book("BTCUSDT", DEPTH, 7)
    assert (book.state, book.reason, book.since) == (BookState.STALE, "no snapshot yet", 7)
    book.awaiting()
    assert book.state is BookState.RESYNCHRONISING
    book.apply(change(1, 1, "10x1"), 8)
    assert shown(book) == ("", "")
    assert book.view(9).at is None


def test_a_snapshot_comes_in_any_order_and_is_best_first():
    book = told("8x3 10x1 9x2", "13x9 11x3 12x4")
    assert shown(book) == ("10x1 9x2 8x3", "11x3 12x4 13x9")
    assert (book.state, book.reason, book.since, book.at, book.update_id) == (BookState.LIVE, "", 2, 2, 100)
    assert book.top == ((D(10), D(1)), (D(11), D(3)))


def test_an_empty_snapshot_is_a_live_book():
    book = told("", "")
    assert book.state is BookState.LIVE
    assert book.top == (None, None)
    book.apply(change(101, 101, "10x1"), 3)
    book.settle(3)
    assert shown(book) == ("10x1", "")


def test_a_size_is_what_shows_and_never_a_difference():
    book = told()
    book.apply(change(101, 103, "10x5 9x0 9.5x7", "11x0"), 3)
    book.settle(3)
    assert shown(book) == ("10x5 9.5x7", "12x4")
    assert (book.update_id, book.at) == (103, 3)


def test_what_is_unknown_and_goes_is_no_matter():
    book = told()
    book.apply(change(101, 101, "1x0", "99x0"), 3)
    book.settle(3)
    assert shown(book) == ("10x1 9x2", "11x3 12x4")
    assert book.state is BookState.LIVE


def test_what_was_told_before_is_passed_over():
    book = told()
    book.apply(change(90, 100, "10x7"), 3)
    assert (shown(book)[0], book.at) == ("10x1 9x2", 2)
    book.apply(change(98, 101, "10x8"), 4)  # overlaps: it says what shows as of 101
    assert (shown(book)[0], book.update_id) == ("10x8 9x2", 101)


def test_a_missing_number_ends_the_belief_and_the_levels_stay_to_look_at():
    book = told()
    book.apply(change(103, 105, "10x7"), 50)
    assert (book.state, book.since, book.broken) == (BookState.STALE, 50, True)
    assert book.reason == "updates 101 to 102 are missing"
    book.apply(change(101, 102, "10x7"), 60)
    assert (shown(book)[0], book.at) == ("10x1 9x2", 2)
    book.awaiting()
    assert (book.state, book.since) == (BookState.RESYNCHRONISING, 50)
    book.snapshot(110, levels("10x9"), (), 70)
    assert (book.state, book.reason, book.since, book.broken) == (BookState.LIVE, "", 70, False)
    assert book.resyncs == 1


def test_without_a_first_number_the_last_must_follow():
    book = told()
    book.apply(change(None, 101, "10x7"), 3)
    assert book.state is BookState.LIVE
    book.apply(change(None, 103, "10x8"), 4)
    assert book.state is BookState.STALE


def test_a_venue_without_numbers_is_believed():
    book = told(update_id=None)
    book.apply(change(None, None, "10x7"), 3)
    book.apply(change(None, None, "10x8"), 4)
    assert (shown(book)[0], book.state) == ("10x8 9x2", BookState.LIVE)


@pytest.mark.parametrize("bids", ["11x1", "12x1"])
def test_bids_that_meet_asks_end_the_belief(bids: str):
    book = told()
    book.apply(change(101, 101, bids), 3)
    book.settle(3)
    assert book.state is BookState.STALE
    assert book.reason == f"crossed: bid {bids.removesuffix('x1')}, ask 11"
    assert book.broken


def test_between_the_parts_of_a_message_it_may_look_crossed():
    book = told()
    book.apply(change(101, 101, "11x1"), 3)
    book.apply(change(102, 102, "", "11x0"), 3)
    book.settle(3)
    assert (book.state, book.top[0]) == (BookState.LIVE, (D(11), D(1)))


def test_a_crossed_snapshot_is_not_believed_either():
    assert told("11x1", "11x1").state is BookState.STALE


def test_what_came_before_the_snapshot_is_applied_on_top_of_it():
    book = Book("BTCUSDT", DEPTH, 1)
    book.awaiting()
    for early in (change(99, 100, "10x7"), change(101, 101, "10x8"), change(102, 102, "9.5x1")):
        book.early(early)
    book.snapshot(100, levels("10x1"), (), 5)
    assert (shown(book)[0], book.update_id) == ("10x8 9.5x1", 102)
    gap = Book("BTCUSDT", DEPTH, 1)
    gap.awaiting()
    gap.early(change(105, 105, "10x8"))
    gap.snapshot(100, levels("10x1"), (), 5)
    assert gap.reason == "updates 101 to 104 are missing"


def test_beyond_a_full_snapshot_nothing_is_known():
    book = told("10x1 9x1 8x1 7x1 6x1", "11x1")
    view = book.view(99)
    assert (view.bids_known_to, view.asks_known_to) == (D(6), None)
    book.apply(change(101, 101, "5x9 9.5x2", "99x1"), 3)
    book.settle(3)
    assert shown(book) == ("10x1 9.5x2 9x1 8x1 7x1 6x1", "11x1 99x1")
    assert len(book.view(99).bids) == DEPTH  # never more than was asked for


def test_a_book_whose_known_levels_are_gone_is_not_empty_but_unknown():
    book = told("10x1 9x1 8x1 7x1 6x1", "11x1")
    assert not book.thin
    book.apply(change(101, 101, "10x0 9x0 8x0"), 3)
    book.settle(3)
    assert (book.thin, book.state) == (True, BookState.LIVE)
    book.apply(change(102, 102, "7x0 6x0"), 4)
    book.settle(4)
    assert (book.state, book.reason) == (BookState.STALE, "the 5 levels that were known are gone")
    assert not book.broken  # nothing was lost: the market went away
    thin = told("10x1", "11x1")
    thin.apply(change(101, 101, "10x0"), 3)
    thin.settle(3)
    assert (thin.state, thin.thin, thin.top[0]) == (BookState.LIVE, False, None)


def test_a_side_does_not_grow_for_ever():
    book = told("10x1", "1000x1")
    for number in range(50):
        book.apply(change(101 + number, 101 + number, f"{11 + number}x1"), 3)
        book.settle(3)
    bids = book.levels(Side.BUY, 99)
    assert DEPTH <= len(bids) <= 2 * DEPTH
    assert bids[0][0] == 60
    known_to = book.view(9).bids_known_to
    assert known_to is not None
    assert known_to <= bids[-1][0]
    book.apply(change(151, 151, "10x9"), 4)
    assert D(10) not in dict(book.levels(Side.BUY, 99))


def test_a_silent_session_makes_it_stale_and_its_next_word_live_again():
    book = told()
    book.late("nothing heard for 31 s", 40)
    assert (book.state, book.reason, book.since) == (BookState.STALE, "nothing heard for 31 s", 40)
    book.late("nothing heard for 32 s", 41)
    assert book.since == 40
    book.heard(50)
    assert (book.state, book.reason, book.since) == (BookState.LIVE, "", 50)
    book.late("again", 60)
    book.apply(change(101, 101, "10x5"), 70)
    assert (book.state, book.since) == (BookState.LIVE, 70)
    book.late("and again", 80)
    book.doubt("market data is down", 90)
    assert (book.reason, book.since) == ("market data is down", 80)
    book.heard(95)
    assert book.state is BookState.STALE


def test_figures_of_a_view():
    view = told("100x1 99x3", "101x2 102x2").view(9)
    assert (view.bid, view.ask) == (D(100), D(101))
    assert view.spread_bp is not None
    assert round(view.spread_bp, 4) == D("99.5025")
    assert view.cumulated(Side.BUY, 1) == 1
    assert view.cumulated(Side.BUY, 9) == 4
    assert view.imbalance(1) == D(-1) / 3
    assert view.imbalance(9) == 0
    empty = told("", "").view(9)
    assert (empty.spread_bp, empty.imbalance(5), empty.bid) == (None, None, None)


def test_a_view_does_not_change_with_its_book():
    book = told()
    view = book.view(1)
    book.apply(change(101, 101, "10x0"), 3)
    assert (view.bids, view.asks, view.update_id) == (levels("10x1"), levels("11x3"), 100)


# --- against a model ---------------------------------------------------------------------------------------

PRICES = st.integers(1, 40)
SIDE = st.lists(st.tuples(PRICES, st.integers(0, 3)), max_size=8)
STEPS = st.lists(st.tuples(SIDE, SIDE, st.integers(1, 3)), max_size=25)


@settings(max_examples=150, deadline=None)
@given(SIDE, SIDE, STEPS)
def test_within_what_is_known_it_is_the_venues_book(
    first_bids: list[tuple[int, int]], first_asks: list[tuple[int, int]], steps
):
    """Bids below 100, asks above, so that it never crosses; what is known is exactly the venue's."""
    venue: tuple[dict[int, int], dict[int, int]] = ({}, {})

    def move(bids: list[tuple[int, int]], asks: list[tuple[int, int]]) -> tuple[list[Level], list[Level]]:
        for side, news, base in ((0, bids, 0), (1, asks, 100)):
            for price, size in news:
                venue[side][base + price] = size
                if not size:
                    del venue[side][base + price]
        return [(D(p), D(s)) for p, s in bids], [(D(100 + p), D(s)) for p, s in asks]

    move(first_bids, first_asks)
    best_bids = sorted(venue[0].items(), reverse=True)[:DEPTH]
    best_asks = sorted(venue[1].items())[:DEPTH]
    book = Book("X", DEPTH, 0)
    book.snapshot(5, [(D(p), D(s)) for p, s in best_bids], [(D(p), D(s)) for p, s in best_asks], 1)
    last = 5
    for bids, asks, numbers in steps:
        # Of one price the last word of a message counts, there as here.
        told_bids, told_asks = move(bids, asks)
        book.apply(BookChange("X", last + 1, last + numbers, told_bids, told_asks), 2)
        book.settle(2)
        last += numbers
        if not book.sound:
            assert "are gone" in book.reason
            return
        view = book.view(99)
        known = (view.bids_known_to, view.asks_known_to)
        mine = (dict(book.levels(Side.BUY, 999)), dict(book.levels(Side.SELL, 999)))
        assert mine[0] == {p: s for p, s in venue[0].items() if known[0] is None or p >= known[0]}
        assert mine[1] == {p: s for p, s in venue[1].items() if known[1] is None or p <= known[1]}
        assert [price for price, _ in view.bids] == sorted(mine[0], reverse=True)[:DEPTH]
        assert [price for price, _ in view.asks] == sorted(mine[1])[:DEPTH]


# --- trades ------------------------------------------------------------------------------------------------


def trade(number: int | None) -> PublicTrade:
    return PublicTrade(symbol="BTCUSDT", price=D(10), size=D(1), at=1, trade_id=number)


def test_each_trade_once_the_first_of_a_symbol_too():
    tape = TradeTape(3)
    assert [tape.add(trade(number)) for number in (0, 1, 0, 2, 1)] == [True, True, False, True, False]
    assert [one.trade_id for one in tape.newest(2)] == [2, 1]
    assert tape.add(trade(3))
    assert [one.trade_id for one in tape.newest(9)] == [3, 2, 1]
    assert tape.newest(0) == ()


def test_trades_without_an_id_are_all_different():
    tape = TradeTape(5)
    assert tape.add(trade(None))
    assert tape.add(trade(None))
    assert len(tape.newest(9)) == 2


def test_after_a_lost_connection_ids_may_begin_anew():
    tape = TradeTape(5)
    tape.add(trade(0))
    tape.forget_ids()
    assert tape.add(trade(0))
    assert len(tape.newest(9)) == 2
