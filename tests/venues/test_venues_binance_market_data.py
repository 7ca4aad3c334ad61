"""Best bid and offer as they change, and instruments."""

from decimal import Decimal

from binance_samples import INSTRUMENT_LIST, TRADES, inbound, message
from hypothesis import given, settings
from hypothesis import strategies as st

from blotter.fix.message import Message
from blotter.trading.enums import RejectCategory
from blotter.trading.event import Reason
from blotter.trading.instrument import Instrument, Quote
from blotter.venues.base import (
    Decoded,
    InstrumentsListed,
    MarketDataRejected,
    QuotesUpdated,
    SessionKind,
    TradesSeen,
    Unhandled,
)
from blotter.venues.binance import BinanceSpot

D = Decimal
BID, ASK, TRADE = "0", "1", "2"


def snapshot(symbol: str, update_id: str, *levels: tuple[str, str, str]) -> Message:
    entries = [field for kind, px, size in levels for field in ((269, kind), (270, px), (271, size))]
    return inbound("W", (262, "Q"), (55, symbol), (25044, update_id), (268, str(len(levels))), *entries)


def refresh(*entries: str) -> Message:
    """Entries as `action,type,price[,size][,symbol[,id]]`, with - for what is left out."""
    tags = (279, 269, 270, 271, 55, 25044)
    fields = [
        (tag, value)
        for entry in entries
        for tag, value in zip(tags, entry.split(","), strict=False)
        if value != "-"
    ]
    return inbound("X", (262, "Q"), (268, str(len(entries))), *fields)


def quotes(venue: BinanceSpot, source: Message, at: int = 1) -> list[tuple[object, ...]]:
    event = venue.decode(source, at)
    assert isinstance(event, QuotesUpdated), event
    return [(q.symbol, q.at, q.bid, q.bid_size, q.ask, q.ask_size) for q in event.quotes]


def started() -> BinanceSpot:
    venue = BinanceSpot()
    quotes(venue, snapshot("BTCUSDT", "100", (BID, "10", "1"), (ASK, "11", "2")))
    quotes(venue, snapshot("ETHUSDT", "50", (BID, "5", "3"), (ASK, "6", "4")))
    return venue


def test_a_snapshot_is_a_whole_quote() -> None:
    event = BinanceSpot().decode(snapshot("BTCUSDT", "0", (BID, "10.00", "1"), (ASK, "11.50", "2")), 77)
    assert event == QuotesUpdated(
        (Quote(symbol="BTCUSDT", at=77, bid=D(10), bid_size=D(1), ask=D("11.5"), ask_size=D(2)),)
    )


def test_an_empty_snapshot_is_an_empty_book() -> None:
    assert quotes(started(), inbound("W", (262, "Q"), (55, "BTCUSDT"), (25044, "1"), (268, "0"))) == [
        ("BTCUSDT", 1, None, None, None, None)
    ]


def test_the_best_of_several_levels() -> None:
    levels = [(BID, "10", "1"), (BID, "9", "5"), (ASK, "12", "7"), (ASK, "11", "2")]
    assert quotes(BinanceSpot(), snapshot("BTCUSDT", "1", *levels)) == [
        ("BTCUSDT", 1, D(10), D(1), D(11), D(2))
    ]


def test_a_change_replaces_one_side_at_any_price_and_keeps_the_other() -> None:
    assert quotes(started(), refresh("1,0,9.5,7,BTCUSDT,101"), 5) == [
        ("BTCUSDT", 5, D("9.5"), D(7), D(11), D(2))
    ]


def test_symbol_and_update_id_are_inherited() -> None:
    source = refresh("1,0,9,7,BTCUSDT,101", "1,1,10,8", "0,1,7,9,ETHUSDT,51", "1,0,6,1")
    assert quotes(started(), source, 5) == [
        ("BTCUSDT", 5, D(9), D(7), D(10), D(8)),
        ("ETHUSDT", 5, D(6), D(1), D(7), D(9)),
    ]


def test_delete_has_no_size_and_empties_the_side() -> None:
    venue = started()
    assert quotes(venue, refresh("2,0,10,-,BTCUSDT,101")) == [("BTCUSDT", 1, None, None, D(11), D(2))]
    assert quotes(venue, refresh("1,1,12,0,BTCUSDT,102")) == [("BTCUSDT", 1, None, None, None, None)]


def test_old_news_says_nothing() -> None:
    venue = started()
    assert quotes(venue, refresh("1,0,9,7,BTCUSDT,100")) == []
    assert quotes(venue, refresh("1,0,9,7,BTCUSDT,99", "1,0,9,7,ETHUSDT,51")) == [
        ("ETHUSDT", 1, D(9), D(7), D(6), D(4))
    ]


