"""Each risk rule by itself: what passes, what warns, what blocks, and what the finding says."""

from decimal import Decimal

import msgspec
import pytest
from trading_facts import BTC, ETH, QUOTE, SYMBOL, D, market_request, request

from blotter.trading.account import Balance, Balances
from blotter.trading.enums import OrdType, PegPriceType, Side, TriggerPriceDirection
from blotter.trading.instrument import Instrument, Quote
from blotter.trading.request import ListKind, OrderListRequest
from blotter.trading.risk import judge, judge_list
from blotter.trading.risk_levels import OFF, Levels, Limits, Percents, RiskLimits, Within
from blotter.trading.risk_situation import Counter, Holding, Recent, Situation

SECOND = 10**9
NOW = QUOTE.at + 2 * SECOND
RATES = {"USDT": D(1), "BTC": D(60_000)}
BUY, SELL = Side.BUY, Side.SELL


def levels(warn=None, block=None) -> Levels:
    return Levels(warn=None if warn is None else D(str(warn)), block=None if block is None else D(str(block)))


def situation(**fields) -> Situation:
    return Situation(
        **{
            "now": NOW,
            "instruments": {SYMBOL: BTC, "ETHBTC": ETH},
            "quotes": {SYMBOL: QUOTE},
            "rate": RATES.get,
            **fields,
        }
    )


def limits(**fields) -> RiskLimits:
    """Only these rules."""
    return msgspec.structs.replace(OFF, **fields)


def said(verdict) -> tuple[list[str], list[str]]:
    """Rules that block, and rules that warn."""
    return [f.rule for f in verdict.blocks], [f.rule for f in verdict.warnings]


PASSED = ([], [])


def outcome(verdict) -> str:
    return "block" if verdict.blocks else "warn" if verdict.warnings else "pass"


# --- size ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("qty", "expected"), [("1", "pass"), ("1.001", "warn"), ("5", "warn"), ("5.001", "block")]
)
def test_quantity(qty, expected):
    verdict = judge(request(qty, "60000"), situation(), limits(order_qty=levels(1, 5)))
    assert outcome(verdict) == expected


def test_a_block_names_field_rule_value_and_limit():
    verdict = judge(request("7.5", "60000"), situation(), limits(order_qty=levels(1, 5)))
    (finding,) = verdict.blocks
    assert (finding.rule, finding.field, finding.value, finding.limit) == (
        "quantity",
        "order_qty",
        "7.5 BTC",
        "5 BTC",
    )
    assert finding.text == "quantity 7.5 BTC is above the limit 5 BTC"
    assert not verdict.warnings, "one rule speaks once, with its worse level"


def test_a_quantity_by_quote_amount_is_what_it_comes_to():
    cash = market_request(cash_order_qty=D(601_235_500))
    verdict = judge(cash, situation(), limits(order_qty=levels(block=5)))
    assert verdict.blocks[0].field == "cash_order_qty"
    assert "10,000 BTC" in verdict.blocks[0].text
    unknown = judge(cash, situation(quotes={}), limits(order_qty=levels(block=5)))
    assert said(unknown) == ([], ["quantity"])
    assert "not judged" in unknown.warnings[0].text


def test_the_instruments_level_goes_before_the_desks():
    both = limits(order_qty=levels(block=1), instruments={SYMBOL: Limits(order_qty=levels(block=100))})
    assert outcome(judge(request("50", "60000"), situation(), both)) == "pass"
    other = limits(order_qty=levels(block=1), instruments={"ETHBTC": Limits(order_qty=levels(block=100))})
    assert outcome(judge(request("50", "60000"), situation(), other)) == "block"
    off = limits(order_qty=levels(block=1), instruments={SYMBOL: Limits(order_qty=Levels())})
    assert outcome(judge(request("50", "60000"), situation(), off)) == "pass"


@pytest.mark.parametrize(
    ("order", "worth"),
    [
        (request("2", "60000"), 120_000),
        (request("2", "1", side=SELL), 120_246),  # it would trade at the bid, 60,123
        (request("2", "70000", side=SELL), 140_000),
        (market_request(order_qty=D(2)), 120_248),
        (market_request(cash_order_qty=D(500)), 500),
        (
            msgspec.structs.replace(
                market_request(order_qty=D(2), trigger_price=D(65_000)), ord_type=OrdType.STOP
            ),
            130_000,
        ),
    ],
)
def test_notional(order, worth):
    quote = Quote(symbol=SYMBOL, at=NOW, bid=D(60_123), ask=D(60_124))
    now = situation(quotes={SYMBOL: quote})
    assert outcome(judge(order, now, limits(notional=levels(block=worth)))) == "pass"
    assert outcome(judge(order, now, limits(notional=levels(block=worth - 1)))) == "block"


