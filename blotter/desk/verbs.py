"""The headless verbs: what a script or another terminal can ask of a running desk, with plain data for answers.

They run in the desk's loop, whether asked through the control socket or by a desk started for one command, so both ways
behave alike. Every verb of the screen that touches an order exists here.
"""

import itertools
from collections.abc import Mapping
from typing import Any

from blotter.desk import command as commands
from blotter.desk.as_data import fill_as_data, order_as_data, outcome_as_data
from blotter.desk.change import Answer, LinkState, StopResult
from blotter.desk.command import (
    AnyCommand,
    Cancel,
    CancelList,
    MassCancelSymbol,
    QueryLimits,
    Reconcile,
    Resume,
    Stop,
    Submit,
    SubmitList,
)
from blotter.desk.desk import Desk
from blotter.trading.cancels import parse_cancel
from blotter.trading.grammar import Draft, describe, describe_list, parse_order
from blotter.trading.order import Order, OrderState
from blotter.trading.order_list import Held
from blotter.trading.verbs import (
    CancelAll,
    CancelLists,
    CancelOrders,
    CancelVerb,
    Known,
    MassCancel,
    Mistakes,
    victims,
)
from blotter.trading.words import Market, cut

READY_TIMEOUT = 15.0
"""Seconds a verb waits for the session to be up before it says why it is not."""
MARKET_TIMEOUT = 5.0
"""Seconds it waits for instruments and quotes."""
ANSWER_TIMEOUT = 20.0
RECONCILE_TIMEOUT = 30.0

_CLOSED = frozenset({StopResult.CANCELED, StopResult.FILLED, StopResult.ENDED})
_ids = itertools.count(1)

Reply = dict[str, Any]
Presets = Mapping[str, tuple[str, ...]]


async def order(
    desk: Desk, line: str, wait: float, accept_warnings: bool = False, presets: Presets | None = None
) -> Reply:
    """Send a new order or order list given in the one-line grammar.

    Waits for the venue's first answer, then up to `wait` seconds for its end. `ok` says that the venue accepted it;
    `outcome` is "refused" (nothing was sent), "rejected", "unconfirmed", "working" or "ended". A refusal that has
    `warnings` is sent all the same when asked with `accept_warnings`.
    """
    if cause := await ready(desk):
        return {"ok": False, "outcome": "refused", "field": "", "text": f"{cause}; nothing was sent"}
    draft = await _understood(desk, line, presets or {})
    await desk.until(lambda: not desk.reconciling, READY_TIMEOUT)
    if draft.request is not None:
        command: AnyCommand = Submit(id=new_id(), request=draft.request, accept_warnings=accept_warnings)
    elif draft.list_request is not None:
        command = SubmitList(id=new_id(), request=draft.list_request, accept_warnings=accept_warnings)
    else:
        return _not_understood(line, draft)
    return await submitted(desk, command, draft.expansion, wait)


async def submitted(desk: Desk, command: AnyCommand, words: str, wait: float) -> Reply:
    """Hand over what places an order or a list, and tell what became of it. `words`: the terms in words."""
    if isinstance(command, Submit | SubmitList) and command.request.symbol in desk.settings.symbols:
        quoted = command.request.symbol  # the risk rules judge by its market, which may still be on its way
        await desk.until(lambda: quoted in desk.quotes or "MD" not in desk.links(), MARKET_TIMEOUT)
    answer = await ask(desk, command)
    if not answer.ok:
        return refusal(answer)
    known = desk.orders()
    ids = [own_id for own_id in answer.order_ids if own_id in known]

    def placed() -> list[Order]:
        return [desk.orders()[order_id] for order_id in ids]

    await desk.until(lambda: all(o.state is not OrderState.PENDING_NEW for o in placed()), ANSWER_TIMEOUT)
    if wait:
        await desk.until(lambda: all(o.state.terminal for o in placed()), wait)
    came = outcome(placed())
    reply: Reply = {"ok": came in ("working", "ended"), "outcome": came, "text": words}
    if len(answer.order_ids) == 1:
        reply["order"] = order_as_data(placed()[0])
    else:
        reply |= {"list": answer.order_ids[0], "orders": [order_as_data(one) for one in placed()]}
    reply["fills"] = [fill_as_data(fill) for order_id in ids for fill in desk.fills_of(order_id)]
    return reply


