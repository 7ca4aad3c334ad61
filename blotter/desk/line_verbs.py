"""Any line of the grammar without a screen: an order, an order list, or a verb about what exists.

The line is read by the same parsers as the screen's; here is only which command each verb is, and what its answer
tells. Warnings are never accepted unless the asker says so.
"""

from blotter.desk import verbs
from blotter.desk.as_data import order_as_data
from blotter.desk.command import (
    Amend,
    AnyCommand,
    Arm,
    Disarm,
    Drop,
    HandOver,
    Hold,
    Refresh,
    Release,
    Resolve,
    Stop,
)
from blotter.desk.desk import Desk
from blotter.desk.verbs import Presets, Reply
from blotter.trading.grammar import STARTS
from blotter.trading.verbs import (
    AmendOrder,
    ArmEntry,
    CancelAll,
    CancelLists,
    CancelOrders,
    CloneOrder,
    DisarmEntry,
    DropHeld,
    HandOverSession,
    HoldOrder,
    HoldTerms,
    MassCancel,
    Mistakes,
    ReconcileNow,
    RefreshFacts,
    ReleaseHeld,
    ResolveOrder,
    ResumeEntry,
    StopEntry,
    TickOrder,
    Verb,
    parse_verb,
)


async def line(
    desk: Desk, text: str, wait: float, accept_warnings: bool = False, presets: Presets | None = None
) -> Reply:
    """Do what the line says; waits up to `wait` seconds for what becomes of orders."""
    if text.split(maxsplit=1)[:1] and text.split(maxsplit=1)[0].lower() in STARTS:
        return await verbs.order(desk, text, wait, accept_warnings=accept_warnings, presets=presets)
    cause = await verbs.ready(desk)
    verb = await _understood(desk, text, presets)
    match verb:
        case Mistakes():
            return _not_understood(text, verb)
        case CancelOrders() | CancelAll() | CancelLists() | MassCancel():
            return await verbs.cancelled(desk, verb, wait)
        case CloneOrder():
            return {"ok": True, "text": verb.line}
        case ReconcileNow():
            return await verbs.reconcile(desk)
        case ResumeEntry():
            return await verbs.resume(desk)
        case StopEntry(cancel=True):
            return await verbs.stop(desk, wait)
        case ReleaseHeld(held_id):
            held = desk.held()[held_id]
            words = verbs.held_words(desk, held)
            release = Release(id=verbs.new_id(), held_id=held_id, accept_warnings=accept_warnings)
            return await verbs.submitted(desk, release, words, wait)
        case AmendOrder() | TickOrder():
            if cause:
                return {"ok": False, "outcome": "refused", "field": "", "text": f"{cause}; nothing was sent"}
            terms = verb.amend if isinstance(verb, TickOrder) else verb
            return await _amended(desk, terms, wait, accept_warnings)
        case _:
            answer = await verbs.ask(desk, _command(verb))
            return {"ok": answer.ok, "text": answer.text} if answer.ok else verbs.refusal(answer)


def _command(
    verb: HoldOrder
    | HoldTerms
    | DropHeld
    | ResolveOrder
    | ArmEntry
    | DisarmEntry
    | StopEntry
    | HandOverSession
    | RefreshFacts,
) -> AnyCommand:
    id = verbs.new_id()
    match verb:
        case HoldOrder(order_id):
            return Hold(id=id, order_id=order_id)
        case HoldTerms():
            return Hold(id=id, request=verb.request, list_request=verb.list_request)
        case DropHeld(held_id):
            return Drop(id=id, held_id=held_id)
        case ResolveOrder(order_id, note):
            return Resolve(id=id, order_id=order_id, note=note)
        case ArmEntry(seconds):
            return Arm(id=id, seconds=seconds)
        case DisarmEntry():
            return Disarm(id=id)
        case StopEntry():
            return Stop(id=id, cause="asked for headless")
        case HandOverSession(session):
            return HandOver(id=id, session=session)
        case RefreshFacts():
            return Refresh(id=id)


async def _amended(desk: Desk, terms: AmendOrder, wait: float, accept_warnings: bool) -> Reply:
    answer = await verbs.ask(
        desk,
        Amend(
            id=verbs.new_id(),
            order_id=terms.order_id,
            price=terms.price,
            order_qty=terms.order_qty,
            trigger_price=terms.trigger_price,
            mode=terms.mode,
            accept_warnings=accept_warnings,
        ),
    )
    if not answer.ok:
        return verbs.refusal(answer)
    await desk.until(
        lambda: not desk.orders()[terms.order_id].pending_replace, max(wait, verbs.ANSWER_TIMEOUT)
    )
    order = desk.orders()[terms.order_id]
    outcome = verbs.outcome([order])
    if order.pending_replace:
        outcome = "unconfirmed"
    done = outcome in ("working", "ended")
    return {"ok": done, "outcome": outcome, "text": answer.text, "order": order_as_data(order)}


async def _understood(desk: Desk, text: str, presets: Presets | None) -> Verb | Mistakes:
    """Symbols and quotes may still be on their way: a line that is not understood yet gets a moment."""

    def parse() -> Verb | Mistakes:
        return parse_verb(text, verbs.market_of(desk, presets), desk.orders(), desk.lists(), desk.held())

    await desk.until(lambda: not isinstance(parse(), Mistakes) or desk.market_known(), verbs.MARKET_TIMEOUT)
    return parse()


def _not_understood(text: str, found: Mistakes) -> Reply:
    mistakes = [{"start": m.start, "end": m.end, "text": m.text} for m in found.mistakes]
    said = (
        "; ".join(m.text for m in found.mistakes) or f"the line is not complete: {found.missing} is missing"
    )
    return {"ok": False, "outcome": "refused", "line": text, "text": said, "mistakes": mistakes}