def test_value_is_converted_and_what_has_no_price_is_never_zero():
    order = request("3", "0.05", symbol="ETHBTC")
    now = situation(quotes={"ETHBTC": Quote(symbol="ETHBTC", at=NOW, bid=D("0.05"), ask=D("0.051"))})
    verdict = judge(order, now, limits(value=levels(block=8_999)))
    assert "9,000 USDT" in verdict.blocks[0].text
    assert outcome(judge(order, now, limits(value=levels(block=9_000)))) == "pass"
    unknown = judge(order, situation(rate=lambda asset: None), limits(value=levels(block=8_999)))
    assert said(unknown) == ([], ["value"])
    assert "no price of BTC in USDT" in unknown.warnings[0].text


# --- price against the market ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("side", "price", "expected"),
    [
        (BUY, "60123.55", "pass"),
        (BUY, "60724.7855", "pass"),  # exactly 100 bp above the ask
        (BUY, "60724.79", "warn"),
        (BUY, "63129.74", "block"),  # 500 bp
        (BUY, "1", "pass"),
        (SELL, "60123.30", "pass"),
        (SELL, "59522.06", "warn"),
        (SELL, "57117.13", "block"),
        (SELL, "999999", "pass"),
    ],
)
def test_the_collar_catches_a_fat_finger_out_of_the_box(side, price, expected):
    verdict = judge(request("1", price, side=side), situation(), RiskLimits())
    assert outcome(verdict) == expected
    if expected != "pass":
        assert [f.rule for f in (*verdict.blocks, *verdict.warnings)] == ["price collar"]
        assert (*verdict.blocks, *verdict.warnings)[0].field == "price"


def test_the_collar_in_ticks():
    ticks = limits(collar_ticks=levels(warn=5, block=50))
    assert outcome(judge(request("1", "60123.60"), situation(), ticks)) == "pass"
    assert outcome(judge(request("1", "60123.61"), situation(), ticks)) == "warn"
    assert outcome(judge(request("1", "60124.06"), situation(), ticks)) == "block"
    bare = Instrument(symbol=SYMBOL, base="BTC", quote="USDT")
    unknown = judge(request("1", "60124.06"), situation(instruments={SYMBOL: bare}), ticks)
    assert "tick size" in unknown.warnings[0].text


def test_the_collar_measures_from_the_other_side_when_its_own_is_empty():
    empty = Quote(symbol=SYMBOL, at=NOW, bid=D(100))
    now = situation(quotes={SYMBOL: empty})
    assert outcome(judge(request("1", "200"), now, RiskLimits())) == "block"


def test_a_collar_without_a_market_says_so():
    verdict = judge(request("1", "60000"), situation(quotes={}), limits(collar_bips=levels(block=500)))
    assert said(verdict) == ([], ["price collar"])
    both = judge(
        request("1", "60000"),
        situation(quotes={}),
        limits(collar_bips=levels(block=500), book_age=levels(block=60)),
    )
    assert said(both) == ([], ["book"]), "once is enough"


def test_a_stops_limit_is_held_against_its_trigger():
    def stop_limit(price):
        return request(
            "1",
            price,
            ord_type=OrdType.STOP_LIMIT,
            trigger_price=D(70_000),
            trigger_direction=TriggerPriceDirection.UP,
        )

    collar = limits(collar_bips=levels(block=100))
    assert outcome(judge(stop_limit("70100"), situation(), collar)) == "pass"
    assert outcome(judge(stop_limit("77000"), situation(), collar)) == "block"


def test_far_away_passive_prices():
    away = limits(away_bips=levels(warn=1_000))
    assert outcome(judge(request("1", "55000"), situation(), away)) == "pass"
    assert outcome(judge(request("1", "54000"), situation(), away)) == "warn"
    assert outcome(judge(request("1", "66200", side=SELL), situation(), away)) == "warn"
    assert outcome(judge(request("1", "66200"), situation(), away)) == "pass"


# --- the market's age ------------------------------------------------------------------------------------------

PEGGED = request("1", "60000", ord_type=OrdType.PEGGED, peg_price_type=PegPriceType.PRIMARY_PEG)


