"""The life of one order as steps: who did what, what went over the tape and the wire, and how long each took.

Pure. Facts only: a time that is not known makes no latency. A step's latency is named by its two ends (`key→tape`).
"""

from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from itertools import islice
from typing import Final

import msgspec

from blotter.desk.change import ActSeen, MessageSeen
from blotter.trading.order import Order
from blotter.trading.qualified import split_symbol
from blotter.tui.format import DASH, trimmed

DRAFTING: Final = frozenset(
    {"draft begun", "review shown", "review left", "review expired", "asked", "answered yes", "answered no"}
)
"""Acts that lead to an order before it has an id."""
DROP_COPY: Final = "DC"
LOOK_BACK: Final = 20
"""Acts before a sending that may be of the same draft."""
_ENDS: Final = {"4": "cancel→canceled", "5": "amend→replaced", "C": "→expired"}
_RANKS: Final = {"act": 0, "tape": 1, "out": 2, "in": 3}


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """One step. `took`: ns between the ends that `ends` names."""

    at: int  # UTC ns
    kind: str  # "act", "tape", "out", "in"
    who: str  # "you", "a rule", "another terminal", "blotter", "venue"
    what: str
    took: int | None = None
    ends: str = ""
    message: MessageSeen | None = None


def acts_of(acts: Sequence[ActSeen], ids: Iterable[str], order: Order | None) -> list[ActSeen]:
    """Those that concern an order (or list) of these ids, and those of the draft it came from, oldest first."""
    names, found = set(ids), list[ActSeen]()
    for place, act in enumerate(acts):
        if names.intersection(act.order_ids):
            if act.what == "sent":
                found += reversed(list(_draft_of(acts, place)))
            found.append(act)
        elif order is not None and _meant(act, order):
            found.append(act)
    return found


def _meant(act: ActSeen, order: Order) -> bool:
    """Whether an act about every order was about this one."""
    lived = order.created_at <= act.at and (order.open or act.at <= order.updated_at)
    here = act.venue in ("", split_symbol(order.symbol).venue)
    return act.all_orders and here and act.symbol in ("", order.symbol) and lived


def _draft_of(acts: Sequence[ActSeen], place: int) -> Iterator[ActSeen]:
    """What led to the sending at `place`, newest first."""
    for act in islice(reversed(list(islice(acts, place))), LOOK_BACK):
        if act.what == "sent" or act.symbol not in ("", acts[place].symbol):
            return
        if act.what in DRAFTING:
            yield act
        if act.what == "draft begun":
            return


def timeline(order: Order | None, messages: Iterable[MessageSeen], acts: Iterable[ActSeen]) -> list[Step]:
    """All that is known of it, oldest first."""
    steps = [_act(act) for act in acts]
    pressed = next((step.at for step in steps if step.what.startswith("sent")), None)
    if order is not None and not order.foreign:
        took = order.created_at - pressed if pressed is not None and pressed <= order.created_at else None
        steps.append(
            Step(
                at=order.created_at,
                kind="tape",
                who="blotter",
                what="on the tape",
                took=took,
                ends="key→tape",
            )
        )
    steps += [_message(message) for message in messages]
    steps.sort(key=lambda step: (step.at, _RANKS[step.kind]))
    return list(_timed(steps))


def _act(act: ActSeen) -> Step:
    words = [act.what, act.text, f"REFUSED: {act.refused}" if act.refused else ""]
    if act.bid or act.ask:
        bid, ask = (trimmed(Decimal(price)) if price else DASH for price in (act.bid, act.ask))
        words.append(f"({bid} / {ask})")
    return Step(at=act.pressed_at or act.at, kind="act", who=act.who, what=" ".join(filter(None, words)))


def _message(message: MessageSeen) -> Step:
    kind, who = ("out", "blotter") if message.outbound else ("in", "venue")
    return Step(at=message.at, kind=kind, who=who, what=message.summary or message.name, message=message)


def _timed(steps: Iterable[Step]) -> Iterator[Step]:
    """Each with the time since what it follows from."""
    taped: int | None = None
    acted: int | None = None  # an act that has caused no message yet
    asked: int | None = None  # our last message without an answer
    acked: int | None = None
    for step in steps:
        took, ends = step.took, step.ends
        match step.kind:
            case "act":
                acted = step.at
            case "tape":
                taped, acted = step.at, None
            case "out":
                if taped is not None:
                    took, ends = step.at - taped, "tape→socket"
                elif acted is not None:
                    took, ends = step.at - acted, "act→socket"
                taped, acted, asked = None, None, step.at
            case "in" if step.message is not None and step.message.session.endswith(DROP_COPY):
                pass  # it repeats what order entry has said, a second later
            case "in":
                exec_type = _exec_type(step.message)
                if exec_type == "F" and acked is not None and asked is None:
                    took, ends = step.at - acked, "ack→fill"
                elif asked is not None:
                    took, ends = step.at - asked, _ENDS.get(exec_type, "socket→ack")
                    asked = None
                acked = step.at if acked is None else acked
        yield msgspec.structs.replace(step, took=took, ends=ends if took is not None else "")


def _exec_type(message: MessageSeen | None) -> str:
    """ExecType (150) of a report; "" of anything else."""
    if message is None or message.msg_type != "8":
        return ""
    _, found, rest = message.raw.partition(b"\x01150=")
    return rest.partition(b"\x01")[0].decode("ascii", "replace") if found else ""
