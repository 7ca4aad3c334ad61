"""Terms back to the line that says them: what a clone, a held order or the ticket's fields start from. Pure.

`parse_order` of such a line gives the same terms again, as long as the instrument and the market allow them.
"""

from decimal import Decimal

from blotter.trading.decimals import plain
from blotter.trading.enums import ExecInst, OrdType
from blotter.trading.request import ListKind, OrderListRequest, OrderRequest
from blotter.trading.until import until_words
from blotter.trading.vocabulary import PEGS, STP_MODES, TIMES

_TIMES = {value: word for word, value in TIMES.items()}
_STP_MODES = {value: word for word, value in STP_MODES.items()}
_PEGS = {value: word for word, value in PEGS.items()}


def order_line(request: OrderRequest, quote_asset: str = "") -> str:
    """The line of one order. `quote_asset` names a quote amount."""
    return " ".join([*_head(request, quote_asset), *_way(request), *_options(request)])


def list_line(request: OrderListRequest) -> str:
    """The line of a list."""
    kind, legs = request.kind, request.legs
    if kind is ListKind.OCO:
        return " ".join(["oco", *_head(legs[0], ""), *_exits(legs), *_options(legs[0])])
    joint = "pays" if kind in (ListKind.OPO, ListKind.OPOCO) else "then"
    last = legs[1:]
    words = [order_line(legs[0]), joint, last[0].side.name.lower()]
    if last[0].order_qty is not None:
        words.append(plain(last[0].order_qty))
    return " ".join([*words, *(_exits(last) if len(last) > 1 else _way(last[0])), *_options(last[0])])


def _head(request: OrderRequest, quote_asset: str) -> list[str]:
    words = [request.side.name.lower()]
    if request.cash_order_qty is not None:
        words.append(f"{plain(request.cash_order_qty)}{quote_asset.lower()}")
    elif request.order_qty is not None:
        words.append(plain(request.order_qty))
    return [*words, request.symbol]


def _exits(legs: tuple[OrderRequest, ...]) -> list[str]:
    """A resting exit first, so that its price is not taken for a trigger's."""
    resting_first = sorted(legs, key=lambda leg: leg.contingent)
    return [word for leg in resting_first for word in _way(leg, exit_of_two=True)]


def _way(request: OrderRequest, *, exit_of_two: bool = False) -> list[str]:
    """How it works, with the options that belong to that."""
    words = _trigger(request, exit_of_two) if request.contingent else []
    if request.peg_price_type is not None:
        words += ["peg", _PEGS[request.peg_price_type]]
        if request.peg_offset:
            words.append(f"-{request.peg_offset}")
    if request.price is not None:
        words += ["limit" if request.contingent else "@", plain(request.price)]
    elif request.ord_type is OrdType.MARKET:
        words.append("market")
    if said := lasting(request):
        words.append(said)
    if request.exec_inst is ExecInst.PARTICIPATE_DONT_INITIATE:
        words.append("post")
    if request.max_floor is not None:
        words += ["show", plain(request.max_floor)]
    return words


def lasting(request: OrderRequest) -> str:
    """`gtc`, `day`, `gtd 2026-11-23T17:00Z`; "" where nothing says how long it lasts."""
    tif = "" if request.time_in_force is None else _TIMES[request.time_in_force]
    return tif if request.expire_time is None else f"{tif} {until_words(request.expire_time)}"


def _trigger(request: OrderRequest, exit_of_two: bool) -> list[str]:
    words = []
    if request.trigger_price is not None:
        words += ["take" if request.take_profit else "stop", plain(request.trigger_price)]
    elif exit_of_two or request.trigger_direction is not None:
        words.append("take" if request.take_profit else "stop")
    if request.trailing_bips is not None:
        words += ["trail", f"{plain(Decimal(request.trailing_bips) / 100)}%"]
    return words


def _options(request: OrderRequest) -> list[str]:
    """What belongs to the whole half of the line."""
    words = []
    if request.self_trade_prevention is not None:
        words += ["stp", _STP_MODES[request.self_trade_prevention]]
    if request.target_strategy is not None:
        words += ["strategy", str(request.target_strategy)]
    if request.strategy_id is not None:
        words += ["id", str(request.strategy_id)]
    if request.smart_routing:
        words.append("sor")
    return words
