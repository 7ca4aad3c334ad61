"""The risk rules: what is wrong with an order that its instrument's filters do not know of. State in, findings out.

Each rule is a pure function of one order and of the `Situation` it would be sent into; the numbers it is held against
are in `blotter.trading.risk_levels`. What cannot be told (no price, no quantity) is a finding that says so, never a
zero. An order that only reduces a position passes the rules about position, exposure and loss, and no other.

Nothing here reads a clock or sends; `blotter.desk.gate` gathers the situation and asks.
"""

from collections.abc import Sequence

from blotter.trading import risk_order, risk_totals
from blotter.trading.request import OrderListRequest, OrderRequest
from blotter.trading.risk_levels import RiskLimits
from blotter.trading.risk_situation import Candidate, Leg, Situation, Verdict, legs


def judge(request: OrderRequest, situation: Situation, limits: RiskLimits) -> Verdict:
    """One new order, or the new terms of a replaced one."""
    return _judge((Leg(request),), situation, limits)


def judge_list(request: OrderListRequest, situation: Situation, limits: RiskLimits) -> Verdict:
    """An order list: each leg for itself, in the position it would be placed in; counts as a whole."""
    return _judge(legs(request, situation), situation, limits)


def _judge(orders: Sequence[Leg], situation: Situation, limits: RiskLimits) -> Verdict:
    findings = list(risk_totals.arming(situation, limits))
    own = limits.of(orders[0].request.symbol)
    for leg in orders:
        one = Candidate(leg, situation, own, limits)
        for rule in risk_order.RULES:
            findings += rule(one)
        if not one.reducing:
            for rule in risk_totals.RULES:
                findings += rule(one)
    findings += risk_totals.counts(orders, situation, own, limits)
    return Verdict.of(list(dict.fromkeys(findings)))
