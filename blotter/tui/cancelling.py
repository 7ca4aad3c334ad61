"""Cancels: one at once, several after a question that names them. Nothing here refuses a cancel.

What is asked is who goes: how many orders, of which side and symbol, and which lists a leg takes along. The stop key
asks nothing; it is not here.
"""

from collections.abc import Sequence
from typing import Final

from textual.content import Content

from blotter.desk.command import AnyCommand, Cancel, Drop, MassCancelSymbol
from blotter.desk.command import CancelAll as CancelAllOrders
from blotter.desk.command import CancelList as CancelOneList
from blotter.trading.cancels import Victims, victims
from blotter.trading.enums import CancelRestrictions
from blotter.trading.intents import CancelAll, CancelLists, CancelOrders, CancelVerb, MassCancel
from blotter.tui.asking import Asking, orders_words
from blotter.tui.deck import Deck
from blotter.tui.line import Piece, content
from blotter.tui.shown_keys import key
from blotter.tui.stop_panel import tally_words

NAMED: Final = 12  # orders that a question names one by one


_ONLY: Final = {
    CancelRestrictions.ONLY_NEW: " if still without a fill",
    CancelRestrictions.ONLY_PARTIALLY_FILLED: " if partially filled",
}


def _yes() -> Content:
    return content(
        (f" {key('confirm.yes')} ", "bold reverse $danger"), " cancels them    ", (key("confirm.no"), "bold"),
        " leaves them",
    )  # fmt: skip


