"""The headless verbs: what a script or another terminal can ask of a running desk, with plain data for answers.

They run in the desk's loop, whether asked through the control socket or by a desk started for one command, so both ways
behave alike. Every verb of the screen that touches an order exists here.
"""

import itertools
from decimal import Decimal
from typing import Any

from blotter.desk.change import Answer, LinkState
from blotter.desk.command import AnyCommand, Cancel, QueryLimits, Reconcile, Resume, Stop, Submit
from blotter.desk.desk import Desk
from blotter.trading.decimals import plain
from blotter.trading.enums import OrdType
from blotter.trading.grammar import Draft, Market, describe, parse_order
from blotter.trading.ledger import Fill
from blotter.trading.order import Order, OrderState

READY_TIMEOUT = 15.0
"""Seconds a verb waits for the session to be up before it says why it is not."""
MARKET_TIMEOUT = 5.0
"""Seconds it waits for instruments and quotes."""
ANSWER_TIMEOUT = 20.0
RECONCILE_TIMEOUT = 30.0

_ids = itertools.count(1)

Reply = dict[str, Any]


async def order(desk: Desk, line: str, wait: float) -> Reply:
    """Send a new order given in the one-line grammar.

    Waits for the venue's first answer, then up to `wait` seconds for the order's end. `ok` says that the venue accepted
    it; `outcome` is "refused" (nothing was sent), "rejected", "unconfirmed", "working" or "ended".
    """
    if cause := await _ready(desk):
        return {"ok": False, "outcome": "refused", "field": "", "text": f"{cause}; nothing was sent"}
    draft = await _understood(desk, line)
    await desk.until(lambda: not desk.reconciling, READY_TIMEOUT)
    if draft.request is None:
        return _not_understood(line, draft)
    answer = await _ask(desk, Submit(id=_id(), request=draft.request))
    if not answer.ok:
        return {"ok": False, "outcome": "refused", "field": answer.field, "text": answer.text}
    order_id = answer.order_ids[0]
    await desk.until(lambda: desk.orders()[order_id].state is not OrderState.PENDING_NEW, ANSWER_TIMEOUT)
    if wait:
        await desk.until(lambda: desk.orders()[order_id].state.terminal, wait)
    placed = desk.orders()[order_id]
    outcome = _outcome(placed)
    return {
        "ok": outcome in ("working", "ended"),
        "outcome": outcome,
        "text": describe(draft.request),
        "order": order_as_data(placed),
        "fills": [fill_as_data(fill) for fill in desk.fills_of(order_id)],
    }


async def cancel(desk: Desk, targets: list[str], wait: float) -> Reply:
    """Cancel orders by own id (`A-000012`, `12`), all of a symbol, or `all`. Waits up to `wait` s for the answers."""
    await _ready(desk)
    words = [word.upper() for word in targets]
    open_orders = [placed for placed in desk.orders().values() if not placed.state.terminal]
    if words == ["ALL"]:
        victims = open_orders
    else:
        victims = []
        for word in words:
            found = [placed for placed in open_orders if placed.symbol == word or _is_id(placed.id, word)]
            if not found:
                return {
                    "ok": False,
                    "outcome": "refused",
                    "text": f"{word}: no open order and no symbol with one",
                }
            victims.extend(placed for placed in found if placed not in victims)
    if not victims:
        return {"ok": True, "outcome": "ended", "text": "nothing to cancel", "orders": []}
    ids = tuple(placed.id for placed in victims)
    answer = await _ask(desk, Cancel(id=_id(), order_ids=ids))
    if answer.ok and wait:
        await desk.until(lambda: all(desk.orders()[order_id].state.terminal for order_id in ids), wait)
    orders = [desk.orders()[order_id] for order_id in ids]
    ended = all(placed.state.terminal for placed in orders)
    return {
        "ok": answer.ok and (ended or not wait),
        "outcome": "ended" if ended else "working",
        "text": answer.text,
        "orders": [order_as_data(placed) for placed in orders],
    }


async def orders(desk: Desk, open_only: bool) -> Reply:
    """Every order the desk knows, or the open ones."""
    known = [placed for placed in desk.orders().values() if not (open_only and placed.state.terminal)]
    return {"ok": True, "orders": [order_as_data(placed) for placed in known]}


async def stop(desk: Desk, wait: float) -> Reply:
    """Entry off at once, then cancel everything; waits up to `wait` s for the answers."""
    await _ask(desk, Stop(id=_id()))  # entry is off whatever the session does
    victims = [placed.id for placed in desk.orders().values() if not placed.state.terminal]
    if victims:
        await _ready(desk)
    answer = await _ask(desk, Stop(id=_id(), cancel=True))
    if victims and wait:
        await desk.until(lambda: all(desk.orders()[order_id].state.terminal for order_id in victims), wait)
    left = [order_id for order_id in victims if not desk.orders()[order_id].state.terminal]
    text = answer.text + (f"; still open: {', '.join(left)}" if left else "")
    return {
        "ok": answer.ok and not left,
        "text": text,
        "orders": [order_as_data(desk.orders()[i]) for i in victims],
    }


async def resume(desk: Desk) -> Reply:
    """Entry on again."""
    answer = await _ask(desk, Resume(id=_id()))
    return {"ok": answer.ok, "text": answer.text}


