"""Depth and trades in the dialect: what is asked, what is understood, and each trap of the fact sheet by its number."""

from decimal import Decimal

import pytest
from binance_samples import inbound
from binance_schema import market_data_schema
from hypothesis import given, settings
from hypothesis import strategies as st

from blotter.fix.codec import encode
from blotter.fix.message import Message
from blotter.trading.book import BookChange, Level
from blotter.trading.enums import Side
from blotter.trading.trades import PublicTrade
from blotter.venues.base import (
    BookSnapshot,
    BookUpdated,
    Decoded,
    QuotesUpdated,
    SessionKind,
    SubscribeDepth,
    SubscribeQuotes,
    SubscribeTrades,
    TradesSeen,
    Unhandled,
    Unsubscribe,
    VenueRequest,
)
from blotter.venues.binance import BinanceSpot
from blotter.venues.binance.outbound import MAX_DEPTH

D = Decimal
ZERO = D(0)


def subscribed() -> BinanceSpot:
    """Depth under `book-1`, trades under `trades-1`, the ticker under `quotes-1`."""
    venue = BinanceSpot()
    venue.encode(SubscribeDepth("book-1", ("BNBUSDT", "BTCUSDT"), 10))
    venue.encode(SubscribeTrades("trades-1", ("BNBUSDT",)))
    venue.encode(SubscribeQuotes("quotes-1", ("BNBUSDT", "BTCUSDT")))
    return venue


def increment(req_id: str, count: int, fields: str) -> Message:
    """`fields` as `279=1|269=0|...`."""
    pairs = [field.split("=", 1) for field in fields.split("|") if field]
    return inbound("X", (262, req_id), (268, str(count)), *((int(tag), value) for tag, value in pairs))


def changes(event: Decoded) -> list[tuple[str, int | None, int | None, list[Level], list[Level]]]:
    assert isinstance(event, BookUpdated), event
    return [(one.symbol, one.first, one.last, list(one.bids), list(one.asks)) for one in event.changes]


# --- what is asked -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("request_", "expected"),
    [
        (
            SubscribeDepth("B-1", ("BTCUSDT", "ETHUSDT"), 5000),
            "262=B-1|263=1|264=5000|146=2|55=BTCUSDT|55=ETHUSDT|267=2|269=0|269=1",
        ),
        (SubscribeDepth("B-1", ("BTCUSDT",), 2), "262=B-1|263=1|264=2|146=1|55=BTCUSDT|267=2|269=0|269=1"),
        (SubscribeTrades("T-1", ("BTCUSDT",)), "262=T-1|263=1|146=1|55=BTCUSDT|267=1|269=2"),
        (Unsubscribe("T-1"), "262=T-1|263=2"),
    ],
)
def test_requests(request_: VenueRequest, expected: str) -> None:
    draft = BinanceSpot().encode(request_)
    assert draft.msg_type == "V"
    assert "|".join(f"{tag}={value}" for tag, value in draft.fields) == expected
    header = [(49, "BLT00001"), (56, "SPOT"), (34, "2"), (52, "20260301-10:00:00.000000")]
    assert market_data_schema().problems(encode("FIX.4.4", "V", header, draft.fields)) == []


@pytest.mark.parametrize(
    ("request_", "text"),
    [
        (SubscribeDepth("B-1", ("BTCUSDT",), 1), "depth 1: must be a whole number, 2 to 5000"),
        (SubscribeDepth("B-1", ("BTCUSDT",), MAX_DEPTH + 1), "depth 5001"),
        (SubscribeDepth("B-1", (), 10), "symbols: 0 given"),
        (SubscribeTrades("T-1", ("A", "A")), "symbols: A is given twice"),
        (SubscribeTrades("T-1", tuple(f"S{n}" for n in range(1001))), "symbols: 1001 given"),
        (SubscribeTrades("T 1", ("A",)), "req_id 'T 1'"),
        (Unsubscribe(""), "req_id ''"),
    ],
)
def test_what_the_venue_does_not_have_is_refused_here(request_: VenueRequest, text: str) -> None:
    with pytest.raises(ValueError, match=text):
        BinanceSpot().encode(request_)


# --- the captures of section 9.3 ---------------------------------------------------------------------------


