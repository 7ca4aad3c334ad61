"""What the dialect sends, the embedded exchange understands as it was meant: two readings of one fact sheet.

Neither proves the venue right, but where they differ one of them is wrong.
"""

from decimal import Decimal

import pytest
from binance_lives import SELL, SYMBOL, limit
from hypothesis import given, settings
from hypothesis import strategies as st

from blotter.exchange import event as ev
from blotter.exchange import grammar, order_entry
from blotter.fix.codec import Message, decode, encode
from blotter.trading.enums import (
    CancelRestrictions,
    ExecInst,
    OrderRateLimitExceededMode,
    OrdType,
    PegPriceType,
    ReplaceMode,
    SelfTradePreventionMode,
    Side,
    TimeInForce,
    TriggerPriceDirection,
)
from blotter.trading.request import ListKind, OrderRequest
from blotter.venues.base import (
    AmendOrder,
    CancelList,
    CancelOrder,
    MassCancel,
    NewOrder,
    NewOrderList,
    ReplaceOrder,
    SessionKind,
    VenueRequest,
    VenueSettings,
)
from blotter.venues.binance import BinanceSpot

D = Decimal
POST_ONLY = ExecInst.PARTICIPATE_DONT_INITIATE
UP, DOWN = TriggerPriceDirection.UP, TriggerPriceDirection.DOWN
VENUE = BinanceSpot(VenueSettings(three_leg_lists=True))
RELEASING = BinanceSpot(VenueSettings(three_leg_lists=True, three_leg_first_action="release"))


def understood(request: VenueRequest, venue: BinanceSpot = VENUE) -> ev.AnyCommand:
    """The exchange's command for what the dialect sends."""
    draft = venue.encode(request)
    header = [(49, "BLT00001"), (56, "SPOT"), (34, "2"), (52, "20260301-10:00:00.000000")]
    message = decode(encode("FIX.4.4", draft.msg_type, header, draft.fields))
    assert isinstance(message, Message)
    assert grammar.check(message, SessionKind.ORDER_ENTRY) is None
    return order_entry.read(message, "A", 1, {SYMBOL: None})


amounts = st.decimals("0.00000001", 10**6, places=8).filter(lambda value: value > 0)
orders = st.builds(
    OrderRequest,
    symbol=st.just(SYMBOL),
    side=st.sampled_from(Side),
    ord_type=st.sampled_from(OrdType),
    order_qty=st.none() | amounts,
    cash_order_qty=st.sampled_from([None, None, None, D(10)]),
    price=st.none() | amounts,
    time_in_force=st.none() | st.sampled_from(TimeInForce),
    exec_inst=st.sampled_from([None, None, POST_ONLY]),
    max_floor=st.sampled_from([None, None, None, D("0.00000001")]),
    self_trade_prevention=st.none() | st.sampled_from(SelfTradePreventionMode),
    trigger_price=st.none() | amounts,
    trigger_direction=st.none() | st.sampled_from(TriggerPriceDirection),
    trailing_bips=st.none() | st.integers(1, 2000),
    peg_price_type=st.none() | st.sampled_from(PegPriceType),
    peg_offset=st.none() | st.integers(1, 100),
    target_strategy=st.none() | st.integers(1_000_000, 1_000_001),
    strategy_id=st.none() | st.integers(0, 9),
    smart_routing=st.booleans(),
)


def meant(terms: OrderRequest) -> dict[str, object]:
    """The terms as they should arrive: a trailing take-profit without activation price says no direction."""
    said = {name: getattr(terms, name) for name in terms.__struct_fields__}
    if terms.contingent and terms.trigger_price is None and terms.take_profit:
        said["trigger_direction"] = None
    return said


@settings(max_examples=600, deadline=None)
@given(orders)
def test_any_order_the_dialect_sends_arrives_as_it_was_meant(terms: OrderRequest) -> None:
    try:
        VENUE.encode(NewOrder("A-1", terms))
    except ValueError:
        return
    command = understood(NewOrder("A-1", terms))
    assert isinstance(command, ev.Place)
    assert meant(command.request) == meant(terms)


def stop(side: Side, direction: TriggerPriceDirection, **terms: object) -> OrderRequest:
    given = {"side": side, "trigger_price": D(90), "trigger_direction": direction}
    return limit(**({"ord_type": OrdType.STOP, "price": None, "time_in_force": None} | given | terms))


def stop_limit(side: Side, direction: TriggerPriceDirection) -> OrderRequest:
    tif = TimeInForce.GOOD_TILL_CANCEL
    return stop(side, direction, ord_type=OrdType.STOP_LIMIT, price=D(9), time_in_force=tif)