async def status(desk: Desk) -> Reply:
    """Sessions, numbers, ages in seconds, and whether new orders would be taken."""
    now = desk.clock().mono
    view = desk.view()
    links = {}
    for name, link in desk.links().items():
        links[name] = {
            "state": link.state.value,
            "reason": link.reason,
            "endpoint": link.endpoint,
            "comp_id": link.comp_id,
            "instance": link.instance,
            "next_in": link.next_in,
            "next_out": link.next_out,
            "last_in_age": None if link.last_in is None else (now - link.last_in) / 1e9,
            "last_out_age": None if link.last_out is None else (now - link.last_out) / 1e9,
            "round_trip_ms": None if link.round_trip is None else link.round_trip / 1e6,
            "clock_offset_ms": None if link.clock_offset is None else link.clock_offset / 1e6,
        }
    return {
        "ok": True,
        "venue": view.venue,
        "environment": view.environment,
        "entry_blocked": view.entry_blocked,
        "open_orders": sum(not placed.state.terminal for placed in desk.orders().values()),
        "unconfirmed": sum(placed.state is OrderState.UNCONFIRMED for placed in desk.orders().values()),
        "limits": [[gauge.name, gauge.used, gauge.maximum] for gauge in view.limits],
        "sessions": links,
    }


async def refresh_limits(desk: Desk) -> Reply:
    """Ask the venue for its limits and wait for them."""
    before = desk.limit_reports
    answer = await _ask(desk, QueryLimits(id=_id()))
    await desk.until(lambda: desk.limit_reports > before, 3)
    return {
        "ok": answer.ok,
        "limits": [[gauge.name, gauge.used, gauge.maximum] for gauge in desk.view().limits],
    }


async def reconcile(desk: Desk) -> Reply:
    """Ask the venue what is true; `orders` are those about which something stays unknown."""
    await _ready(desk)
    answer = await _ask(desk, Reconcile(id=_id()), RECONCILE_TIMEOUT)
    left = [order_as_data(desk.orders()[order_id]) for order_id in answer.order_ids]
    return {"ok": answer.ok, "text": answer.text, "orders": left}


async def wait_until_live(desk: Desk, timeout: float) -> str:
    """Nothing once order entry is live, else why it is not after `timeout` seconds, or when it was refused twice."""
    entry = next(iter(desk.links()))

    def decided() -> bool:
        link = desk.links()[entry]
        refused = link.refusals > 1 and link.state is LinkState.WAITING
        return link.state is LinkState.LIVE or refused

    await desk.until(decided, timeout)
    link = desk.links()[entry]
    if link.state is LinkState.LIVE:
        return ""
    return f"{link.name} is {link.state.value}" + (f": {link.reason}" if link.reason else "")


def _id() -> str:
    return f"verb-{next(_ids)}"


async def _ready(desk: Desk) -> str:
    return await wait_until_live(desk, READY_TIMEOUT)


async def _understood(desk: Desk, line: str) -> Draft:
    """Symbols and quotes may still be on their way: a line that is not understood yet gets a moment."""

    def parse() -> Draft:
        market = Market(instruments=desk.instruments, quotes=desk.quotes, now=desk.clock().wall)
        return parse_order(line, market)

    def settled() -> bool:
        return desk.market_known() or (bool(desk.instruments) and parse().request is not None)

    await desk.until(settled, MARKET_TIMEOUT)
    return parse()


async def _ask(desk: Desk, command: AnyCommand | Reconcile, timeout: float = ANSWER_TIMEOUT) -> Answer:
    answers: list[Answer] = []
    desk.handle(command, answers.append)
    if not await desk.until(lambda: bool(answers), timeout):
        return Answer(id=command.id, ok=False, text="the desk did not answer")
    return answers[0]


def _not_understood(line: str, draft: Draft) -> Reply:
    mistakes = [{"start": m.start, "end": m.end, "text": m.text} for m in draft.mistakes]
    text = (
        "; ".join(m.text for m in draft.mistakes) or f"the order is not complete: {draft.missing} is missing"
    )
    return {"ok": False, "outcome": "refused", "line": line, "text": text, "mistakes": mistakes}


def _is_id(order_id: str, word: str) -> bool:
    if order_id.upper() == word:
        return True
    prefix, _, number = order_id.partition("-")
    digits = word.removeprefix(f"{prefix}-").removeprefix("#")
    return number.isdecimal() and digits.isdecimal() and int(number) == int(digits)


def _outcome(placed: Order) -> str:
    if placed.state in (OrderState.UNCONFIRMED, OrderState.PENDING_NEW):
        return "unconfirmed"
    if placed.state is OrderState.REJECTED:
        return "rejected"
    return "ended" if placed.state.terminal else "working"


def order_as_data(placed: Order) -> Reply:
    """An order as plain JSON data; decimals are text."""
    request = placed.current.request
    return {
        "id": placed.id,
        "symbol": placed.symbol,
        "side": request.side.name,
        "ord_type": request.ord_type.name,
        "time_in_force": request.time_in_force.name if request.time_in_force else None,
        "post_only": request.exec_inst is not None and request.ord_type is OrdType.LIMIT,
        "order_qty": _text(placed.order_qty),
        "price": _text(placed.price),
        "cum_qty": _text(placed.cum_qty),
        "leaves_qty": _text(placed.leaves_qty),
        "avg_px": _text(placed.avg_px),
        "state": placed.state.value,
        "unverified": placed.unverified_since is not None,
        "pending": [request.kind.value for request in placed.pending],
        "reason": placed.reason.text if placed.reason else None,
        "code": placed.reason.code if placed.reason else None,
        "cl_ord_id": placed.current.cl_ord_id,
        "order_id": placed.current.order_id,
        "foreign": placed.foreign,
    }


def fill_as_data(fill: Fill) -> Reply:
    """A fill as plain JSON data."""
    return {
        "exec_id": fill.exec_id,
        "last_qty": plain(fill.last_qty),
        "last_px": plain(fill.last_px),
        "fees": [{"amount": plain(fee.amount), "asset": fee.asset} for fee in fill.fees],
        "aggressor": fill.aggressor,
    }


def _text(value: Decimal | None) -> str | None:
    return None if value is None else plain(value)
