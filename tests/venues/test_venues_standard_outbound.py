"""Standard order messages on the way out: what leaves, and what is refused before it does."""

from decimal import Decimal

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from blotter.fix.codec import decode, encode
from blotter.fix.fix42 import fix42
from blotter.fix.fix44_grammar import fix44
from blotter.trading.enums import (
    CancelRestrictions,
    ExecInst,
    OrdType,
    SelfTradePreventionMode,
    Side,
    TimeInForce,
    TriggerPriceDirection,
)
from blotter.trading.request import OrderRequest
from blotter.venues import standard
from blotter.venues.base import (
    AmendOrder,
    AskOrder,
    AskOrders,
    CancelOrder,
    ChangeOrder,
    MassCancel,
    NewOrder,
    QueryLimits,
    ReplaceOrder,
)
from blotter.venues.standard import IdRule, Marked, Naming, SelfTrade, Standard

D = Decimal
AT = 1_700_000_000_123_456_789
TIME = "20231114-22:13:20.123"
FULL = Standard(mass_status="7", mass_cancel=True, max_floor=111, cash_order_qty=True)
LIMIT = OrderRequest(
    symbol="BTC/USD",
    side=Side.BUY,
    ord_type=OrdType.LIMIT,
    order_qty=D("1.50"),
    price=D("60000"),
    time_in_force=TimeInForce.GOOD_TILL_CANCEL,
)
MARKET = OrderRequest(symbol="BTC/USD", side=Side.SELL, ord_type=OrdType.MARKET, order_qty=D("2"))
STOP = msgspec.structs.replace(
    MARKET, ord_type=OrdType.STOP, trigger_price=D("50000"), trigger_direction=TriggerPriceDirection.DOWN
)
TERMS = "55=BTC/USD|54=1|38=1.5|40=2|44=60000|59=1"


def terms(request: OrderRequest = LIMIT, **changes) -> OrderRequest:
    return msgspec.structs.replace(request, **changes)


def sent(request, tables: Standard = FULL) -> str:
    draft = standard.encode(tables, request, AT)
    return "|".join([f"35={draft.msg_type}", *(f"{tag}={value}" for tag, value in draft.fields)])


def order(request: OrderRequest, tables: Standard = FULL) -> str:
    return sent(NewOrder("a-1", request), tables)


@pytest.mark.parametrize(
    ("request_", "text"),
    [
        (NewOrder("a-1", LIMIT), f"35=D|11=a-1|{TERMS}|60={TIME}"),
        (NewOrder("a-1", MARKET), f"35=D|11=a-1|55=BTC/USD|54=2|38=2|40=1|60={TIME}"),
        (NewOrder("a-1", STOP), f"35=D|11=a-1|55=BTC/USD|54=2|38=2|40=3|99=50000|59=1|60={TIME}"),
        (ChangeOrder("b", "a", LIMIT, "77"), f"35=G|11=b|37=77|41=a|{TERMS}|60={TIME}"),
        (ChangeOrder("b", "a", LIMIT), f"35=G|11=b|41=a|{TERMS}|60={TIME}"),
        (
            CancelOrder("c", "BTC/USD", "a", "77", None, Side.BUY, D("2")),
            f"35=F|11=c|37=77|41=a|55=BTC/USD|54=1|38=2|60={TIME}",
        ),
        (CancelOrder("c", "BTC/USD", "a"), f"35=F|11=c|41=a|55=BTC/USD|60={TIME}"),
        (AskOrder("q", "a", "BTC/USD", Side.BUY, "77"), "35=H|790=q|11=a|37=77|55=BTC/USD|54=1"),
        (AskOrder("q", "a", "BTC/USD", Side.BUY), "35=H|790=q|11=a|55=BTC/USD|54=1"),
        (AskOrders("q"), "35=AF|584=q|585=7"),
        (MassCancel("m", "BTC/USD"), f"35=q|11=m|530=1|55=BTC/USD|60={TIME}"),
    ],
)
def test_what_leaves(request_, text: str) -> None:
    assert sent(request_) == text