@pytest.mark.parametrize("order", [market_request(order_qty=D(1)), PEGGED])
@pytest.mark.parametrize(("age", "expected"), [(15, "pass"), (16, "warn"), (60, "warn"), (61, "block")])
def test_a_stale_book_blocks_what_the_market_prices(order, age, expected):
    now = situation(now=QUOTE.at + age * SECOND)
    assert outcome(judge(order, now, RiskLimits())) == expected


def test_a_stale_book_only_warns_about_a_limit_price():
    verdict = judge(request("1", "60000"), situation(now=QUOTE.at + 3_600 * SECOND), RiskLimits())
    assert said(verdict) == ([], ["book"])
    assert "silent for 3,600 s" in verdict.warnings[0].text


def test_a_quote_that_did_not_change_stands_while_its_session_is_heard_of():
    hour = QUOTE.at + 3_600 * SECOND
    heard = situation(now=hour, heard=hour - 15 * SECOND)
    assert outcome(judge(market_request(order_qty=D(1)), heard, RiskLimits())) == "pass"
    silent = situation(now=hour, heard=hour - 61 * SECOND)
    assert outcome(judge(market_request(order_qty=D(1)), silent, RiskLimits())) == "block"


def test_a_venue_without_market_data_does_not_ask_with_every_limit_order_and_warns_of_what_it_cannot_price():
    now = situation(quotes={}, blind=True)
    assert said(judge(request("1", "60000"), now, RiskLimits())) == PASSED
    assert said(judge(market_request(order_qty=D(1)), now, RiskLimits())) == ([], ["book"])
    assert said(judge(request("1", "60000"), now, limits(collar_bips=levels(block=500)))) == PASSED


@pytest.mark.parametrize("quotes", [{}, {SYMBOL: Quote(symbol=SYMBOL, at=NOW)}])
def test_a_missing_book(quotes):
    now = situation(quotes=quotes)
    assert said(judge(market_request(order_qty=D(1)), now, RiskLimits())) == (["book"], [])
    assert said(judge(request("1", "60000"), now, RiskLimits())) == ([], ["book"])


def test_a_market_order_needs_the_side_it_would_meet():
    bid_only = situation(quotes={SYMBOL: Quote(symbol=SYMBOL, at=NOW, bid=D(60_000))})
    assert said(judge(market_request(order_qty=D(1)), bid_only, RiskLimits())) == (["book"], [])
    assert said(judge(market_request(SELL, order_qty=D(1)), bid_only, RiskLimits())) == PASSED


# --- duplicates ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("age", "expected"), [(1, "block"), (2, "block"), (9, "warn"), (10, "warn"), (11, "pass")]
)
def test_a_duplicate(age, expected):
    sent = request("1", "60000")
    now = situation(recent=(Recent(NOW - age * SECOND, sent),))
    assert outcome(judge(sent, now, limits(duplicate=Within(warn=D(10), block=D(2))))) == expected


@pytest.mark.parametrize(
    "change", [{"order_qty": D(2)}, {"price": D(59_999)}, {"side": SELL}, {"symbol": "ETHBTC"}]
)
def test_what_differs_is_no_duplicate(change):
    sent = request("1", "60000")
    now = situation(recent=(Recent(NOW, msgspec.structs.replace(sent, **change)),))
    assert outcome(judge(sent, now, limits(duplicate=Within(warn=D(10))))) == "pass"


# --- balance ---------------------------------------------------------------------------------------------------


def balances(**free) -> Balances:
    by_asset = {
        asset: Balance(asset=asset, free=D(str(amount)), locked=D(0)) for asset, amount in free.items()
    }
    return Balances(at=NOW - 40 * SECOND, by_asset=by_asset)


def test_balance():
    have = situation(balances=balances(USDT=120_000, BTC=1))
    assert outcome(judge(request("2", "60000"), have, RiskLimits())) == "pass"
    verdict = judge(request("2", "60001"), have, RiskLimits())
    assert said(verdict) == ([], ["balance"])
    assert verdict.warnings[0].text == (
        "balance: it needs 120,002 USDT, above the warning level 100 % of 120,000 USDT free (40 s ago)"
    )
    assert outcome(judge(request("1.001", "60124", side=SELL), have, RiskLimits())) == "warn"
    taken = msgspec.structs.replace(have, taken={"USDT": D(1)})
    assert outcome(judge(request("2", "60000"), taken, RiskLimits())) == "warn"
    assert outcome(judge(request("2", "60001"), situation(), RiskLimits())) == "pass", "not known yet"
    half = limits(balance=levels(block=50))
    assert outcome(judge(request("1.1", "60000"), have, half)) == "block"