def test_the_captured_messages() -> None:
    venue = subscribed()
    depth = increment(
        "book-1", 1, "279=1|269=0|270=638.54000000|271=11.76700000|55=BNBUSDT|25043=7517775|25044=7517775"
    )
    assert changes(venue.decode(depth, 5)) == [
        ("BNBUSDT", 7517775, 7517775, [(D("638.54"), D("11.767"))], [])
    ]
    trade = increment(
        "trades-1",
        1,
        "279=0|269=2|270=640.09000000|271=3.13200000|55=BNBUSDT|1003=760268|60=20260301-10:00:00.000001|2446=2",
    )
    assert venue.decode(trade, 5) == TradesSeen(
        "trades-1",
        (
            PublicTrade(
                symbol="BNBUSDT",
                price=D("640.09"),
                size=D("3.132"),
                at=5,
                aggressor=Side.SELL,
                trade_id=760268,
                transact_time=1_772_359_200_000_001_000,
            ),
        ),
    )
    venue.decode(inbound("W", (262, "quotes-1"), (55, "BNBUSDT"), (25044, "1"), (268, "0")), 4)
    ticker = increment("quotes-1", 1, "279=1|269=1|270=641.67000000|271=2.72700000|55=BNBUSDT|25044=7495113")
    event = venue.decode(ticker, 5)
    assert isinstance(event, QuotesUpdated)
    assert [(one.symbol, one.ask, one.ask_size) for one in event.quotes] == [
        ("BNBUSDT", D("641.67"), D("2.727"))
    ]


# --- the traps ---------------------------------------------------------------------------------------------


def test_trap_25_symbol_and_both_numbers_are_those_of_the_entry_before() -> None:
    message = increment(
        "book-1",
        5,
        "279=1|269=0|270=10|271=1|55=BNBUSDT|25043=7|25044=9|"
        "279=0|269=1|270=11|271=2|"
        "279=1|269=0|270=20|271=3|55=BTCUSDT|25043=50|25044=51|"
        "279=1|269=0|270=21|271=4|"
        "279=1|269=1|270=22|271=5|25043=52|25044=53",
    )
    assert changes(subscribed().decode(message, 1)) == [
        ("BNBUSDT", 7, 9, [(D(10), D(1))], [(D(11), D(2))]),
        ("BTCUSDT", 50, 51, [(D(20), D(3)), (D(21), D(4))], []),
        ("BTCUSDT", 52, 53, [], [(D(22), D(5))]),
    ]


def test_trap_25_delete_has_no_size() -> None:
    message = increment("book-1", 2, "279=2|269=0|270=10|55=BNBUSDT|25043=7|25044=7|279=2|269=1|270=11|271=5")
    assert changes(subscribed().decode(message, 1)) == [("BNBUSDT", 7, 7, [(D(10), ZERO)], [(D(11), ZERO)])]


def test_trap_25_a_size_is_handed_on_as_it_is() -> None:
    """A delta would be added up by somebody: the dialect does not."""
    venue = subscribed()
    for number in (7, 8):
        message = increment("book-1", 1, f"279=1|269=0|270=10|271=4|55=BNBUSDT|25043={number}|25044={number}")
        assert changes(venue.decode(message, 1)) == [("BNBUSDT", number, number, [(D(10), D(4))], [])]


def test_trap_25_a_change_of_the_ticker_replaces_the_side_and_is_no_level() -> None:
    venue = subscribed()
    venue.decode(
        inbound(
            "W",
            (262, "quotes-1"),
            (55, "BTCUSDT"),
            (25044, "1"),
            (268, "1"),
            (269, "0"),
            (270, "9"),
            (271, "1"),
        ),
        1,
    )
    event = venue.decode(increment("quotes-1", 1, "279=1|269=0|270=8|271=2|55=BTCUSDT|25044=2"), 2)
    assert isinstance(event, QuotesUpdated)
    assert [(one.bid, one.bid_size) for one in event.quotes] == [(D(8), D(2))]


def test_trap_26_an_empty_snapshot_is_one() -> None:
    message = inbound("W", (262, "book-1"), (55, "BTCUSDT"), (25044, "77"), (268, "0"))
    assert subscribed().decode(message, 1) == BookSnapshot("book-1", "BTCUSDT", 77, (), ())


def test_trap_26_a_giant_snapshot_and_a_giant_increment() -> None:
    venue = subscribed()
    entries = [
        field
        for number in range(5_000)
        for field in (
            (269, "0"), (270, f"{10_000 - number}"), (271, "1"),
            (269, "1"), (270, f"{10_001 + number}"), (271, "2"),
        )
    ]  # fmt: skip
    message = inbound("W", (262, "book-1"), (55, "BTCUSDT"), (25044, "77"), (268, "10000"), *entries)
    event = venue.decode(message, 1)
    assert isinstance(event, BookSnapshot)
    assert (len(event.bids), len(event.asks), event.update_id) == (5_000, 5_000, 77)
    assert (event.bids[0], event.asks[-1]) == ((D(10_000), D(1)), (D(15_000), D(2)))
    fields = "279=1|269=0|270=1|271=1|55=BTCUSDT|25043=78|25044=78|" + "279=1|269=0|270=2|271=1|" * 11_999
    assert len(changes(venue.decode(increment("book-1", 12_000, fields), 1))[0][3]) == 12_000