async def cancel(desk: Desk, targets: list[str], wait: float) -> Reply:
    """Cancel what the words after `cancel` name: ids, a symbol, a side, a list, all. Waits up to `wait` s for the
    answers. `victims` says who it hits, by count, side and symbol."""
    await ready(desk)
    known = Known(orders=desk.orders(), lists=desk.lists(), held=desk.held())
    verb = read_cancel(targets, market_of(desk), known)
    if isinstance(verb, Mistakes):
        text = (
            "; ".join(m.text for m in verb.mistakes)
            or f"what to cancel is not complete: {verb.missing} is missing"
        )
        return {"ok": False, "outcome": "refused", "text": text}
    return await cancelled(desk, verb, wait)


def read_cancel(targets: list[str], market: Market, known: Known) -> CancelVerb | Mistakes:
    """What these words cancel. Where they make no line together, ids and symbols may be mixed."""
    words = cut(" ".join(targets))
    whole = parse_cancel(words, market, known)
    if not isinstance(whole, Mistakes) or len(words) < 2:
        return whole
    ids: dict[str, None] = {}
    for word in words:
        match verb := parse_cancel([word], market, known):
            case CancelOrders() | CancelAll(symbol=str(), side=None):
                ids |= dict.fromkeys(order.id for order in victims(verb, known).orders)
            case _:
                return whole
    return CancelOrders(tuple(ids)) if ids else whole


async def cancelled(desk: Desk, verb: CancelVerb, wait: float) -> Reply:
    """Carry out a cancel and tell what became of each order."""
    hit = victims(verb, Known(orders=desk.orders(), lists=desk.lists(), held=desk.held()))
    ids = [order.id for order in hit.orders]
    if not ids and not isinstance(verb, MassCancel):
        everything = verb == CancelAll()
        where = verb.symbol if isinstance(verb, CancelAll) and verb.symbol else ""
        text = "nothing to cancel" + (f" in {where}" if where else "")
        came = "ended" if everything else "refused"
        return {"ok": everything, "outcome": came, "text": text, "victims": hit.text, "orders": []}
    answers = [await ask(desk, command) for command in _cancel_commands(verb)]
    if wait and any(answer.ok for answer in answers):
        await desk.until(lambda: all(_settled(desk.orders()[order_id]) for order_id in ids), wait)
    orders = [desk.orders()[order_id] for order_id in ids]
    ended = all(placed.state.terminal for placed in orders)
    return {
        "ok": all(answer.ok for answer in answers) and (ended or not wait),
        "outcome": "ended" if ended else "working",
        "text": "; ".join(answer.text for answer in answers),
        "victims": hit.text,
        "orders": [order_as_data(placed) for placed in orders],
    }


def _cancel_commands(verb: CancelVerb) -> list[AnyCommand]:
    match verb:
        case CancelOrders(order_ids, restrictions):
            return [Cancel(id=new_id(), order_ids=order_ids, restrictions=restrictions)]
        case CancelAll(symbol, side):
            return [commands.CancelAll(id=new_id(), symbol=symbol, side=side)]
        case CancelLists(list_ids):
            return [CancelList(id=new_id(), list_id=list_id) for list_id in list_ids]
        case MassCancel(symbol):
            return [MassCancelSymbol(id=new_id(), symbol=symbol)]


def _settled(placed: Order) -> bool:
    """Nothing more will come of the cancel: it ended, or its refusal has arrived."""
    return placed.state.terminal or not placed.pending


def held_words(desk: Desk, held: Held) -> str:
    """Held terms in words."""
    if held.list_request is not None:
        return describe_list(held.list_request, desk.instruments.get(held.list_request.symbol))
    if held.request is not None:
        return describe(held.request, desk.instruments.get(held.request.symbol))
    return ""