@pytest.mark.parametrize(
    ("naming", "known", "unknown"),
    [
        (Naming.BOTH, "37=77|41=a", "41=a"),
        (Naming.ORDER_ID, "37=77", "41=a"),
        (Naming.ORIG_CL_ORD_ID, "41=a", "41=a"),
        (Naming.BOTH_NEEDED, "37=77|41=a", "order_id is missing"),
    ],
)
def test_by_which_ids_an_order_is_named(naming: Naming, known: str, unknown: str) -> None:
    tables = msgspec.structs.replace(FULL, cancel_naming=naming, change_naming=naming)
    for ask in (
        lambda order_id: CancelOrder("c", "X", "a", order_id),
        lambda order_id: ChangeOrder("c", "a", LIMIT, order_id),
    ):
        assert f"|11=c|{known}|55=" in sent(ask("77"), tables)
        if naming is Naming.BOTH_NEEDED:
            with pytest.raises(ValueError, match=unknown):
                sent(ask(None), tables)
        else:
            assert f"|11=c|{unknown}|55=" in sent(ask(None), tables)


def test_an_order_without_any_name_cannot_be_meant() -> None:
    assert "|37=77|55=" in sent(CancelOrder("c", "X", "", "77"))
    with pytest.raises(ValueError, match="orig_cl_ord_id is missing"):
        sent(CancelOrder("c", "X", ""))


@pytest.mark.parametrize(
    ("tables", "text"),
    [
        ({}, "18=6|59=1"),
        ({"post_only": Marked(18, "P"), "post_only_time_in_force": None}, "18=P"),
        ({"post_only": Marked(59, "P")}, "59=P"),
        ({"post_only_time_in_force": TimeInForce.DAY}, "18=6|59=0"),
    ],
)
def test_post_only_as_the_venue_says_it(tables: dict, text: str) -> None:
    post_only = terms(time_in_force=None, exec_inst=ExecInst.PARTICIPATE_DONT_INITIATE)
    assert order(post_only, Standard(**tables)).endswith(f"|44=60000|{text}|60={TIME}")


def test_a_venue_s_own_values() -> None:
    tables = Standard(
        ord_types={OrdType.LIMIT: "L", OrdType.STOP: "S"},
        take_profits={OrdType.STOP: "R"},
        times_in_force={TimeInForce.DAY: "D", TimeInForce.GOOD_TILL_DATE: "6"},
        implied_times={OrdType.STOP: TimeInForce.DAY},
        max_floor=1138,
        self_trade=SelfTrade(7928, {SelfTradePreventionMode.EXPIRE_TAKER: "N"}),
        time_precision=0,
        extra={"D": ((1, "ACC"), (21, "1"))},
        omit={"D": frozenset({60}), "F": frozenset({38, 54})},
    )
    until = terms(
        time_in_force=TimeInForce.GOOD_TILL_DATE,
        expire_time=AT,
        max_floor=D("0.5"),
        self_trade_prevention=SelfTradePreventionMode.EXPIRE_TAKER,
    )
    assert order(until, tables) == (
        "35=D|11=a-1|55=BTC/USD|54=1|38=1.5|40=L|44=60000|59=6|126=20231114-22:13:20|1138=0.5|7928=N"
        "|1=ACC|21=1"
    )
    rising = terms(STOP, trigger_direction=TriggerPriceDirection.UP)
    assert "|40=R|99=50000|59=D|" in order(rising, tables)
    assert "|40=S|99=50000|59=D|" in order(STOP, tables)
    cancel = CancelOrder("c", "X", "a", None, None, Side.BUY, D(1))
    assert sent(cancel, tables) == "35=F|11=c|41=a|55=X|60=20231114-22:13:20"