class Cancelling:
    """Every way to a cancel but the stop key."""

    def __init__(self, deck: Deck, asking: Asking) -> None:
        self._deck = deck
        self._asking = asking

    # --- lines of the grid -----------------------------------------------------------------------------------

    def lines(self, keys: Sequence[str], *, ask: bool = False) -> None:
        """Cancel what is open of these lines: orders, lists, held terms (own ids)."""
        found = self._among(keys)
        open_lists = self._open_lists(keys)
        held = [key for key in keys if key in self._deck.model.held]
        if not found.orders and not open_lists:
            self._nothing(keys, held)
        elif len(found.orders) == 1 and not held and not ask:
            self._go(keys)
        else:
            first: list[Piece] = [
                ("CANCEL ", "bold $danger"),
                (f"{orders_words(len(found.orders))}:  ", "bold"),
                *tally_words(found.orders),
            ]
            if held:
                first.append((f", and {len(held)} held here dropped", "$warn"))
            second = content(*_along(found), *_names([*open_lists, *(o.id for o in found.orders)]))
            self._asking.ask_yes(content(*first), second, _yes(), then=lambda: self._go(keys))

    def _open_lists(self, keys: Sequence[str]) -> tuple[str, ...]:
        lists = self._deck.model.lists
        return tuple(key for key in keys if key in lists and lists[key].open)

    def _singles(self, keys: Sequence[str]) -> tuple[str, ...]:
        """The orders among these that no list among these takes with it."""
        orders, lists = self._deck.model.orders, self._open_lists(keys)
        return tuple(
            key for key in keys if key in orders and orders[key].open and orders[key].list_id not in lists
        )

    def _among(self, keys: Sequence[str]) -> Victims:
        known = self._deck.known()
        whole = victims(CancelLists(self._open_lists(keys)), known)
        single = victims(CancelOrders(self._singles(keys)), known)
        return Victims(orders=(*whole.orders, *single.orders), drawn_in=single.drawn_in)

    def _go(self, keys: Sequence[str]) -> None:
        """Whoever is still open among them."""
        deck, singles, lists = self._deck, self._singles(keys), self._open_lists(keys)
        held = [key for key in keys if key in deck.model.held]
        if singles:
            self._send(Cancel(id=deck.new_id(), order_ids=singles), f"cancel of {_one_or_count(singles)}")
        for list_id in lists:
            self._send(CancelOneList(id=deck.new_id(), list_id=list_id), f"cancel of {list_id}")
        self._drop(held)
        if not singles and not lists and not held:
            deck.say("nothing to cancel: they have all ended meanwhile")
        deck.view.orders.clear_selection()

    def _nothing(self, keys: Sequence[str], held: Sequence[str]) -> None:
        one = self._deck.model.orders.get(keys[0]) if len(keys) == 1 else None
        if held:
            self._drop(held)
        else:
            self._deck.say(
                f"nothing to cancel: {one.id} is {one.state.value}" if one else "nothing to cancel"
            )

    def _drop(self, held_ids: Sequence[str]) -> None:
        for held_id in held_ids:
            self._send(Drop(id=self._deck.new_id(), held_id=held_id), f"drop of {held_id}")

    # --- what was typed --------------------------------------------------------------------------------------

    def run(self, verb: CancelVerb) -> None:
        """A cancel of the command line. One named order goes at once, unless it takes others along."""
        match verb:
            case CancelOrders(order_ids, None):
                self.lines(order_ids)
            case CancelOrders(_, CancelRestrictions() as only):
                found, what = victims(verb, self._deck.known()), _one_or_count(verb.order_ids)
                if len(found.orders) <= 1:
                    self._send(self._command(verb), f"cancel of {what}")
                else:
                    self._ask(verb, f"CANCEL{_ONLY[only]} ", f"cancel of {what}")
            case CancelLists(list_ids):
                self.lines(list_ids)
            case CancelAll(symbol, side):
                where = " ".join(filter(None, (side.name if side else "", symbol))) or "ALL"
                self._ask(verb, f"CANCEL {where} ", f"cancel {where.lower()}")
            case MassCancel(symbol):
                self._ask(verb, f"MASS CANCEL {symbol} at the venue ", f"mass cancel of {symbol}")

    def _command(self, verb: CancelVerb) -> AnyCommand:
        id = self._deck.new_id()
        match verb:
            case CancelOrders(order_ids, restrictions):
                return Cancel(id=id, order_ids=order_ids, restrictions=restrictions)
            case CancelAll(symbol, side):
                return CancelAllOrders(id=id, symbol=symbol, side=side)
            case MassCancel(symbol):
                return MassCancelSymbol(id=id, symbol=symbol)
            case CancelLists(list_ids):
                return CancelOneList(id=id, list_id=list_ids[0])

    def _ask(self, verb: CancelVerb, title: str, what: str) -> None:
        found = victims(verb, self._deck.known())
        tally = tally_words(found.orders) or ["none known here"]
        first = content((title, "bold $danger"), (f"{orders_words(len(found.orders))}:  ", "bold"), *tally)
        second: list[Piece] = _along(found)
        if found.elsewhere:
            text = "This hits the whole account: orders of other sessions and programs too."
            second.append((text, "bold $warn"))
        elif isinstance(verb, CancelAll):
            second.append(("Those that the desk knows by then go too.", "$dim"))
        self._asking.ask_yes(
            first, content(*second), _yes(), then=lambda: self._send(self._command(verb), what)
        )

    def _send(self, command: AnyCommand, what: str) -> None:
        self._asking.send(command, what)


def _along(found: Victims) -> list[Piece]:
    """Which lists go with one of their legs."""
    named = list(found.drawn_in.items())
    pieces: list[Piece] = [
        (f"‼ takes {list_id} along, {orders_words(count)} more  ", "bold $warn")
        for list_id, count in named[:3]
    ]
    if len(named) > 3:
        pieces.append((f"and {len(named) - 3} more lists  ", "bold $warn"))
    return pieces


def _names(ids: Sequence[str]) -> list[Piece]:
    more = f" and {len(ids) - NAMED} more" if len(ids) > NAMED else ""
    return [(", ".join(ids[:NAMED]) + more, "$dim")]


def _one_or_count(ids: Sequence[str]) -> str:
    return ids[0] if len(ids) == 1 else orders_words(len(ids))
