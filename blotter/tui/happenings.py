"""What has happened, as alert rules ask for it: told from one frame and what was known before it.

No I/O and no clock: times come in. What is there when the screen starts has not happened now, so the first look tells
nothing. Between two frames only the newest version of an order is known, but every fill; a session that was lost and
back within one is told by its count of connections.
"""

from collections.abc import Iterator, Sequence
from decimal import Decimal

import msgspec

from blotter.desk.change import Frame, LinkState, LinkView
from blotter.trading.alerts import AlertEvent, AlertRule, Happening
from blotter.trading.book import BookState
from blotter.trading.enums import TimeInForce
from blotter.trading.instrument import Quote
from blotter.trading.ledger import Fill
from blotter.trading.order import Order, OrderState
from blotter.trading.qualified import split_id, split_session, split_symbol, symbol_at
from blotter.tui.format import trimmed
from blotter.tui.model import Model, is_unknown

SECOND = 1_000_000_000
ASKED_LATELY = 60 * SECOND
"""So long after somebody asked for a cancel its coming is no surprise."""
ENDING = frozenset({"cancel", "cancel all", "cancel list", "mass cancel", "hold", "stop and cancel all"})
"""Acts that are meant to end orders."""
BY_ITSELF = frozenset({TimeInForce.IMMEDIATE_OR_CANCEL, TimeInForce.FILL_OR_KILL})
"""What is left of these always ends at once."""


class Watcher:
    """Looks at every frame, and at the clock ten times a second."""

    def __init__(self, rules: Sequence[AlertRule]) -> None:
        self._rules = rules
        self._orders: dict[str, Order] = {}
        self._links: dict[str, LinkView] = {}
        self._stale: set[str] = set()
        self._differences: set[str] = set()
        self._true: set[tuple[int, str]] = set()  # (rule, gauge or order) that holds now
        self._sides: dict[int, bool] = {}  # rule about a price: whether the market was above it

    def look(self, model: Model, frame: Frame, now: int, *, news: bool) -> list[Happening]:
        """After the frame was folded into the model. `now`: UTC ns. Not `news`: take note only."""
        found = [*self._fills(model, frame), *self._of_orders(model, frame, now), *self._sessions(frame, now)]
        found += [*self._books(frame, now), *self._different(frame, now)]
        if not news:
            return []
        return [_of(happening, model) for happening in found]

    def levels(self, model: Model, now: int, *, news: bool) -> list[Happening]:
        """What is true for a while: told when it becomes true."""
        found: list[Happening] = []
        true: set[tuple[int, str]] = set()
        for place, rule in enumerate(self._rules):
            match rule.event:
                case AlertEvent.LIMIT:
                    told = self._limits(model, rule, now)
                case AlertEvent.WORKING:
                    told = self._working(model, rule, now)
                case AlertEvent.PRICE:
                    found += self._prices(model, rule, place, now)
                    continue
                case _:
                    continue
            for key, happening in told:
                true.add((place, key))
                if (place, key) not in self._true:
                    found.append(_placed(happening, place))
        self._true = true
        return [_of(happening, model) for happening in found] if news else []

    # --- orders --------------------------------------------------------------------------------------------

    def _fills(self, model: Model, frame: Frame) -> Iterator[Happening]:
        last = {fill.order_id: place for place, fill in enumerate(frame.fills)}
        for place, fill in enumerate(frame.fills):
            order = model.orders.get(fill.order_id)
            whole = order is not None and order.state is OrderState.FILLED and last[fill.order_id] == place
            yield _filled(fill, AlertEvent.FILL if whole else AlertEvent.PARTIAL)

    def _of_orders(self, model: Model, frame: Frame, now: int) -> Iterator[Happening]:
        for id, order in frame.orders.items():
            before = self._orders.get(id)
            self._orders[id] = order
            if before is not None and before == order:
                continue
            was = before.state if before is not None else None
            if is_unknown(order) and (before is None or not is_unknown(before)):
                yield _about(
                    order, AlertEvent.UNKNOWN, f"{id} is UNKNOWN: nobody knows what became of it", now
                )
            if order.state is OrderState.REJECTED:
                if was is not OrderState.REJECTED:
                    yield _about(order, AlertEvent.REJECT, f"{id} rejected: {_reason(order)}", now)
            elif (
                order.reason is not None
                and before is not None
                and order.reason != before.reason
                and order.open
            ):
                yield _about(order, AlertEvent.REJECT, f"{id}: {_reason(order)}", now)
            ended = order.state in (OrderState.CANCELED, OrderState.EXPIRED) and was is not order.state
            if ended and not _asked_for(model, order, before, now):
                text = f"{id} was {order.state.value} by the venue: {_reason(order)}"
                yield _about(order, AlertEvent.CANCEL, text, now)

    def _working(self, model: Model, rule: AlertRule, now: int) -> Iterator[tuple[str, Happening]]:
        patience = int((rule.seconds or 0) * SECOND)
        for id, order in model.open.items():
            if now - order.created_at >= patience:
                text = f"{id} has been working for {rule.seconds:g} s"
                yield id, _about(order, AlertEvent.WORKING, text, now)

    # --- the rest ------------------------------------------------------------------------------------------

    def _sessions(self, frame: Frame, now: int) -> Iterator[Happening]:
        for name, link in frame.links.items():
            before = self._links.get(name)
            self._links[name] = link
            live, was = _is_live(link), before is not None and _is_live(before)
            if before is not None and was and (not live or link.reconnects > before.reconnects):
                yield Happening(event=AlertEvent.SESSION_DOWN, at=now, text=_down(link, before), session=name)
                was = False
            if live and not was:
                yield Happening(event=AlertEvent.SESSION_UP, at=now, text=f"{name} is live", session=name)

    def _books(self, frame: Frame, now: int) -> Iterator[Happening]:
        for symbol, book in frame.books.items():
            stale = book.state is not BookState.LIVE
            if stale and symbol not in self._stale:
                text = f"the book of {symbol} is stale: {book.reason or book.state.value}"
                yield Happening(event=AlertEvent.STALE_BOOK, at=now, text=text, symbol=symbol)
            (self._stale.add if stale else self._stale.discard)(symbol)

    def _different(self, frame: Frame, now: int) -> Iterator[Happening]:
        for id, difference in frame.differences.items():
            if difference is None:
                self._differences.discard(id)
            elif id not in self._differences:
                self._differences.add(id)
                text = f"{difference.what}: here {difference.ours}, {difference.source} {difference.theirs}"
                yield Happening(event=AlertEvent.DIFFERENCE, at=now, text=text, order_id=difference.order_id)

    def _limits(self, model: Model, rule: AlertRule, now: int) -> Iterator[tuple[str, Happening]]:
        percent = rule.percent or 100
        for gauge in model.desk.limits if model.desk is not None else ():
            if gauge.maximum and gauge.used * 100 >= gauge.maximum * percent:
                text = f"{gauge.name}: {gauge.used:,} of {gauge.maximum:,} used, {percent} % or more"
                yield gauge.name, Happening(event=AlertEvent.LIMIT, at=now, text=text)

    def _prices(self, model: Model, rule: AlertRule, place: int, now: int) -> Iterator[Happening]:
        level, symbol = rule.price, rule.symbols[0]
        if len(model.venues) > 1 and rule.venue:
            symbol = symbol_at(symbol, rule.venue)
        middle = _middle(model.quotes.get(symbol) or model.quotes.get(symbol.upper()))
        if level is None or middle is None or middle == level:
            return
        above, was = middle > level, self._sides.get(place)
        self._sides[place] = above
        if was is not None and above is not was:
            way = "above" if above else "below"
            text = f"{symbol} is {way} {trimmed(level)}: {trimmed(middle)}"
            yield Happening(event=AlertEvent.PRICE, at=now, text=text, symbol=symbol, rule=place)


