"""What must hold of the risk rules for any order in any situation."""

from decimal import Decimal

import msgspec
from hypothesis import given
from hypothesis import strategies as st
from trading_facts import BTC, ETH, SYMBOL, D, market_request, request

from blotter.trading.account import Balance, Balances
from blotter.trading.enums import Side
from blotter.trading.instrument import Quote
from blotter.trading.request import ListKind, OrderListRequest
from blotter.trading.risk import judge, judge_list
from blotter.trading.risk_levels import OFF, Levels, Limits, Percents, RiskLimits, Within
from blotter.trading.risk_situation import Counter, Holding, Recent, Situation

SECOND = 10**9
NOW = 10**18
ADDING = {"position", "gross exposure", "exposure in BTC", "exposure", "loss"}

numbers = st.decimals(min_value=D("0.001"), max_value=D(10**9), places=3, allow_nan=False)
signed = st.decimals(min_value=D(-(10**6)), max_value=D(10**6), places=3, allow_nan=False)
sides = st.sampled_from(Side)
prices = st.none() | numbers
level = st.none() | st.decimals(min_value=D(0), max_value=D(10**9), places=3, allow_nan=False)


@st.composite
def orders(draw):
    side = draw(sides)
    if draw(st.booleans()):
        by_cash = draw(st.booleans())
        return market_request(side, **{"cash_order_qty" if by_cash else "order_qty": draw(numbers)})
    return request(str(draw(numbers)), str(draw(numbers)), side)


@st.composite
def levels(draw, kind=Levels):
    warn, block = draw(level), draw(level)
    if warn is not None and block is not None and warn > block:
        warn, block = block, warn
    if kind is Percents:
        warn, block = (None if each is None else min(each, D(100)) for each in (warn, block))
    return kind(warn=warn, block=block)


@st.composite
def limits(draw):
    every = {name: draw(levels()) for name in Limits.__struct_fields__ if name != "duplicate"}
    near = draw(levels())
    return RiskLimits(
        **every,
        duplicate=Within(warn=near.block, block=near.warn if near.block is not None else None),
        gross=draw(levels()),
        assets={"BTC": draw(levels())},
        loss=draw(levels()),
        total_orders=draw(levels()),
        order_rate=draw(levels()),
        venue_limits=draw(levels(Percents)),
        balance=draw(levels()),
        arming=draw(st.none() | st.just(D(60))),
    )


@st.composite
def situations(draw):
    bid, spread = draw(prices), draw(numbers)
    ask = None if bid is None or draw(st.booleans()) else bid + spread
    quote = Quote(symbol=SYMBOL, at=NOW - draw(st.integers(0, 120)) * SECOND, bid=bid, ask=ask)
    rates = {"USDT": D(1), "BTC": draw(prices), "ETH": draw(prices)}
    free = {
        asset: Balance(asset=asset, free=draw(numbers), locked=D(0))
        for asset in draw(st.sets(st.sampled_from(["BTC", "USDT"])))
    }
    sent = draw(st.lists(orders(), max_size=3))
    return Situation(
        now=NOW,
        instruments={SYMBOL: BTC, "ETHBTC": ETH},
        quotes=draw(st.sampled_from([{}, {SYMBOL: quote}])),
        holdings={
            SYMBOL: Holding(draw(signed), draw(numbers), draw(numbers), draw(st.integers(0, 9))),
            "ETHBTC": Holding(draw(signed)),
        },
        rate=rates.get,
        recent=tuple(Recent(NOW - draw(st.integers(0, 30)) * SECOND, order) for order in sent),
        sent=draw(st.integers(0, 20)),
        counters=(Counter("orders/10s", draw(st.integers(0, 60)), 50, 1),),
        balances=draw(st.none() | st.just(Balances(at=NOW, by_asset=free))),
        loss=draw(st.none() | signed),
        armed=draw(st.booleans()),
    )


def rules(findings) -> set[str]:
    return {finding.rule for finding in findings}


def tightened(risk: RiskLimits, by: Decimal) -> RiskLimits:
    """Every level divided by `by`; of the duplicate guard, which looks back, multiplied."""
    changes = {}
    for name in risk.__struct_fields__:
        value = getattr(risk, name)
        if isinstance(value, Levels):
            changes[name] = _scaled(value, 1 / by)
        elif isinstance(value, Within):
            changes[name] = _scaled(value, by)
    changes["assets"] = {asset: _scaled(value, 1 / by) for asset, value in risk.assets.items()}
    return msgspec.structs.replace(risk, **changes)


def _scaled(value, by):
    def scaled(each):
        return None if each is None else each * by

    return type(value)(warn=scaled(value.warn), block=scaled(value.block))


@given(orders(), situations(), limits(), st.sampled_from([D(2), D(8), D(1024)]))
def test_what_is_blocked_stays_blocked_under_smaller_limits(order, situation, risk, by):
    before, after = judge(order, situation, risk), judge(order, situation, tightened(risk, by))
    assert rules(before.blocks) <= rules(after.blocks)
    assert rules(before.warnings) <= rules(after.warnings) | rules(after.blocks)


@given(situations(), limits(), st.data())
def test_a_reducing_order_passes_every_rule_about_position(situation, risk, data):
    holding = situation.holdings[SYMBOL]
    side = Side.SELL if holding.net > 0 else Side.BUY
    left = abs(holding.net) - holding.open(side)
    if left <= 0:
        holding = Holding(
            holding.net + (holding.open(side) + 1) * -side.sign, holding.buying, holding.selling
        )
        left = abs(holding.net) - holding.open(side)
    situation = msgspec.structs.replace(situation, holdings={**situation.holdings, SYMBOL: holding})
    qty = data.draw(st.decimals(min_value=D("0.0001"), max_value=left, places=4).filter(lambda q: q <= left))
    verdict = judge(request(str(qty), "60000", side), situation, risk)
    assert not rules(verdict.blocks) & ADDING
    assert not rules(verdict.warnings) & ADDING


@given(orders(), situations())
def test_without_levels_everything_passes(order, situation):
    verdict = judge(order, situation, OFF)
    assert verdict.blocks == verdict.warnings == ()


@given(orders(), situations(), limits())
def test_every_finding_says_rule_value_and_limit(order, situation, risk):
    verdict = judge(order, situation, risk)
    for finding in (*verdict.blocks, *verdict.warnings):
        assert finding.text.startswith((finding.rule, f"{finding.rule}:"))
        assert finding.value
        if "not judged" not in finding.text:
            assert finding.limit
            assert finding.limit in finding.text or "no market price" in finding.text
        assert "E+" not in finding.text
        assert len(finding.text) < 200
    assert all(finding.blocks for finding in verdict.blocks)
    assert not any(finding.blocks for finding in verdict.warnings)


@given(orders(), situations(), limits(), sides)
def test_a_list_blocks_whatever_its_working_leg_alone_would(order, situation, risk, side):
    pending = request("1", "60000", side)
    both = OrderListRequest(kind=ListKind.OTO, legs=(order, pending))
    alone, together = judge(order, situation, risk), judge_list(both, situation, risk)
    assert rules(alone.blocks) <= rules(together.blocks)


@given(orders(), situations(), limits())
def test_no_float_takes_part(order, situation, risk):
    class Exact(Decimal):
        def __float__(self):
            raise AssertionError("a float was made of an amount")

    exact = {
        name: Exact(getattr(order, name))
        for name in ("order_qty", "cash_order_qty", "price")
        if getattr(order, name) is not None
    }
    judge(msgspec.structs.replace(order, **exact), situation, risk)
