"""Subscriptions, back-off and doubt of the desk's market data, on a scripted session."""

import threading
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from market_session import Bench, message

from blotter.desk.change import LinkState
from blotter.desk.command import Unwatch, Watch
from blotter.desk.market_books import IN_FLIGHT
from blotter.desk.patience import SECOND, Patience
from blotter.fix.session import Draft
from blotter.trading.book import BookState
from blotter.trading.enums import Side
from blotter.trading.instrument import Instrument, Quote
from blotter.trading.words import Market, fresh_quote, price

D = Decimal
BTC = "BTCUSDT"


def snapshot(req_id, number, *entries, symbol=BTC):
    """Entries as `0 100 1`: type, price, size."""
    fields = [(262, req_id), (55, symbol), (25044, str(number)), (268, str(len(entries)))]
    for entry in entries:
        kind, px, size = entry.split()
        fields += [(269, kind), (270, px), (271, size)]
    return Draft("W", fields)


def increment(req_id, first, last, *entries, symbol=BTC):
    fields = [(262, req_id), (268, str(len(entries)))]
    for number, entry in enumerate(entries):
        kind, px, size = entry.split()
        fields += [(279, "1"), (269, kind), (270, px), (271, size)]
        if not number:
            fields += [(55, symbol), *([(25043, str(first))] if first else []), (25044, str(last))]
    return Draft("X", fields)


def trade(number, px="100", *, symbol=BTC):
    head = [(262, "trades-1"), (268, "1"), (279, "0"), (269, "2"), (270, px), (271, "1")]
    return Draft("X", [*head, (55, symbol), (1003, str(number)), (2446, "1")])


def refusal(req_id, text="no"):
    return Draft("Y", [(262, req_id), (281, "2"), (25016, "-1191"), (58, text)])


@pytest.fixture
def bench():
    """Up, the ticker of BTCUSDT subscribed as quotes-2."""
    one = Bench()
    one.market.up()
    return one


def watch(bench, symbol=BTC, **how):
    return bench.market.carry_out(Watch(id="w", symbol=symbol, **how))


@pytest.fixture
def watched(bench):
    """BTCUSDT watched: trades-3, book-4; bid 100, ask 101 as of update 10."""
    assert watch(bench) == ""
    bench.hear(snapshot("quotes-2", 10, "0 100 1", "1 101 2"))
    bench.hear(snapshot("book-4", 10, "0 100 1", "0 99 5", "1 101 2"))
    return bench


# --- what is asked -----------------------------------------------------------------------------------------


def test_up_asks_for_the_list_and_one_ticker_for_all(bench):
    assert [draft.msg_type for draft in bench.session.sent] == ["x", "V"]
    assert bench.asked() == ["+quotes-2 BTCUSDT"]
    watch(bench)
    watch(bench, "ETHUSDT")
    assert bench.asked()[1:] == [
        "+trades-3 BTCUSDT", "+book-4 BTCUSDT", "+trades-5 ETHUSDT", "+book-6 ETHUSDT", "+quotes-7 ETHUSDT",
    ]  # fmt: skip


def test_a_new_connection_is_asked_for_everything_anew_under_other_ids(watched):
    watch(watched, "ETHUSDT")
    before = len(watched.session.sent)
    watched.market.down("gone")
    watched.market.up()
    assert watched.asked(before) == [
        "+quotes-9 BTCUSDT", "+quotes-10 ETHUSDT", "+trades-11 BTCUSDT", "+trades-12 ETHUSDT", "+book-13 BTCUSDT",
        "+book-14 ETHUSDT",
    ]  # fmt: skip


def test_only_a_few_snapshots_are_asked_for_at_once():
    names = tuple(f"S{number}" for number in range(10))
    bench = Bench(symbols=(), listed=names)
    bench.session.live = False
    for name in names:
        assert watch(bench, name) == ""
    bench.session.live = True
    bench.market.up()
    asked = [one for one in bench.asked() if one.startswith("+book")]
    assert len(asked) == IN_FLIGHT
    for one in asked:
        req_id, symbol = one[1:].split()
        bench.hear(snapshot(req_id, 1, "0 1 1", symbol=symbol))
    assert len([one for one in bench.asked() if one.startswith("+book")]) == 2 * IN_FLIGHT


