"""Events for the tests of the domain, short to write: an order of 10 BTCUSDT at 100 unless said otherwise."""

from decimal import Decimal
from itertools import count

from blotter.trading.enums import (
    ExecType,
    ListOrderStatus,
    ListStatusType,
    OrdStatus,
    OrdType,
    RejectCategory,
    Side,
    TimeInForce,
)
from blotter.trading.event import (
    AmendRequested,
    CancelRequested,
    ExecutionReport,
    ListLeg,
    ListMember,
    ListReport,
    OrderListSubmitted,
    OrderSubmitted,
    Reason,
    ReplaceRequested,
)
from blotter.trading.instrument import Instrument, Quote
from blotter.trading.request import ListKind, OrderRequest

D = Decimal
SYMBOL = "BTCUSDT"
GTC = TimeInForce.GOOD_TILL_CANCEL
_STATUS = {s.value: s for s in OrdStatus}
_TYPE = {t.value: t for t in ExecType}
_exec_ids = count(1)

BTC = Instrument(
    symbol=SYMBOL,
    base="BTC",
    quote="USDT",
    tick_size=D("0.01000000"),
    min_price=D("0.01"),
    max_price=D(1_000_000),
    step_size=D("0.001"),
    min_qty=D("0.001"),
    max_qty=D(9000),
    market_min_qty=D("0.001"),
    market_max_qty=D(100),
    min_notional=D(5),
)
ETH = Instrument(symbol="ETHBTC", base="ETH", quote="BTC", tick_size=D("0.00001"), step_size=D("0.001"))
WIDE = Instrument(symbol="币安人生USDT", base="币安人生", quote="USDT", tick_size=D("0.0001"), step_size=D(1))
QUOTE = Quote(symbol=SYMBOL, at=10**9, bid=D("60123.30"), ask=D("60123.55"))


def request(qty="10", price="100", side=Side.BUY, **terms) -> OrderRequest:
    return OrderRequest(
        **{
            "symbol": SYMBOL,
            "side": side,
            "ord_type": OrdType.LIMIT,
            "order_qty": D(qty),
            "price": D(price),
            "time_in_force": GTC,
            **terms,
        }
    )


def market_request(side=Side.BUY, **terms) -> OrderRequest:
    return OrderRequest(**{"symbol": SYMBOL, "side": side, "ord_type": OrdType.MARKET, **terms})


def submitted(number=1, *, at=0, req=None, **terms) -> OrderSubmitted:
    name = f"A-{number:06d}"
    return OrderSubmitted(order_id=name, cl_ord_id=name, request=req or request(**terms), at=at)


def report(kind: str, cum="0", *, name="A-000001", order_id="", last="0", px="100", at=1, **fields):
    """`kind` is 150/39 as the fact sheet writes it: `0/0`, `F/1`, `C/C`."""
    exec_type, status = kind.split("/")
    refused = exec_type == "8"
    traded = D(last)
    fields.setdefault("exec_id", None if refused else f"x{next(_exec_ids)}")
    return ExecutionReport(
        **{
            "symbol": SYMBOL,
            "side": Side.BUY,
            "ord_type": OrdType.LIMIT,
            "exec_type": _TYPE[exec_type],
            "ord_status": _STATUS[status],
            "cum_qty": D(cum),
            "cum_quote_qty": D(cum) * D(px),
            "order_qty": D(10),
            "price": D(100),
            "cl_ord_id": name,
            "order_id": order_id or (None if refused else "77"),
            "last_qty": traded,
            "last_px": D(px) if traded else None,
            "at": at,
            "reason": reason() if refused else None,
            **fields,
        }
    )


def reason(text="Account has insufficient balance for requested action.", code=-2010, **fields) -> Reason:
    return Reason(**{"category": RejectCategory.FUNDS, "text": text, "code": code, **fields})


UNKNOWN = Reason(category=RejectCategory.UNKNOWN_OUTCOME, text="Timeout waiting for response.", code=-1007)
GONE = Reason(category=RejectCategory.UNKNOWN_ORDER, text="Unknown order sent.", code=-2011)


def cancel(name="C-1", *, order_id="A-000001", at=5) -> CancelRequested:
    return CancelRequested(order_id=order_id, cl_ord_id=name, at=at)


def amend(qty, name="M-1", *, orig="A-000001", order_id="A-000001", at=5) -> AmendRequested:
    return AmendRequested(order_id=order_id, cl_ord_id=name, orig_cl_ord_id=orig, order_qty=D(qty), at=at)


def replace(
    qty="10", price="99", name="R-1", *, orig="A-000001", order_id="A-000001", at=5
) -> ReplaceRequested:
    return ReplaceRequested(
        order_id=order_id,
        cl_ord_id=name,
        cancel_cl_ord_id=f"{name}x",
        orig_cl_ord_id=orig,
        request=request(qty, price),
        at=at,
    )


# --- order lists: L-000001, its legs A-000001, A-000002 ... at the venue 25 with legs 71, 72 ...

LEG_TERMS = {
    ListKind.OCO: (
        request("10", "110", Side.SELL),
        request("10", "90", Side.SELL, ord_type=OrdType.STOP_LIMIT, trigger_price=D(91)),
    ),
    ListKind.OTO: (request("10", "100"), request("10", "110", Side.SELL)),
    ListKind.OPO: (request("10", "100"), request("10", "110", Side.SELL, order_qty=None)),
    ListKind.OTOCO: (
        request("10", "100"),
        request("10", "90", Side.SELL, ord_type=OrdType.STOP_LIMIT, trigger_price=D(91)),
        request("10", "110", Side.SELL),
    ),
}


def list_submitted(kind=ListKind.OTO, number=1, *, at=0, **fields) -> OrderListSubmitted:
    first = (number - 1) * 10 + 1
    legs = tuple(
        ListLeg(order_id=f"A-{n:06d}", cl_ord_id=f"A-{n:06d}", request=terms)
        for n, terms in enumerate(LEG_TERMS[kind], first)
    )
    return OrderListSubmitted(
        list_id=f"L-{number:06d}", cl_list_id=f"CL-{number}", kind=kind, legs=legs, at=at, **fields
    )


def leg_report(leg: int, kind: str, cum="0", **fields) -> ExecutionReport:
    """About leg 1, 2 or 3 of that list."""
    order_id = "" if kind == "8/8" else f"7{leg}"
    return report(kind, cum, **{"name": f"A-{leg:06d}", "order_id": order_id, "list_id": "25", **fields})


def list_report(said="4/3", *, legs=2, at=1, **fields) -> ListReport:
    """`said` is 429/431 as the fact sheet writes it."""
    status_type, status = said.split("/")
    members = tuple(
        ListMember(symbol=SYMBOL, cl_ord_id=f"A-{n:06d}", order_id=f"7{n}") for n in range(1, legs + 1)
    )
    return ListReport(
        **{
            "list_id": "25",
            "cl_list_id": "CL-1",
            "status_type": ListStatusType(status_type),
            "order_status": ListOrderStatus(status),
            "symbol": SYMBOL,
            "members": members,
            "at": at,
            **fields,
        }
    )