def test_trap_10_and_35_zero_is_an_id_and_a_symbol_is_bytes() -> None:
    venue = BinanceSpot()
    venue.encode(SubscribeTrades("trades-1", ("这是测试币456",)))
    message = increment("trades-1", 1, "279=0|269=2|270=1|271=1|55=这是测试币456|1003=0")
    event = venue.decode(message, 1)
    assert isinstance(event, TradesSeen)
    assert [(one.symbol, one.trade_id, one.aggressor) for one in event.trades] == [("这是测试币456", 0, None)]


def test_trap_34_unknown_entry_types_and_fields_are_passed_over_and_what_they_name_is_inherited() -> None:
    message = increment(
        "book-1",
        3,
        "279=1|269=J|270=x|55=BNBUSDT|25043=7|25044=7|279=1|269=0|270=10|271=1|9999=new|279=9|269=J",
    )
    assert changes(subscribed().decode(message, 1)) == [("BNBUSDT", 7, 7, [(D(10), D(1))], [])]


@pytest.mark.parametrize("last", ["N", "Y"])
@pytest.mark.parametrize("behind", [False, True])
def test_the_dead_last_fragment_means_nothing(last: str, behind: bool) -> None:
    entry = [(279, "1"), (269, "0"), (270, "10"), (271, "1"), (55, "BNBUSDT"), (25043, "7"), (25044, "7")]
    group = [(268, "1"), *entry]
    fields = [*group, (893, last)] if behind else [(893, last), *group]
    message = inbound("X", (262, "book-1"), *fields)
    assert changes(subscribed().decode(message, 1)) == [("BNBUSDT", 7, 7, [(D(10), D(1))], [])]


def test_fields_of_an_entry_have_no_order() -> None:
    message = inbound(
        "X", (262, "book-1"), (268, "2"),
        (55, "BNBUSDT"), (25044, "9"), (270, "10"), (271, "1"), (279, "1"), (269, "0"), (25043, "8"),
        (55, "BTCUSDT"), (271, "2"), (269, "1"), (25043, "3"), (25044, "3"), (279, "0"), (270, "11"),
    )  # fmt: skip
    assert changes(subscribed().decode(message, 1)) == [
        ("BNBUSDT", 8, 9, [(D(10), D(1))], []),
        ("BTCUSDT", 3, 3, [], [(D(11), D(2))]),
    ]


# --- what belongs to what ----------------------------------------------------------------------------------


def test_a_late_change_of_an_ended_subscription_is_no_ticker() -> None:
    venue = subscribed()
    venue.decode(inbound("W", (262, "quotes-1"), (55, "BTCUSDT"), (25044, "1"), (268, "0")), 1)
    venue.encode(Unsubscribe("book-1"))
    late = increment("book-1", 1, "279=1|269=0|270=3|271=1|55=BTCUSDT|25043=9|25044=9")
    assert isinstance(venue.decode(late, 1), BookUpdated)
    unknown = increment("who-1", 1, "279=1|269=0|270=3|271=1|55=BTCUSDT|25043=9|25044=9")
    assert isinstance(venue.decode(unknown, 1), BookUpdated)


def test_an_increment_before_its_snapshot_is_handed_on() -> None:
    """Whoever keeps the book buffers it."""
    early = increment("book-1", 1, "279=1|269=0|270=3|271=1|55=BTCUSDT|25043=9|25044=9")
    assert changes(subscribed().decode(early, 1))[0][:3] == ("BTCUSDT", 9, 9)


def test_a_new_connection_begins_with_nothing() -> None:
    venue = subscribed()
    venue.connection_lost(SessionKind.MARKET_DATA)
    snapshot = inbound("W", (262, "book-1"), (55, "BTCUSDT"), (25044, "1"), (268, "0"))
    assert isinstance(venue.decode(snapshot, 1), QuotesUpdated)  # nobody has asked for a book there


SOUND = "279=1|269=0|270=10|271=1|55=BNBUSDT|25043=7|25044=7"