def test_nothing_is_told_before_the_snapshot_nor_after_the_connection_is_lost() -> None:
    assert quotes(BinanceSpot(), refresh("1,0,9,7,BTCUSDT,101")) == []
    venue = started()
    venue.connection_lost(SessionKind.ORDER_ENTRY)
    assert quotes(venue, refresh("1,0,9,7,BTCUSDT,101")) != []
    venue.connection_lost(SessionKind.MARKET_DATA)
    assert quotes(venue, refresh("1,0,9,8,BTCUSDT,102")) == []
    assert quotes(venue, snapshot("BTCUSDT", "3", (BID, "1", "1"))) == [
        ("BTCUSDT", 1, D(1), D(1), None, None)
    ]


def test_an_unreadable_change_changes_nothing() -> None:
    venue = started()
    for broken in (
        refresh("1,0,9,7,BTCUSDT,101", "1,1,12"),
        refresh("1,0,9,7,BTCUSDT,101", "9,1,12,1"),
        refresh("1,0,9,7,BTCUSDT,101", "1,-,12,1"),
        refresh("1,0,NaN,7,BTCUSDT,101"),
        refresh("1,0,9,7"),
    ):
        assert isinstance(venue.decode(broken, 1), Unhandled)
    assert quotes(venue, refresh("1,1,12,1,BTCUSDT,101")) == [("BTCUSDT", 1, D(10), D(1), D(12), D(1))]


def test_published_trades_are_no_quotes() -> None:
    seen = started().decode(message(TRADES), 1)
    assert isinstance(seen, TradesSeen)
    assert seen.req_id == "TRADE_3"
    assert [(one.trade_id, one.symbol) for one in seen.trades] == [
        (0, "BNBBUSD"),
        (1, "BNBBUSD"),
        (2, "BNBBUSD"),
    ]


def test_the_published_instrument() -> None:
    assert BinanceSpot().decode(message(INSTRUMENT_LIST), 1) == InstrumentsListed(
        "BTCUSDT_INFO",
        (
            Instrument(
                symbol="BTCUSDT",
                base="BTC",
                quote="USDT",
                tick_size=D("0.01"),
                step_size=D("0.00001"),
                min_qty=D("0.00001"),
                max_qty=D(9000),
                market_step_size=D("0.00000001"),
                market_min_qty=D("0.00000001"),
                market_max_qty=D("76.79001236"),
            ),
        ),
    )


def test_instruments_without_filters_and_with_rules_switched_off() -> None:
    event = BinanceSpot().decode(
        inbound(
            "y",
            *[(320, "I"), (146, "2"), (55, "这是测试币456"), (15, "456"), (969, "0.00"), (2551, "0.1")],
            *[(2552, "9"), (55, "AB"), (15, "CD")],
        ),
        1,
    )
    assert event == InstrumentsListed(
        "I",
        (
            Instrument(
                symbol="这是测试币456", base="这是测试币", quote="456", min_price=D("0.1"), max_price=D(9)
            ),
            Instrument(symbol="AB", base="", quote="CD"),
        ),
    )


def test_a_refused_request() -> None:
    venue = BinanceSpot()
    text = "Similar subscription is already active on this connection."
    assert venue.decode(inbound("Y", (262, "Q"), (281, "2"), (25016, "-1191"), (58, text)), 1) == (
        MarketDataRejected("Q", Reason(category=RejectCategory.RATE, text=text, code=-1191))
    )
    assert venue.decode(inbound("Y", (262, "Q"), (281, "1")), 1) == (
        MarketDataRejected("Q", Reason(category=RejectCategory.OTHER, text="DUPLICATE_MDREQID"))
    )


prices = st.decimals("0.01", "99.99", places=2).map(str)
changes = st.tuples(st.sampled_from("012"), st.sampled_from([BID, ASK]), prices, prices)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.lists(changes, min_size=1, max_size=4), max_size=8))
def test_quotes_follow_a_plain_model(messages: list[list[tuple[str, str, str, str]]]) -> None:
    venue = started()
    model: dict[str, tuple[str, str] | None] = {BID: ("10", "1"), ASK: ("11", "2")}
    for number, entries in enumerate(messages, 101):
        texts = []
        for action, kind, price, size in entries:
            model[kind] = None if action == "2" else (price, size)
            texts.append(f"{action},{kind},{price},{'-' if action == '2' else size},BTCUSDT,{number}")
        bid, ask = ([D(x) for x in model[kind] or ()] or [None, None] for kind in (BID, ASK))
        assert quotes(venue, refresh(*texts), number) == [("BTCUSDT", number, *bid, *ask)]


@settings(max_examples=200, deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from([279, 269, 270, 271, 55, 25044, 268, 60]), st.text("012A.", min_size=1))
    )
)
def test_no_refresh_makes_it_raise(fields: list[tuple[int, str]]) -> None:
    event = started().decode(inbound("X", (262, "Q"), (268, "3"), *fields), 1)
    assert isinstance(event, Decoded)