def test_a_trigger_direction_where_the_venue_takes_it() -> None:
    rising = terms(STOP, trigger_direction=TriggerPriceDirection.UP)
    assert "|40=3|99=50000|1109=U|" in order(rising, Standard(trigger_direction=True))


def test_a_market_order_by_amount() -> None:
    by_amount = terms(MARKET, order_qty=None, cash_order_qty=D("100"))
    assert "|54=2|152=100|40=1|" in order(by_amount)


@pytest.mark.parametrize(
    ("request_", "rule"),
    [
        (NewOrder("a b", LIMIT), "cl_ord_id 'a b': must be 1 to 36 printable"),
        (NewOrder("a" * 37, LIMIT), "cl_ord_id 'a+': must be 1 to 36"),
        (NewOrder("a", terms(order_qty=None)), "order_qty is missing: a limit order needs one"),
        (NewOrder("a", terms(order_qty=D("-1"))), "order_qty -1: must be a positive"),
        (NewOrder("a", terms(order_qty=D("NaN"))), "order_qty NaN: must be a positive"),
        (NewOrder("a", terms(price=None)), "price is missing: a limit order needs one"),
        (NewOrder("a", terms(price=D(0))), "price 0: must be a positive"),
        (NewOrder("a", terms(symbol="A B")), "symbol 'A B': must be printable text without spaces"),
        (NewOrder("a", terms(MARKET, price=D(1))), "price 1: a market order has none"),
        (NewOrder("a", terms(MARKET, cash_order_qty=D(1))), "order_qty 2 and cash_order_qty 1"),
        (NewOrder("a", terms(cash_order_qty=D(1))), "cash_order_qty 1: a limit order has none"),
        (NewOrder("a", terms(MARKET, time_in_force=TimeInForce.DAY)), "time_in_force DAY: a market order"),
        (NewOrder("a", terms(time_in_force=None)), "time_in_force is missing: a limit order"),
        (NewOrder("a", terms(expire_time=AT)), "expire_time: an order that is GOOD_TILL_CANCEL has none"),
        (NewOrder("a", terms(time_in_force=TimeInForce.GOOD_TILL_DATE)), "expire_time is missing"),
        (NewOrder("a", terms(STOP, trigger_price=None)), "trigger_price is missing: a stop order"),
        (NewOrder("a", terms(STOP, trigger_direction=None)), "trigger_direction is missing"),
        (
            NewOrder("a", terms(STOP, trigger_direction=TriggerPriceDirection.UP)),
            "trigger_direction UP: a sell that waits for a rising price takes profit.*stop-loss orders only",
        ),
        (NewOrder("a", terms(trailing_bips=5)), "trailing_bips 5: a limit order has none at this venue"),
        (NewOrder("a", terms(smart_routing=True)), "smart_routing True: a limit order has none"),
        (NewOrder("a", terms(ord_type=OrdType.PEGGED)), "ord_type PEGGED: this venue does not take a pegged"),
        (NewOrder("a", terms(max_floor=D(2))), "max_floor 2: the visible part must not exceed order_qty 1.5"),
        (
            NewOrder("a", terms(self_trade_prevention=SelfTradePreventionMode.DECREMENT)),
            "self_trade_prevention DECREMENT: a limit order has none",
        ),
        (
            NewOrder("a", terms(exec_inst=ExecInst.PARTICIPATE_DONT_INITIATE)),
            "time_in_force GOOD_TILL_CANCEL: a post-only order has none",
        ),
        (
            CancelOrder("c", "X", "a", None, CancelRestrictions.ONLY_NEW),
            "restrictions ONLY_NEW: this venue cancels an order however it stands",
        ),
        (ReplaceOrder("b", "c", "a", LIMIT), "order: this venue has no cancel and new in one message"),
        (AmendOrder("b", "X", "a", D(1)), "order_qty: this venue has no message that shrinks"),
        (AskOrder("q", "", "X", Side.BUY, "77"), "cl_ord_id is missing: the order has no name"),
        (QueryLimits("q"), "QueryLimits: this venue has no such request"),
    ],
)
def test_what_the_venue_does_not_have_is_refused(request_, rule: str) -> None:
    with pytest.raises(ValueError, match=rule):
        sent(request_)