def maker(side: Side, **terms: object) -> OrderRequest:
    return limit(**({"side": side, "exec_inst": POST_ONLY, "time_in_force": None} | terms))


SELLING = (
    (stop(SELL, DOWN), maker(SELL)),
    (stop(SELL, DOWN), stop(SELL, UP)),
    (stop(SELL, DOWN, trailing_bips=10), stop_limit(SELL, UP)),
)
BUYING = ((maker(Side.BUY), stop(Side.BUY, UP)), (stop(Side.BUY, DOWN), stop(Side.BUY, UP)))


def of(kind: ListKind, *terms: OrderRequest) -> NewOrderList:
    return NewOrderList("L-1", kind, tuple(NewOrder(f"A-{at}", one) for at, one in enumerate(terms)))


def unsized(terms: OrderRequest) -> OrderRequest:
    return OrderRequest(**(meant(terms) | {"order_qty": None}))  # type: ignore[arg-type]


@pytest.mark.parametrize("venue", [VENUE, RELEASING])
@pytest.mark.parametrize(
    "request_",
    [
        *(of(ListKind.OCO, *pair) for pair in (*SELLING, *BUYING)),
        *(of(ListKind.OTOCO, limit(), *pair) for pair in (*SELLING, *BUYING)),
        *(of(ListKind.OPOCO, limit(), *map(unsized, pair)) for pair in SELLING),
        of(ListKind.OTO, limit(), stop(SELL, DOWN)),
        of(ListKind.OTO, maker(SELL), limit()),
        of(ListKind.OPO, limit(), unsized(limit(side=SELL))),
    ],
)
def test_any_list_the_dialect_sends_arrives_as_it_was_meant(
    request_: NewOrderList, venue: BinanceSpot
) -> None:
    command = understood(request_, venue)
    assert isinstance(command, ev.PlaceList)
    assert command.cl_list_id == "L-1"
    assert command.opo == (request_.kind in (ListKind.OPO, ListKind.OPOCO))
    assert [(leg.cl_ord_id, leg.request) for leg in command.legs] == [
        (leg.cl_ord_id, leg.request) for leg in request_.legs
    ]


def test_requests_about_orders_arrive_as_they_were_meant() -> None:
    cancel = understood(CancelOrder("c-1", SYMBOL, "A-1", None, CancelRestrictions.ONLY_NEW))
    assert isinstance(cancel, ev.Cancel)
    assert (cancel.cl_ord_id, cancel.orig_cl_ord_id, cancel.order_id) == ("c-1", "A-1", None)
    assert cancel.restrictions is CancelRestrictions.ONLY_NEW
    by_number = understood(CancelOrder("c-1", SYMBOL, "A-1", "0"))
    assert isinstance(by_number, ev.Cancel)
    assert (by_number.order_id, by_number.orig_cl_ord_id) == (0, None)
    whole = understood(CancelList("c-1", SYMBOL, "L-1"))
    assert isinstance(whole, ev.CancelList)
    assert (whole.orig_cl_list_id, whole.list_id) == ("L-1", None)
    amend = understood(AmendOrder("r-1", SYMBOL, "A-1", D("0.5")))
    assert isinstance(amend, ev.Amend)
    assert (amend.cl_ord_id, amend.orig_cl_ord_id, amend.order_qty) == ("r-1", "A-1", D("0.5"))
    everything = understood(MassCancel("m-1", SYMBOL))
    assert isinstance(everything, ev.MassCancel)
    assert (everything.cl_ord_id, everything.symbol) == ("m-1", SYMBOL)


@pytest.mark.parametrize("mode", ReplaceMode)
@pytest.mark.parametrize("over_limit", [None, *OrderRateLimitExceededMode])
def test_a_replace_arrives_as_it_was_meant(
    mode: ReplaceMode, over_limit: OrderRateLimitExceededMode | None
) -> None:
    request = ReplaceOrder("A-2", "c-1", "A-1", limit(), None, True, mode, over_limit)
    replace = understood(request)
    assert isinstance(replace, ev.Replace)
    assert (replace.cancel.cl_ord_id, replace.cancel.orig_cl_ord_id) == ("c-1", "A-1")
    assert replace.cancel.restrictions is CancelRestrictions.ONLY_NEW
    assert (replace.place.cl_ord_id, replace.place.request) == ("A-2", limit())
    assert replace.stop_on_failure == (mode is ReplaceMode.STOP_ON_FAILURE)
    assert replace.cancel_even_over_limit == (over_limit is OrderRateLimitExceededMode.CANCEL_ONLY)