def _is_live(link: LinkView) -> bool:
    return link.state in (LinkState.LIVE, LinkState.STALE)


def _down(link: LinkView, before: LinkView) -> str:
    if not _is_live(link):
        return f"{link.name} is down: {link.reason or link.state.value}"
    why = link.errors[-1][1] if link.errors and link.errors != before.errors else "no reason is known"
    return f"{link.name} was down: {why}"


def _middle(quote: Quote | None) -> Decimal | None:
    if quote is None or quote.bid is None or quote.ask is None:
        return None
    return (quote.bid + quote.ask) / 2


def _asked_for(model: Model, order: Order, before: Order | None, now: int) -> bool:
    """Whether anybody here wanted it gone, or its own terms did."""
    if any(one is not None and one.pending for one in (before, order)):
        return True
    if order.current.request.time_in_force in BY_ITSELF or order.hold or _by_its_list(model, order):
        return True
    for act in reversed(model.acts):
        if now - act.at > ASKED_LATELY:
            break
        everything = act.all_orders and act.symbol in ("", order.symbol)
        named = order.id in act.order_ids or (order.list_id and order.list_id in act.order_ids)
        if (everything or named) and act.what in ENDING:
            return True
    return False


def _by_its_list(model: Model, order: Order) -> bool:
    """Whether another leg has filled, which is what ends this one."""
    found = model.lists.get(order.list_id)
    legs = () if found is None else (model.orders.get(leg) for leg in found.legs if leg != order.id)
    return any(leg is not None and leg.cum_qty for leg in legs)


def _reason(order: Order) -> str:
    if order.reason is None:
        return "no reason given"
    code = "" if order.reason.code is None else f" ({order.reason.code})"
    return order.reason.text + code


def _about(order: Order, event: AlertEvent, text: str, now: int) -> Happening:
    price = order.price or order.avg_px
    return Happening(
        event=event, at=now, text=f"{text}  {order.side.name} {trimmed(order.order_qty)} {order.symbol}",
        symbol=order.symbol, side=order.side, order_id=order.id,
        notional=None if price is None or order.order_qty is None else price * order.order_qty,
    )  # fmt: skip


def _filled(fill: Fill, event: AlertEvent) -> Happening:
    words = "FILLED" if event is AlertEvent.FILL else "filled in part"
    text = f"{fill.order_id} {words}: {fill.side.name} {trimmed(fill.last_qty)} {fill.symbol} @ {trimmed(fill.last_px)}"
    return Happening(
        event=event, at=fill.at, text=text, symbol=fill.symbol, side=fill.side, order_id=fill.order_id,
        notional=fill.last_qty * fill.last_px,
    )  # fmt: skip


def _placed(happening: Happening, place: int) -> Happening:
    return msgspec.structs.replace(happening, rule=place)


def _of(happening: Happening, model: Model) -> Happening:
    """With the venue it happened at; where there are several, the names in it say which."""
    if model.desk is None:
        return happening
    venue, account = model.desk.venue, model.desk.account
    if len(model.venues) > 1:
        said = (
            split_id(happening.order_id),
            split_session(happening.session),
            split_symbol(happening.symbol),
        )
        account = next((name.venue for name in said if name.venue in model.venues), "")
        venue = model.desks[account].venue if account in model.desks else ""
    return msgspec.structs.replace(happening, venue=venue, account=account)