@pytest.mark.parametrize(
    ("symbol", "how", "text"),
    [
        ("NOSUCH", {}, "symbol NOSUCH is not listed by the venue"),
        (BTC, {"depth": 1}, "depth 1: must be a whole number, 2 to 5000"),
        (BTC, {"depth": 5001}, "depth 5001: must be a whole number, 2 to 5000"),
        (BTC, {"levels": 0}, "levels 0: at least 1 is shown"),
    ],
)
def test_what_cannot_be_watched_is_refused_with_its_cause(bench, symbol, how, text):
    before = len(bench.session.sent)
    assert watch(bench, symbol, **how) == text
    assert len(bench.session.sent) == before


def test_streams_are_counted_before_they_are_asked_for():
    names = tuple(f"S{number}" for number in range(400))
    bench = Bench(symbols=names[:100], listed=names)
    bench.market.up()
    refused = [text for name in names if (text := watch(bench, name))]
    assert len(refused) == 400 - 100 - 233  # 100 tickers with depth and trades, then three streams a symbol
    assert refused[0] == "symbol S333: 999 of 1000 streams are used, 3 more do not fit"


def test_watching_again_asks_for_nothing_and_another_depth_begins_anew(watched):
    before = len(watched.session.sent)
    watch(watched, levels=1)
    assert watched.asked(before) == []
    assert len(watched.market.book(BTC).bids) == 1
    watch(watched, depth=20)
    assert watched.asked(before) == ["-book-4", "+book-5 BTCUSDT"]
    assert watched.market.book(BTC).state is BookState.RESYNCHRONISING


def test_unwatching_ends_both_streams_and_the_last_view_says_so(watched):
    before = len(watched.session.sent)
    assert watched.market.carry_out(Unwatch(id="u", symbol=BTC)) == ""
    assert watched.asked(before) == ["-book-4", "-trades-3"]
    view = watched.feed.drain().books[BTC]
    assert (view.state, view.reason, view.bids) == (BookState.STALE, "not watched any more", ())
    assert watched.market.carry_out(Unwatch(id="u", symbol=BTC)) == "symbol BTCUSDT is not watched"
    watched.hear(increment("book-4", 11, 11, "0 100 7"))  # late
    watched.hear(refusal("book-4", "unknown id"))  # the venue had ended it before
    assert watched.feed.drain().books == {}
    assert watched.told == []


def test_unwatching_what_is_not_configured_ends_its_ticker_too(bench):
    for symbol in ("ETHUSDT", "SOLUSDT"):
        watch(bench, symbol)
    bench.market.down("gone")
    bench.market.up()
    assert bench.asked()[-6:-4] == ["+quotes-10 BTCUSDT", "+quotes-11 ETHUSDT SOLUSDT"]
    bench.hear(snapshot("quotes-11", 1, "0 5 1", "1 6 1", symbol="ETHUSDT"))
    bench.feed.drain()
    before = len(bench.session.sent)
    assert bench.market.carry_out(Unwatch(id="u", symbol="ETHUSDT")) == ""
    assert bench.asked(before) == ["-book-14", "-trades-12", "-quotes-11", "+quotes-16 SOLUSDT"]
    assert bench.market.quotes == {}
    assert bench.feed.drain().quotes["ETHUSDT"].doubt == "not watched any more"


# --- books -------------------------------------------------------------------------------------------------


def test_a_frame_has_the_book_as_it_is_at_the_drain_and_only_when_it_moved(watched):
    watched.hear(increment("book-4", 11, 11, "0 100 7"))
    watched.hear(increment("book-4", 12, 12, "0 100.5 3"))
    view = watched.feed.drain().books[BTC]
    assert view.bids == ((D("100.5"), D(3)), (D(100), D(7)), (D(99), D(5)))
    assert (view.state, view.update_id, view.at) == (BookState.LIVE, 12, watched.now.wall)
    assert watched.feed.drain().books == {}