@pytest.mark.parametrize(
    ("tables", "request_", "rule"),
    [
        ({"change": False}, ChangeOrder("b", "a", LIMIT), "order: this venue has no change of an order"),
        ({"order_status": False}, AskOrder("q", "a", "X", Side.BUY), "order status: this venue has no such"),
        ({}, AskOrders("q"), "order status: this venue does not list what is open"),
        ({}, MassCancel("m", "X"), "mass cancel: this venue has none of one symbol"),
        (
            {"post_only": None},
            NewOrder("a", terms(exec_inst=ExecInst.PARTICIPATE_DONT_INITIATE)),
            "exec_inst",
        ),
        ({}, NewOrder("a", terms(max_floor=D(1))), "max_floor 1: a limit order has none at this venue"),
        (
            {"times_in_force": {TimeInForce.DAY: "0"}},
            NewOrder("a", LIMIT),
            "time_in_force GOOD_TILL_CANCEL: this venue takes DAY",
        ),
        ({"ord_types": {OrdType.MARKET: "1"}}, NewOrder("a", LIMIT), "ord_type LIMIT: this venue does not"),
        (
            {"cl_ord_id": IdRule("[0-9]+", "must be digits")},
            NewOrder("a", LIMIT),
            "cl_ord_id 'a': must be dig",
        ),
    ],
)
def test_what_these_tables_do_not_have_is_refused(tables: dict, request_, rule: str) -> None:
    with pytest.raises(ValueError, match=rule):
        sent(request_, Standard(**tables))


_amounts = st.decimals(D("0.00000001"), D("1e12"), places=8)
_orders = st.builds(
    OrderRequest,
    symbol=st.sampled_from(["BTC/USD", "BTC-USD", "1"]),
    side=st.sampled_from(Side),
    ord_type=st.sampled_from(OrdType),
    order_qty=st.none() | _amounts,
    cash_order_qty=st.none() | _amounts,
    price=st.none() | _amounts,
    time_in_force=st.none() | st.sampled_from(TimeInForce),
    expire_time=st.none() | st.just(AT),
    exec_inst=st.none() | st.just(ExecInst.PARTICIPATE_DONT_INITIATE),
    max_floor=st.none() | _amounts,
    trigger_price=st.none() | _amounts,
    trigger_direction=st.none() | st.sampled_from(TriggerPriceDirection),
)
_OLDER = msgspec.structs.replace(
    FULL, extra={"D": ((21, "1"),), "G": ((21, "1"),)}, omit={"H": frozenset({790})}
)


@given(_orders, st.sampled_from(["new", "change", "cancel", "ask"]))
def test_whatever_leaves_is_valid_by_the_standard(request_: OrderRequest, verb: str) -> None:
    """By the strict rules of FIX 4.4 and of FIX 4.2, required fields included; else it was refused with a reason."""
    asked = {
        "new": NewOrder("a", request_),
        "change": ChangeOrder("b", "a", request_, "77"),
        "cancel": CancelOrder("c", request_.symbol, "a", "77", None, request_.side, request_.order_qty),
        "ask": AskOrder("q", "a", request_.symbol, request_.side),
    }[verb]
    for tables, begin_string, grammar in ((FULL, "FIX.4.4", fix44()), (_OLDER, "FIX.4.2", fix42())):
        try:
            draft = standard.encode(tables, asked, AT)
        except ValueError:
            return
        header = ((49, "A"), (56, "B"), (34, "2"), (52, TIME))
        message = decode(encode(begin_string, draft.msg_type, header, draft.fields))
        fault = grammar.check(message)
        if verb == "cancel" and request_.order_qty is None:  # an order by amount: its quantity is not known
            continue
        assert fault is None, (fault, message.raw)