# --- position and exposure ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("net", "buying", "selling", "side", "qty", "expected"),
    [
        (0, 0, 0, BUY, "2", "pass"),
        (0, 0, 0, BUY, "2.1", "block"),
        (0, 1.5, 0, BUY, "1", "block"),  # open orders count
        (0, 0, 1.5, BUY, "2", "pass"),  # of its own side
        (2, 0, 0, SELL, "4", "pass"),
        (2, 0, 0, SELL, "4.1", "block"),  # through zero
        (-2, 0, 0, SELL, "0.1", "block"),
        (9, 0, 0, SELL, "1", "pass"),  # reduces, however far beyond the limit
        (9, 0, 8.5, SELL, "1", "pass"),
        (9, 0, 8.5, SELL, "4", "block"),
        (-9, 0, 0, BUY, "9", "pass"),
    ],
)
def test_position(net, buying, selling, side, qty, expected):
    holding = Holding(D(str(net)), D(str(buying)), D(str(selling)))
    verdict = judge(
        request(qty, "60123.5" if side is BUY else "60123.4", side=side),
        situation(holdings={SYMBOL: holding}),
        limits(position=levels(block=2)),
    )
    assert outcome(verdict) == expected


def test_an_open_order_of_unknown_quantity_is_named():
    holding = Holding(untold=("A-000007",))
    verdict = judge(
        request("1", "60000"), situation(holdings={SYMBOL: holding}), limits(position=levels(block=2))
    )
    assert said(verdict) == ([], ["position"])
    assert "A-000007" in verdict.warnings[0].text


def test_gross_exposure_over_symbols():
    holdings = {SYMBOL: Holding(D(1)), "ETHBTC": Holding(D(-10))}
    rates = {**RATES, "ETH": D(3_000)}
    now = situation(holdings=holdings, rate=rates.get)
    order = request("1", "60000")  # 120,000 and 30,000
    assert outcome(judge(order, now, limits(gross=levels(block=150_000)))) == "pass"
    verdict = judge(order, now, limits(gross=levels(block=149_999)))
    assert "gross exposure 150,000 USDT" in verdict.blocks[0].text
    assert outcome(judge(request("1", "60123", side=SELL), now, limits(gross=levels(block=1)))) == "pass"
    unpriced = judge(order, situation(holdings=holdings), limits(gross=levels(block=150_000)))
    assert said(unpriced) == ([], ["gross exposure"])
    assert "no price of ETH in USDT" in unpriced.warnings[0].text


def test_exposure_in_an_asset():
    perp = Instrument(symbol="BTCEUR", base="BTC", quote="EUR")
    now = situation(
        instruments={SYMBOL: BTC, "BTCEUR": perp},
        holdings={"BTCEUR": Holding(D(1)), "ETHBTC": Holding(D(50))},
    )
    order = request("1", "60000")
    assert outcome(judge(order, now, limits(assets={"BTC": levels(block=120_000)}))) == "pass"
    assert outcome(judge(order, now, limits(assets={"BTC": levels(block=119_999)}))) == "block"
    assert outcome(judge(order, now, limits(assets={"ETH": levels(block=1)}))) == "pass"


def test_loss_lets_only_reducing_orders_through():
    lost = situation(loss=D(1_001), holdings={SYMBOL: Holding(D(1))})
    stop = limits(loss=levels(block=1_000))
    assert said(judge(request("1", "60000"), lost, stop)) == (["loss"], [])
    assert outcome(judge(request("1", "60123", side=SELL), lost, stop)) == "pass"
    won = msgspec.structs.replace(lost, loss=D(-5_000))
    assert outcome(judge(request("1", "60000"), won, stop)) == "pass"
    unknown = msgspec.structs.replace(lost, loss=None)
    assert said(judge(request("1", "60000"), unknown, stop)) == ([], ["loss"])


# --- counts, arming ----------------------------------------------------------------------------------------------


def test_open_orders_of_a_symbol_and_in_all():
    now = situation(holdings={SYMBOL: Holding(orders=3), "ETHBTC": Holding(orders=4)})
    order = request("1", "60000")
    assert (
        outcome(judge(order, now, limits(open_orders=levels(block=4), total_orders=levels(block=8))))
        == "pass"
    )
    assert outcome(judge(order, now, limits(open_orders=levels(block=3)))) == "block"
    assert outcome(judge(order, now, limits(total_orders=levels(warn=7)))) == "warn"


def test_our_order_rate():
    rate = limits(order_rate=levels(warn=4, block=5))
    order = request("1", "60000")
    assert [outcome(judge(order, situation(sent=n), rate)) for n in (3, 4, 5)] == ["pass", "warn", "block"]