def test_who_drains_in_another_thread_never_sees_half_a_message(watched):
    """Sizes on both sides are the number of the update."""
    seen = []
    done = threading.Event()

    def drain():
        while not done.is_set():
            seen.extend(watched.feed.drain().books.values())

    thread = threading.Thread(target=drain)
    thread.start()
    for number in range(11, 1_500):
        watched.hear(increment("book-4", number, number, f"0 100 {number}", f"1 101 {number}"))
    done.set()
    thread.join()
    seen = [view for view in seen if view.update_id > 10]
    assert seen
    assert all(view.bids[0][1] == view.asks[0][1] == view.update_id for view in seen)


def test_a_gap_begins_anew_at_once_then_ever_later(watched):
    waits = []
    req_id, number = "book-4", 10
    for _ in range(6):
        watched.hear(increment(req_id, number + 5, number + 5, "0 100 7"))
        assert watched.market.book(BTC).state is not BookState.LIVE
        since = watched.now.mono
        while not watched.asked()[-1].startswith("+book") or watched.asked()[-1].split()[0][1:] == req_id:
            watched.wait(0.5)
            watched.hear(increment(req_id, None, number + 99, "0 100 7"))  # its stream goes on meanwhile
        assert watched.asked()[-2] == f"-{req_id}"
        waits.append((watched.now.mono - since) // SECOND)
        req_id, number = watched.asked()[-1].split()[0][1:], number + 100
        watched.hear(snapshot(req_id, number, "0 100 1", "1 101 2"))
        assert watched.market.book(BTC).state is BookState.LIVE
    assert waits == [0, 1, 2, 4, 8, 16]
    assert watched.told[0] == "MD: book of BTCUSDT: updates 11 to 14 are missing"
    assert watched.market.book(BTC).resyncs == 6


def test_patience_forgets_after_a_quiet_minute_and_never_waits_longer_than_half_a_minute():
    patience, now, waits = Patience(), 0, []
    for _ in range(8):
        due = patience.next(now)
        waits.append((due - now) // SECOND)
        now = due
    assert waits == [0, 1, 2, 4, 8, 16, 30, 30]
    assert patience.next(now + 100 * SECOND) == now + 100 * SECOND


def test_a_crossed_book_begins_anew(watched):
    watched.hear(increment("book-4", 11, 11, "0 101 1"))
    view = watched.market.book(BTC)
    assert (view.state, view.reason) == (BookState.RESYNCHRONISING, "crossed: bid 101, ask 101")
    assert watched.asked()[-2:] == ["-book-4", "+book-5 BTCUSDT"]


def test_an_unreadable_message_begins_the_book_of_its_subscription_anew(watched):
    watched.hear(increment("book-4", 11, 11, "0 1e5 1"))
    assert watched.market.book(BTC).reason == "a message of it could not be read"
    assert watched.asked()[-1] == "+book-5 BTCUSDT"


def test_a_snapshot_that_does_not_come_is_asked_for_again(bench):
    watch(bench)
    bench.wait(4.9)
    assert bench.asked()[-1] == "+book-4 BTCUSDT"
    bench.wait(0.2)
    assert bench.market.book(BTC).reason == "no snapshot has come within 5 s"
    assert bench.asked()[-2:] == ["-book-4", "+book-5 BTCUSDT"]
    bench.hear(snapshot("book-4", 10, "0 100 1"))  # given up
    assert bench.market.book(BTC).state is BookState.RESYNCHRONISING
    bench.hear(snapshot("book-5", 10, "0 100 1"))
    assert bench.market.book(BTC).state is BookState.LIVE


def test_a_request_that_waits_for_the_message_limit_is_not_late(bench):
    bench.session.held = []
    watch(bench)
    bench.wait(30)
    assert len(bench.session.held) == 2
    bench.session.release()
    bench.wait(4)
    assert bench.market.book(BTC).reason == "no snapshot yet"
    bench.wait(2)
    assert bench.market.book(BTC).reason == "no snapshot has come within 5 s"


def test_a_request_that_never_left_is_made_again(bench):
    bench.session.held = []
    watch(bench)
    for outgoing in bench.session.held:
        if outgoing.done is not None:
            outgoing.done("MD went down")
    bench.session.held = None
    assert bench.asked() == ["+quotes-2 BTCUSDT"]
    bench.wait(0.1)
    assert bench.asked()[1:] == ["-book-4", "+book-5 BTCUSDT"]


def test_a_refusal_is_told_and_tried_again_later(bench):
    watch(bench)
    bench.hear(refusal("book-4", "Too many subscriptions."))
    view = bench.market.book(BTC)
    assert view.reason == "refused: Too many subscriptions."
    assert bench.told == ["MD: book of BTCUSDT: refused: Too many subscriptions."]
    assert bench.asked()[-1] == "+book-5 BTCUSDT"  # the first time at once
    bench.hear(refusal("book-5"))
    assert bench.asked()[-1] == "+book-5 BTCUSDT"
    bench.wait(1.1)
    assert bench.asked()[-1] == "+book-6 BTCUSDT"


def test_a_refusal_of_something_else_is_told(bench):
    bench.hear(refusal("whose-1", "not today"))
    assert bench.told == ["MD: not today"]


def rejected(bench, req_id, text="Invalid symbol.", code=-1121):
    """Reject (3) of the request that began this subscription."""
    number = next(at for at, draft in enumerate(bench.session.sent, 1) if (262, req_id) in draft.fields)
    return Draft("3", [(45, str(number)), (372, "V"), (371, "55"), (25016, str(code)), (58, text)])


def test_a_reject_that_names_nothing_but_the_number_is_the_books_at_once(bench):
    watch(bench)
    bench.hear(rejected(bench, "book-4", "Data sent is not valid.", -1130))
    assert bench.market.book(BTC).reason == "refused: Data sent is not valid."
    assert bench.told == ["MD: book of BTCUSDT: refused: Data sent is not valid."]
    assert bench.asked()[-1] == "+book-5 BTCUSDT"  # no unsubscribe: there is nothing to end


def test_a_reject_under_the_number_of_another_connection_is_not_ours(bench):
    watch(bench)
    decoded = bench.venue.decode(message(rejected(bench, "book-4")), bench.now.wall)
    assert not bench.market.take(decoded, bench.now, 2)
    assert bench.market.take(decoded, bench.now, 1)
    assert not bench.market.take(decoded, bench.now, 1)  # an answer comes once


def test_refused_trades_are_asked_for_again_ever_later(bench):
    watch(bench)
    bench.hear(rejected(bench, "trades-3", "busy"))
    assert bench.told == ["MD: trades of BTCUSDT: refused: busy"]
    bench.wait(0.1)
    assert bench.asked()[-1] == "+trades-5 BTCUSDT"
    bench.hear(refusal("trades-5"))
    bench.wait(0.5)
    assert bench.asked()[-1] == "+trades-5 BTCUSDT"
    bench.wait(0.6)
    assert bench.asked()[-1] == "+trades-6 BTCUSDT"
    bench.hear(refusal("trades-6"))
    bench.market.down("gone")
    bench.wait(60)
    assert bench.asked()[-1] == "+trades-6 BTCUSDT"


def no_such(*wrong):
    """A venue that refuses a ticker request as a whole for one of these symbols."""

    def answer(draft):
        symbols = [value for tag, value in draft.fields if tag == 55]
        req_id = dict(draft.fields).get(262, "")
        if not req_id.startswith("quotes") or not symbols:
            return
        if set(symbols) & set(wrong):
            answers.append(req_id)
        else:
            for symbol in symbols:
                answers.append(snapshot(req_id, 1, "0 100 1", "1 101 1", symbol=symbol))

    answers = []

    def settle(bench):
        while answers:
            one = answers.pop(0)
            bench.hear(rejected(bench, one) if isinstance(one, str) else one)

    return answer, settle


@pytest.mark.parametrize("listed", [("S0", "S1", "S2", "S4"), ()])
def test_symbols_the_venue_does_not_know_do_not_sink_the_others(listed):
    bench = Bench(symbols=("S0", "S1", "OLD", "S2", "WRONG", "S4"), listed=listed)
    bench.session.answer, settle = no_such("OLD", "WRONG")
    bench.market.up()
    settle(bench)
    quotes = bench.market.quotes
    assert {name for name, quote in quotes.items() if quote.bid == 100} == {"S0", "S1", "S2", "S4"}
    assert quotes["OLD"].doubt == quotes["WRONG"].doubt == "refused: Invalid symbol."
    assert sorted(bench.told) == [
        "MD: symbol OLD is not quoted: refused: Invalid symbol.",
        "MD: symbol WRONG is not quoted: refused: Invalid symbol.",
    ]
    assert set(bench.feed.drain().quotes) == set(quotes)
    assert bench.market.known() is bool(listed)
    told = len(bench.told)
    bench.market.down("gone")
    assert not bench.market.known()
    bench.market.up()  # a new connection is asked anew, and the same is not told again
    settle(bench)
    assert bench.market.quotes["S0"].bid == 100
    assert len(bench.told) == told


def test_with_the_list_at_hand_the_good_ones_are_asked_for_in_one():
    bench = Bench(symbols=("A", "B", "C", "D", "OLD"), listed=("A", "B", "C", "D"))
    bench.session.answer, settle = no_such("OLD")
    bench.market.up()
    settle(bench)
    assert bench.asked() == ["+quotes-2 A B C D OLD", "+quotes-3 A B C D", "+quotes-4 OLD"]


@given(st.sets(st.integers(0, 40)), st.integers(1, 40))
def test_whatever_is_refused_every_good_symbol_is_quoted_in_few_requests(wrong, count):
    names = [f"S{number}" for number in range(count)]
    bad = {f"S{number}" for number in wrong} & set(names)
    bench = Bench(symbols=tuple(names), listed=())
    bench.session.answer, settle = no_such(*bad)
    bench.market.up()
    settle(bench)
    quoted = {name for name, quote in bench.market.quotes.items() if quote.bid is not None}
    assert quoted == set(names) - bad
    assert set(bench.market.quotes) == set(names)
    assert len(bench.asked()) <= 1 + 2 * len(bad) * count.bit_length()


def test_a_refusal_for_another_cause_is_made_again_as_it_was():
    bench = Bench(symbols=("A", "B", "C", "D"), listed=())
    bench.market.up()
    bench.hear(refusal("quotes-2", "Too many subscriptions."))
    assert bench.told == ["MD: quotes of A, B, C ...: refused: Too many subscriptions."]
    bench.wait(0.1)
    assert bench.asked()[1:] == ["+quotes-3 A B C D"]
    bench.hear(refusal("quotes-3", "Too many subscriptions."))
    bench.wait(0.5)
    assert bench.asked()[2:] == []
    bench.wait(0.6)
    assert bench.asked()[2:] == ["+quotes-4 A B C D"]


def test_a_refused_symbol_that_is_watched_no_more_is_forgotten(bench):
    watch(bench, "ETHUSDT")
    bench.hear(rejected(bench, "quotes-5"))
    assert bench.market.quotes["ETHUSDT"].doubt
    bench.market.carry_out(Unwatch(id="u", symbol="ETHUSDT"))
    assert "ETHUSDT" not in bench.market.quotes


def test_a_thin_book_is_renewed_and_its_quote_is_not_in_doubt(bench):
    watch(bench, depth=4)
    bench.hear(snapshot("quotes-2", 10, "0 100 1", "1 101 2"))
    bench.hear(snapshot("book-4", 10, *(f"0 {100 - n} 1" for n in range(4)), "1 101 2"))
    bench.hear(increment("book-4", 11, 11, "0 100 0", "0 99 0"))
    bench.wait(1.1)
    assert bench.asked()[-1] == "+book-4 BTCUSDT"  # two of four are left
    bench.hear(increment("book-4", 12, 12, "0 98 0"))
    bench.wait(0.1)
    assert bench.asked()[-2:] == ["-book-4", "+book-5 BTCUSDT"]
    view = bench.market.book(BTC)
    assert (view.state, view.reason) == (
        BookState.RESYNCHRONISING,
        "few levels are left, more are asked for",
    )
    assert bench.market.quotes[BTC].doubt == ""
    assert bench.told == []


def test_a_book_whose_known_levels_are_gone_waits_a_second_at_most(bench):
    watch(bench, depth=2)
    bench.hear(snapshot("book-4", 10, "0 100 1", "0 99 1", "1 101 2"))
    bench.hear(increment("book-4", 11, 11, "0 100 0", "0 99 0"))
    assert bench.market.book(BTC).reason == "the 2 levels that were known are gone"
    bench.wait(1)
    assert bench.asked()[-1] == "+book-5 BTCUSDT"


# --- the session -------------------------------------------------------------------------------------------


def test_with_the_session_down_a_book_says_since_when_and_why(watched):
    watched.feed.drain()
    watched.wait(3)
    watched.market.down("the venue closed the connection")
    view = watched.feed.drain().books[BTC]
    assert (view.state, view.since) == (BookState.STALE, watched.now.wall)
    assert view.reason == "market data is down: the venue closed the connection"
    assert view.bids[0] == (D(100), D(1))  # to look at
    assert watched.market.quotes == {}


def test_a_late_heartbeat_makes_books_stale_until_something_is_heard(watched):
    watched.session.state = LinkState.STALE
    watched.wait(0.1)
    view = watched.market.book(BTC)
    assert view.state is BookState.STALE
    assert "its heartbeat of 30 s is late" in view.reason
    watched.wait(2)
    assert watched.market.book(BTC).since == view.since
    watched.session.state = LinkState.LIVE
    watched.wait(0.1)
    assert watched.market.book(BTC).state is BookState.LIVE


def test_while_handing_over_the_old_session_feeds_the_book(watched):
    before = len(watched.session.sent)
    watched.market.switched()
    assert watched.asked(before) == ["+quotes-5 BTCUSDT", "+trades-6 BTCUSDT", "+book-7 BTCUSDT"]
    assert watched.market.book(BTC).state is BookState.LIVE
    watched.hear(increment("book-4", 11, 11, "0 100 7"))  # the old one
    watched.hear(increment("book-7", 13, 13, "0 100 9"))  # the new one, before its snapshot
    assert watched.market.book(BTC).bids[0] == (D(100), D(7))
    watched.hear(snapshot("book-7", 12, "0 100 8", "1 101 2"))
    assert watched.market.book(BTC).bids[0] == (D(100), D(9))
    watched.hear(increment("book-4", 12, 12, "0 100 5"))  # late
    assert watched.market.book(BTC).bids[0] == (D(100), D(9))
    assert watched.market.book(BTC).state is BookState.LIVE


def test_a_hand_over_that_is_taken_back_ends_what_the_old_session_still_has(watched):
    watched.market.switched()
    before = len(watched.session.sent)
    watched.hear(increment("book-4", 11, 11, "0 100 7"))
    watched.wait(5.1)  # the next session was lost before it could answer
    assert watched.asked(before) == ["-book-7", "-book-4", "+book-8 BTCUSDT"]
    watched.hear(refusal("book-7", "unknown id"))
    watched.hear(snapshot("book-8", 12, "0 100 8", "1 101 2"))
    assert watched.market.book(BTC).state is BookState.LIVE


# --- trades ------------------------------------------------------------------------------------------------


def test_trades_come_newest_first_and_each_once(watched):
    for number in (0, 1, 1, 2):
        watched.hear(trade(number))
    watched.hear(trade(7, symbol="ETHUSDT"))  # nobody watches it
    frame = watched.feed.drain()
    assert [one.trade_id for one in frame.trades[BTC]] == [2, 1, 0]
    assert frame.trades[BTC][0].aggressor is Side.BUY
    assert list(frame.trades) == [BTC]
    assert watched.feed.drain().trades == {}
    assert [one.trade_id for one in watched.market.trades(BTC, 2)] == [2, 1]


def test_of_very_many_trades_the_newest_are_told(watched):
    for number in range(1_500):
        watched.hear(trade(number))
    told = watched.feed.drain().trades[BTC]
    assert (len(told), told[0].trade_id, told[-1].trade_id) == (1_000, 1_499, 500)


# --- quotes that may not be believed -----------------------------------------------------------------------


def resolved(bench):
    """What `@bid` comes to, as the words of an order see it."""
    instruments = {BTC: Instrument(symbol=BTC, base="BTC", quote="USDT")}
    market = Market(instruments=instruments, quotes=bench.market.quotes, now=bench.now.wall)
    return price("bid", Side.BUY, instruments[BTC], market), fresh_quote(BTC, market)


def test_with_proof_of_loss_nothing_is_priced_until_the_book_is_whole_again(watched):
    assert resolved(watched)[0] == 100
    watched.hear(increment("book-4", 15, 15, "0 100 7"))
    assert resolved(watched) == (
        "the market of BTCUSDT is in doubt (its book lost something: updates 11 to 14 are missing): type the price",
        None,
    )
    shown = watched.feed.drain().quotes[BTC]
    assert (shown.bid, shown.ask, shown.doubt != "") == (None, None, True)
    watched.hear(
        increment("quotes-2", None, 16, "0 100.5 1")
    )  # what the ticker says meanwhile is kept, not believed
    assert resolved(watched)[1] is None
    assert not watched.market.known()
    watched.hear(snapshot("book-5", 16, "0 100.5 1", "1 101 2"))
    assert resolved(watched)[0] == D("100.5")
    assert watched.feed.drain().quotes[BTC].bid == D("100.5")
    assert watched.market.known()


def test_a_session_that_ends_takes_the_screens_quotes_with_it(watched):
    watched.feed.drain()
    watched.market.down("gone")
    shown = watched.feed.drain().quotes[BTC]
    assert (shown.bid, shown.doubt) == (None, "market data is down: gone")
    assert watched.market.heard() > 0
    watched.session.live = False
    assert watched.market.heard() == 0


def test_a_crossed_quote_prices_nothing_and_if_it_stays_its_ticker_begins_anew(bench):
    bench.hear(snapshot("quotes-2", 10, "0 100 1", "1 101 2"))
    bench.hear(increment("quotes-2", None, 11, "0 102 1"))
    assert bench.market.quotes[BTC].doubt == "crossed: bid 102, ask 101"
    bench.wait(0.5)
    bench.hear(increment("quotes-2", None, 12, "1 103 1"))
    assert bench.market.quotes[BTC] == Quote(
        symbol=BTC, at=bench.now.wall, bid=D(102), bid_size=D(1), ask=D(103), ask_size=D(1)
    )
    bench.wait(5)
    assert bench.asked() == ["+quotes-2 BTCUSDT"]
    bench.hear(increment("quotes-2", None, 13, "0 104 1"))
    bench.wait(1.1)
    assert bench.asked() == ["+quotes-2 BTCUSDT", "-quotes-2", "+quotes-3 BTCUSDT"]
    assert BTC not in bench.market.quotes


def test_an_unreadable_ticker_takes_its_quotes_and_begins_anew(bench):
    bench.hear(snapshot("quotes-2", 10, "0 100 1", "1 101 2"))
    bench.feed.drain()
    bench.hear(increment("quotes-2", None, 11, "0 1e5 1"))
    assert bench.market.quotes == {}
    assert bench.feed.drain().quotes[BTC].doubt == "a message of it could not be read"
    bench.wait(0.1)
    assert bench.asked()[-2:] == ["-quotes-2", "+quotes-3 BTCUSDT"]
    bench.hear(snapshot("quotes-3", 12, "0 100 1", "1 101 2"))
    assert bench.market.quotes[BTC].bid == 100
