"""The parts of the screen that need no screen: the entry's steps, lines and their readings, filters, small sums."""

from collections.abc import Mapping

import msgspec
import pytest
from fake_desk import INSTRUMENTS, SECOND, START, D, busy_messages, busy_orders, make_order, make_request
from hypothesis import given, settings
from hypothesis import strategies as st

from blotter.desk.change import Answer, Frame
from blotter.desk.command import Amend, Submit
from blotter.trading import verbs as trading_verbs
from blotter.trading.enums import OrdType, SelfTradePreventionMode, Side, TimeInForce
from blotter.trading.grammar import Market
from blotter.trading.instrument import Amending, Quote
from blotter.trading.known import Known
from blotter.trading.line import order_line
from blotter.trading.order import OrderState
from blotter.trading.request import OrderRequest
from blotter.trading.verbs import AmendOrder
from blotter.tui import messages, order_columns
from blotter.tui.command_words import SCREEN, TRADING, parse_verb
from blotter.tui.entry import QUIET_NS, Entry, Reading, Stage
from blotter.tui.filtering import row_filter
from blotter.tui.model import Model, is_unknown
from blotter.tui.order_rows import OrderRow
from blotter.tui.order_words import state_words, tif_word
from blotter.tui.reading import amend_line, is_order_line, keeps_queue, read
from blotter.tui.session_card import heartbeat_style
from blotter.tui.stop_panel import tally

LIFETIME = 30 * SECOND
NOBODY = Known(orders={})
READY = Reading(line="buy", terms=make_request(), side=Side.BUY, symbol="BTCUSDT", words="BUY")
BROKEN = Reading(line="buy x", missing="quantity")


def reviewed(now: int = 0) -> Entry:
    return Entry().edit(READY).review(now).painted(now)


# --- the steps -----------------------------------------------------------------------------------------------


def test_the_way_of_an_order() -> None:
    entry, command = reviewed().confirm(1, "c1", LIFETIME)
    assert entry == Entry()
    assert isinstance(command, Submit)
    assert command.request == READY.terms


def test_an_amend_takes_the_same_way() -> None:
    reading = Reading(line="amend", terms=AmendOrder(order_id="A-1", price=D(5)))
    _, command = Entry().edit(reading).review(0).painted(0).confirm(0, "c", LIFETIME)
    assert command == Amend(id="c", order_id="A-1", price=D(5))


def test_what_was_not_painted_cannot_be_confirmed() -> None:
    entry = Entry().edit(READY).review(0)
    assert entry.confirm(5 * SECOND, "c", LIFETIME) == (entry, None)


def test_an_unready_draft_is_not_reviewed() -> None:
    draft = Entry().edit(BROKEN)
    assert draft.review(0) == draft


def test_an_old_review_is_a_draft_again_at_the_key_too() -> None:
    entry, command = reviewed().confirm(LIFETIME, "c", LIFETIME)
    assert command is None
    assert (entry.stage, entry.reading) == (Stage.DRAFT, READY)


def test_a_warning_is_accepted_by_its_own_key_only() -> None:
    reading = Reading(line="amend", terms=AmendOrder(order_id="A-1", price=D(5)))
    answer = Answer(
        id="c",
        ok=False,
        warning=True,
        text="w",
        warnings=("collar: 61 bp of 50", "qty"),
        warning_rules=("collar", "qty"),
    )
    warned = Entry().edit(reading).review(0).answered(answer, 0)
    assert warned.stage is Stage.WARNED
    assert warned.note is not None
    assert warned.note.warnings == answer.warnings
    assert warned.confirm(SECOND, "c", LIFETIME) == (warned, None)
    entry, command = warned.insist(SECOND, "c", LIFETIME)
    assert entry == Entry()
    assert command == Amend(id="c", order_id="A-1", price=D(5), accept_rules=("collar", "qty"))


def test_a_review_is_not_insisted_on() -> None:
    assert reviewed().insist(SECOND, "c", LIFETIME) == (reviewed(), None)


def test_a_warning_nobody_accepted_is_a_draft_again() -> None:
    warned = reviewed().answered(Answer(id="c", ok=False, warning=True, text="w"), 0)
    assert warned.expire(LIFETIME, LIFETIME).stage is Stage.DRAFT
    assert warned.drop().stage is Stage.DRAFT
    assert warned.insist(LIFETIME, "c", LIFETIME)[1] is None