@pytest.mark.parametrize(
    ("count", "fields", "text"),
    [
        (1, SOUND.replace("|55=BNBUSDT", ""), "Symbol (55) is missing in the first entry"),
        (1, SOUND.replace("|25043=7|25044=7", ""), "LastBookUpdateID (25044) is missing in the first entry"),
        (1, SOUND.replace("|271=1", ""), "MDEntrySize (271) is missing"),
        (1, SOUND.replace("|270=10", ""), "MDEntryPx (270) is missing"),
        (1, SOUND.replace("269=0|", ""), "MDEntryType (269) is missing"),
        (1, SOUND.replace("279=1|", ""), "MDUpdateAction (279) is missing or unknown here"),
        (1, SOUND.replace("279=1", "279=5"), "MDUpdateAction (279) '5' is missing or unknown here"),
        (1, SOUND.replace("270=10", "270=1e1"), "MDEntryPx (270) '1e1' is no plain decimal"),
        (1, SOUND.replace("271=1", "271=-1"), "MDEntrySize (271) '-1' is no plain decimal"),
        (1, SOUND.replace("25044=7", "25044=x"), "LastBookUpdateID (25044) 'x' is no whole number"),
        (2, SOUND, "NoMDEntries (268) '2', yet 1 have come"),
        (0, SOUND, "NoMDEntries (268) '0', yet 1 have come"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_says_which_subscription_has_a_hole(count: int, fields: str, text: str) -> None:
    event = subscribed().decode(increment("book-1", count, fields), 1)
    assert isinstance(event, Unhandled)
    assert text in event.text
    assert event.req_id == "book-1"


def test_after_an_unreadable_change_the_ticker_says_nothing_until_its_next_snapshot() -> None:
    venue = subscribed()
    snapshot = inbound("W", (262, "quotes-1"), (55, "BTCUSDT"), (25044, "1"), (268, "0"))
    venue.decode(snapshot, 1)
    broken = venue.decode(increment("quotes-1", 1, "279=1|269=0|270=x|271=1|55=BTCUSDT|25044=2"), 1)
    assert isinstance(broken, Unhandled)
    after = increment("quotes-1", 1, "279=1|269=1|270=9|271=1|55=BTCUSDT|25044=3")
    assert venue.decode(after, 1) == QuotesUpdated(())
    again = inbound("W", (262, "quotes-2"), (55, "BTCUSDT"), (25044, "3"), (268, "0"))
    event = venue.decode(again, 1)
    assert isinstance(event, QuotesUpdated)
    assert [one.ask for one in event.quotes] == [None]  # 3 is in it


def test_a_tickers_change_before_its_snapshot_is_applied_on_top_of_it() -> None:
    venue = subscribed()
    for number, price in ((4, 7), (5, 8), (6, 9)):
        early = increment("quotes-1", 1, f"279=1|269=1|270={price}|271=1|55=BTCUSDT|25044={number}")
        assert venue.decode(early, 1) == QuotesUpdated(())
    event = venue.decode(inbound("W", (262, "quotes-1"), (55, "BTCUSDT"), (25044, "5"), (268, "0")), 2)
    assert isinstance(event, QuotesUpdated)
    assert [(one.ask, one.at) for one in event.quotes] == [(D(9), 2)]


# --- against a plain reading -------------------------------------------------------------------------------

ENTRY = st.tuples(
    st.sampled_from("012"),
    st.sampled_from("01"),
    st.integers(1, 9),
    st.integers(0, 3),
    st.none() | st.sampled_from(["BNBUSDT", "BTCUSDT"]),
    st.none() | st.integers(0, 5),
    st.none() | st.integers(5, 9),
)


def plainly(message: Message) -> list[tuple[str, int | None, int | None, str, Level]]:
    """One row an entry, by the slow road."""
    rows = []
    symbol, first, last = "", None, None
    for entry in message.groups(268):
        symbol = entry.text(55) or symbol
        first = int(entry.text(25043) or first or 0) if entry.text(25043) or first is not None else None
        last = int(entry.text(25044) or last or 0) if entry.text(25044) or last is not None else None
        size = ZERO if entry.text(279) == "2" else D(entry.text(271) or "")
        rows.append((symbol, first, last, entry.text(269) or "", (D(entry.text(270) or ""), size)))
    return rows


@settings(max_examples=200, deadline=None)
@given(st.lists(ENTRY, min_size=1, max_size=12), st.randoms(use_true_random=False))
def test_the_quick_reading_is_the_plain_one(entries, random) -> None:
    fields: list[tuple[int, str]] = []
    for number, (action, kind, price, size, symbol, first, last) in enumerate(entries):
        entry = [(269, kind), (270, str(price))]
        if action != "2":
            entry.append((271, str(size)))
        if symbol or not number:
            entry.append((55, symbol or "BNBUSDT"))
        if first is not None or not number:
            entry.append((25043, str(first or 0)))
        if last is not None or not number:
            entry.append((25044, str(last or 9)))
        random.shuffle(entry)
        fields += [(279, action), *entry]
    message = inbound("X", (262, "book-1"), (268, str(len(entries))), *fields)
    event = subscribed().decode(message, 1)
    assert isinstance(event, BookUpdated)
    rows = plainly(message)
    assert all(isinstance(one, BookChange) for one in event.changes)
    for kind in "01":
        quick = [
            (one.symbol, one.first, one.last, kind, level)
            for one in event.changes
            for level in (one.bids if kind == "0" else one.asks)
        ]
        assert quick == [row for row in rows if row[3] == kind]