def refusal(answer: Answer) -> Reply:
    """Why nothing was sent; with `warnings`, what may be insisted on."""
    reply: Reply = {"ok": False, "outcome": "refused", "field": answer.field, "text": answer.text}
    return reply | ({"warnings": list(answer.warnings or (answer.text,))} if answer.warning else {})


async def orders(desk: Desk, open_only: bool) -> Reply:
    """Every order the desk knows, or the open ones."""
    known = [placed for placed in desk.orders().values() if not (open_only and placed.state.terminal)]
    return {"ok": True, "orders": [order_as_data(placed) for placed in known]}


async def stop(desk: Desk, wait: float) -> Reply:
    """Entry off at once, then cancel everything; waits up to `wait` s for each order's outcome."""
    answer = await ask(desk, Stop(id=new_id(), cancel=True, cause="blotter stop"))

    def done() -> bool:
        return desk.stop_view is not None and desk.stop_view.done

    if not done():  # without order entry it goes by REST, and by FIX as soon as that is back
        await desk.until(lambda: done() or _live(desk), READY_TIMEOUT)
    if wait:
        await desk.until(done, wait)
    view = desk.stop_view
    outcomes = view.outcomes if view is not None else ()
    left = [one.order_id for one in outcomes if one.result not in _CLOSED]
    text = answer.text + (f"; still open: {', '.join(left)}" if left else "")
    return {
        "ok": not left,
        "text": text,
        "outcomes": [outcome_as_data(one) for one in outcomes],
        "written_ms": view.written_in / 1e6 if view is not None and view.written_in is not None else None,
        "orders": [order_as_data(desk.orders()[one.order_id]) for one in outcomes],
    }


def _live(desk: Desk) -> bool:
    return next(iter(desk.links().values())).state is LinkState.LIVE


async def resume(desk: Desk) -> Reply:
    """Entry on again."""
    answer = await ask(desk, Resume(id=new_id()))
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
    before = desk.rates.reports
    answer = await ask(desk, QueryLimits(id=new_id()))
    await desk.until(lambda: desk.rates.reports > before, 3)
    return {
        "ok": answer.ok,
        "limits": [[gauge.name, gauge.used, gauge.maximum] for gauge in desk.view().limits],
    }


async def reconcile(desk: Desk) -> Reply:
    """Ask the venue what is true; `orders` are those about which something stays unknown."""
    await ready(desk)
    answer = await ask(desk, Reconcile(id=new_id()), RECONCILE_TIMEOUT)
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


def new_id() -> str:
    """For a command of a headless verb."""
    return f"verb-{next(_ids)}"


async def ready(desk: Desk) -> str:
    """Wait for order entry; why it is not live, when it does not come."""
    return await wait_until_live(desk, READY_TIMEOUT)


def market_of(desk: Desk, presets: Presets | None = None) -> Market:
    """What names and price words mean now."""
    return Market(
        instruments=desk.instruments, quotes=desk.quotes, now=desk.clock().wall, presets=presets or {}
    )


async def _understood(desk: Desk, line: str, presets: Presets) -> Draft:
    """Symbols and quotes may still be on their way: a line that is not understood yet gets a moment."""

    def parse() -> Draft:
        return parse_order(line, market_of(desk, presets))

    def settled() -> bool:
        return desk.market_known() or (bool(desk.instruments) and parse().terms is not None)

    await desk.until(settled, MARKET_TIMEOUT)
    return parse()


async def ask(desk: Desk, command: AnyCommand | Reconcile, timeout: float = ANSWER_TIMEOUT) -> Answer:
    """Hand a command over and wait for its answer."""
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


def outcome(placed: list[Order]) -> str:
    """Of an order, or of all legs of a list."""
    states = {one.state for one in placed}
    if states & {OrderState.UNCONFIRMED, OrderState.PENDING_NEW}:
        return "unconfirmed"
    if states == {OrderState.REJECTED}:
        return "rejected"
    return "ended" if all(state.terminal for state in states) else "working"