STEPS = st.sampled_from(
    [
        "edit",
        "break",
        "refresh",
        "review",
        "paint",
        "confirm",
        "insist",
        "drop",
        "tick",
        "refuse",
        "warn",
        "moment",
        "long",
    ]
)


@settings(max_examples=300, deadline=None)
@given(st.lists(STEPS, max_size=40))
def test_at_most_one_command_for_each_painted_review(walk: list[str]) -> None:
    """Whatever the order of keys, frames and answers: a command is preceded by its own review, painted, and by a
    confirming key; and between two commands lies another review."""
    entry, now, painted_reviews, commands = Entry(), 0, 0, 0
    last_sent: Entry | None = None
    for step in walk:
        before = entry
        if step == "edit":
            entry = entry.edit(READY)
        elif step == "break":
            entry = entry.edit(BROKEN)
        elif step == "refresh":
            entry = entry.refresh(Reading(line="buy", terms=make_request(price="1")))
        elif step == "review":
            entry = entry.review(now)
        elif step == "paint":
            entry = entry.painted(now)
            painted_reviews += entry != before
        elif step in ("confirm", "insist"):
            press = entry.confirm if step == "confirm" else entry.insist
            entry, command = press(now, "c", LIFETIME)
            if command is not None:
                commands += 1
                last_sent = before
                assert before.stage is (Stage.REVIEW if step == "confirm" else Stage.WARNED)
                assert command.accept_rules == (("collar",) if step == "insist" else ())
                assert not command.accept_warnings, "that is for scripts"
                assert before.armed_at is not None
                assert now >= before.armed_at
                assert now - before.reviewed_at < LIFETIME
                assert command.request == before.reading.terms
                assert entry == Entry()
        elif step == "drop":
            entry = entry.drop()
        elif step == "tick":
            entry = entry.expire(now, LIFETIME)
        elif step in ("refuse", "warn") and last_sent is not None and entry.stage is Stage.EMPTY:
            entry = last_sent.answered(
                Answer(id="c", ok=False, warning=step == "warn", text="no", warning_rules=("collar",)), now
            )
            painted_reviews += step == "warn"
            last_sent = None
        elif step == "moment":
            now += QUIET_NS // 3
        elif step == "long":
            now += 20 * SECOND
        assert commands <= painted_reviews
        if before.standing and entry.stage is before.stage:
            assert entry.reading == before.reading


# --- lines ---------------------------------------------------------------------------------------------------


def market(now: int = START, orders: Mapping[str, object] | None = None) -> Market:
    quote = Quote(symbol="BTCUSDT", at=now, bid=D("60123.3"), ask=D("60123.5"))
    return Market(
        instruments={i.symbol: i for i in INSTRUMENTS},
        quotes={"BTCUSDT": quote},
        now=now,
        default_symbol="BTCUSDT",
    )


@pytest.mark.parametrize(
    "request_",
    [
        make_request(),
        make_request(post=True),
        make_request(tif=TimeInForce.IMMEDIATE_OR_CANCEL, side=Side.SELL),
        make_request(price=None),
        OrderRequest(symbol="BTCUSDT", side=Side.BUY, ord_type=OrdType.MARKET, cash_order_qty=D(500)),
        OrderRequest(
            symbol="BTCUSDT", side=Side.BUY, ord_type=OrdType.LIMIT, order_qty=D(1), price=D(60000),
            time_in_force=TimeInForce.GOOD_TILL_CANCEL, max_floor=D("0.1"),
            self_trade_prevention=SelfTradePreventionMode.EXPIRE_TAKER,
        ),
    ],
)  # fmt: skip
def test_a_clones_line_parses_to_the_same_order(request_: OrderRequest) -> None:
    assert read(order_line(request_, "USDT"), market(), NOBODY).terms == request_


def test_an_amends_line_says_the_terms_that_are() -> None:
    order = make_order(12, qty="0.50", price="60000.00")
    assert amend_line(order) == "amend A-000012 0.5 @ 60000"
    reading = read(amend_line(order), market(), Known(orders={order.id: order}))
    assert not reading.ready
    assert "has these terms already" in reading.mistakes[0].text


@pytest.mark.parametrize(
    ("price", "qty", "keeps"),
    [(None, "0.2", True), ("60000", "0.2", True), ("60001", "0.2", False), (None, "0.9", False)],
)
def test_only_less_at_the_same_price_keeps_the_queue(price: str | None, qty: str, keeps: bool) -> None:
    order = make_order(12, qty="0.5", price="60000")
    terms = AmendOrder(order_id=order.id, price=None if price is None else D(price), order_qty=D(qty))
    assert keeps_queue(order, terms) is keeps