@pytest.mark.parametrize(("used", "expected"), [(44, "pass"), (45, "warn"), (49, "warn"), (50, "block")])
def test_the_venues_counters(used, expected):
    now = situation(counters=(Counter("orders/10s", used, 50, 1),))
    verdict = judge(request("1", "60000"), now, RiskLimits())
    assert outcome(verdict) == expected
    if expected == "block":
        assert verdict.blocks[0].text == "venue limit: orders/10s would be at 51 of 50, above the limit 100 %"


def test_arming():
    armed_only = limits(arming=D(60))
    verdict = judge(request("1", "60000"), situation(armed=False), armed_only)
    assert said(verdict) == (["arming"], [])
    assert outcome(judge(request("1", "60000"), situation(armed=True), armed_only)) == "pass"
    assert outcome(judge(request("1", "60000"), situation(armed=False), limits())) == "pass"


# --- replaces and lists ------------------------------------------------------------------------------------------


def test_a_replace_is_judged_by_what_it_adds():
    now = situation(replaced_qty=D(3), holdings={SYMBOL: Holding(orders=9)})
    tight = limits(
        order_qty=levels(block=1),
        notional=levels(block=1),
        value=levels(block=1),
        open_orders=levels(block=1),
    )
    assert outcome(judge(request("3", "60010"), now, tight)) == "pass", "no more than there was"
    assert said(judge(request("3.1", "60010"), now, tight))[0] == ["quantity", "notional", "value"]
    assert outcome(judge(request("3", "99999"), now, RiskLimits())) == "block", "the price is a new one"


def oto(working, *pending, kind=ListKind.OTO) -> OrderListRequest:
    return OrderListRequest(kind=kind, legs=(working, *pending))


def test_a_pending_leg_starts_from_what_the_working_leg_traded():
    bracket = oto(request("2", "60000"), request("2", "61000", side=SELL))
    assert outcome(judge_list(bracket, situation(), limits(position=levels(block=2)))) == "pass"
    assert outcome(judge_list(bracket, situation(), limits(position=levels(block=1)))) == "block"
    doubling = oto(request("2", "60000"), request("2", "59000"))
    assert outcome(judge_list(doubling, situation(), limits(position=levels(block=3)))) == "block"


def test_of_an_oco_only_one_leg_counts():
    legs = (request("2", "61000", side=SELL), request("2", "62000", side=SELL))
    oco = OrderListRequest(kind=ListKind.OCO, legs=legs)
    assert outcome(judge_list(oco, situation(), limits(position=levels(block=2)))) == "pass"
    have = situation(balances=balances(BTC=2))
    assert outcome(judge_list(oco, have, RiskLimits())) == "pass"
    assert outcome(judge_list(oco, situation(), limits(open_orders=levels(block=1)))) == "block"


def test_an_opo_sells_what_was_bought():
    pending = msgspec.structs.replace(request("1", "61000", side=SELL), order_qty=None)
    opo = oto(request("2", "60000"), pending, kind=ListKind.OPO)
    verdict = judge_list(opo, situation(), limits(order_qty=levels(block=1), position=levels(block=2)))
    assert said(verdict) == (["quantity"], [])


def test_each_leg_has_its_collar():
    bracket = oto(request("2", "60000"), request("2", "6100", side=SELL))
    assert said(judge_list(bracket, situation(), RiskLimits())) == (["price collar"], [])


# --- levels ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: levels(5, 1), ["warn = 5", "block = 1"]),
        (lambda: levels(-1), ["warn = -1"]),
        (lambda: Levels(block=Decimal("NaN")), ["block = NaN"]),
        (lambda: Levels(block=Decimal("Infinity")), ["block"]),
        (lambda: Percents(block=D(101)), ["block = 101", "100"]),
        (lambda: Within(warn=D(1), block=D(5)), ["block = 5", "warn = 1"]),
        (lambda: RiskLimits(arming=D(0)), ["arming = 0"]),
        (lambda: RiskLimits(order_rate_window=D(0)), ["order_rate_window = 0"]),
        (lambda: RiskLimits(instruments={"btcusdt": Limits()}), ["instruments.btcusdt", "BTCUSDT"]),
        (lambda: RiskLimits(assets={"btc": Levels()}), ["assets.btc", "BTC"]),
    ],
)
def test_levels_that_make_no_sense(make, words):
    with pytest.raises(ValueError, match=r"\w") as caught:
        make()
    assert [word for word in words if word not in str(caught.value)] == []