@given(st.text(max_size=60))
@settings(max_examples=200, deadline=None)
def test_no_line_breaks_the_reading(line: str) -> None:
    assert read(line, market(), NOBODY).line == line
    assert read(f"amend {line}", market(), NOBODY).terms is None
    parse_verb(line)


def test_order_lines_are_known_from_verbs() -> None:
    assert is_order_line("Buy 1 btc")
    assert is_order_line("amend 12")
    assert not is_order_line("cancel 12")
    assert not is_order_line("")


def test_every_verb_is_found_by_its_word() -> None:
    for verb in SCREEN:
        parsed = parse_verb(" ".join([verb.word.upper(), *["x"] * verb.least]))
        assert not isinstance(parsed, str)
        assert parsed[0] is verb
    assert parse_verb("theme") == "usage: :theme THEME|reload"


def test_help_names_every_verb_of_the_domain() -> None:
    assert {verb.word for verb in TRADING} == set(trading_verbs.VERBS)


# --- filters, states, sums -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "ids"),
    [
        ("4119", ["A-004119"]),
        ("btc sell", ["A-004119"]),
        ("SYM:eth side:sell", ["A-004113", "A-004117"]),
        ("state:fill", ["A-004115"]),
        ("type:post", ["A-004120"]),
        ("percent_price", ["A-004113"]),
        ("nope:btc", []),
    ],
)
def test_filters(words: str, ids: list[str]) -> None:
    matches = row_filter(words, order_columns.FILTERS)
    assert matches is not None
    rows = [OrderRow(key=order.id, order=order) for order in busy_orders()]
    assert [row.key for row in rows if matches(row)] == ids


def test_no_words_no_filter() -> None:
    assert row_filter("  ", messages.FILTERS) is None


def test_state_words_keep_what_is_asked_and_why_it_ended() -> None:
    by_id = {order.id: state_words(order) for order in busy_orders()}
    assert by_id["A-004117"] == "… PEND RPL → 3.5 @ 3,210.4"
    assert by_id["A-004113"] == "✗ REJECT Filter failure: PERCENT_PRICE_BY_SIDE"


@pytest.mark.parametrize(
    ("seconds", "style"),
    [(30, ""), (36, ""), (36.1, "bold $warn"), (60, "bold $warn"), (60.1, "$danger strike")],
)
def test_heartbeat_ages(seconds: float, style: str) -> None:
    assert heartbeat_style(int(seconds * SECOND), 30) == style


def test_a_tally_names_most_first() -> None:
    assert tally([order for order in busy_orders() if order.open])[0] == ("BTCUSDT", "BUY", 2)


def test_the_model_forgets_the_oldest_messages() -> None:
    model = Model(max_messages=4)
    model.apply(Frame(messages=busy_messages()))
    assert [message.row for message in model.messages] == [3, 4, 5, 6]
    assert model.messages_of("A-004116") == []
    assert [message.row for message in model.messages_of("A-004120")] == [4, 5]


def test_the_model_knows_what_is_open_and_what_is_unknown() -> None:
    model = Model(max_messages=10)
    model.apply(Frame(orders={order.id: order for order in busy_orders()}))
    assert set(model.open) == {"A-004116", "A-004117", "A-004118", "A-004119", "A-004120"}
    assert model.unknown == 1
    assert is_unknown(model.orders["A-004116"])
    model.apply(Frame(orders={"A-004116": make_order(4116, OrderState.CANCELED)}))
    assert model.unknown == 0


@pytest.mark.parametrize("terms", ["0.2", "0.9 @ 60001"])
def test_where_the_venue_changes_the_order_itself_its_place_is_the_venues_affair(terms: str) -> None:
    order, there = make_order(12, qty="0.5", price="60000"), market()
    changing = msgspec.structs.replace(there.instruments[order.symbol], amending=Amending.CHANGED)
    there = msgspec.structs.replace(there, instruments={order.symbol: changing})
    reading = read(f"amend 12 {terms}", there, Known(orders={order.id: order}))
    assert reading.queue == "Change at the venue; whether it keeps its place is the venue's rule"


@pytest.mark.parametrize("tif", TimeInForce)
def test_every_time_in_force_has_its_word(tif: TimeInForce) -> None:
    assert tif_word(make_request(tif=tif)).isalpha()
