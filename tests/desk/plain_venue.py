"""A venue of the plain kind for tests: standard messages, one order-entry session, and nothing beside it.

It logs on as the scripted counterparty expects. What it can is said by its features.
"""

from decimal import Decimal

from counterparty import Counterparty

from blotter.fix.codec import Message
from blotter.fix.session import Draft
from blotter.venues.base import Feature, SessionKind
from blotter.venues.binance import BinanceSpot
from blotter.venues.standard import inbound, outbound
from blotter.venues.standard.tables import Standard

ALL = frozenset(
    {
        Feature.POST_ONLY,
        Feature.CHANGE,
        Feature.DAY,
        Feature.GOOD_TILL_DATE,
        Feature.ORDER_STATUS,
        Feature.MASS_STATUS,
    }
)


class PlainVenue(BinanceSpot):
    name = "plain"
    title = "Plain Broker"

    def __init__(self, features: frozenset[Feature] = ALL, **tables: object) -> None:
        super().__init__()
        self.features = features
        self._standard = Standard(mass_status="7", **tables)

    def kinds(self):
        return (SessionKind.ORDER_ENTRY,)

    def encode(self, request, at: int) -> Draft:
        return outbound.encode(self._standard, request, at)

    def decode(self, message: Message, at: int):
        return inbound.decode(self._standard, message, at)

    def request_id(self, message: Message):
        return inbound.request_id(message)

    def amend_keeps_priority(self, order_qty: Decimal, new_qty: Decimal, same_price: bool) -> bool:
        return False


class Broker:
    """Answers for a counterparty as a broker does: keeps orders, fills them when told to."""

    def __init__(self, peer: Counterparty) -> None:
        self.peer = peer
        self.orders: dict[str, dict[str, str]] = {}  # by OrderID: its fields as they are
        self.copies: list[Counterparty] = []  # who hears every report too: a drop copy
        self.silent: set[str] = set()  # MsgTypes without an answer
        self.refusing: dict[str, str] = {}  # MsgTypes it does not have, and by what it says so
        self.counting = True  # the answer to AF says how many there are
        self._numbers = 0
        peer.on_message = self.take

    def number(self) -> str:
        self._numbers += 1
        return str(self._numbers)

    def take(self, message: Message) -> None:
        if message.msg_type in self.silent:
            return
        if how := self.refusing.get(message.msg_type):
            fields = {"45": str(message.msg_seq_num), "372": message.msg_type}
            cause = {"380": "3"} if how == "j" else {"373": "11"}
            self.peer.send(_draft(how, {**fields, **cause, "58": "no such message here"}))
            return
        match message.msg_type:
            case "D":
                self.place(message)
            case "F":
                self.cancel(message)
            case "G":
                self.change(message)
            case "H":
                self.tell_one(message)
            case "AF":
                self.tell_all(message)

    def place(self, message: Message) -> dict[str, str]:
        kept = {str(tag): message.text(tag) for tag in (11, 55, 54, 38, 40, 44, 59, 126) if message.text(tag)}
        return self.begin(kept)

    def begin(self, kept: dict[str, str]) -> dict[str, str]:
        order = {"37": f"v{self.number()}", "39": "0", "14": "0", "6": "0", **kept}
        self.orders[order["37"]] = order
        self.say(order, "0")
        return order

    def elsewhere(self, name: str = "desk-2", qty: str = "3", price: str = "99") -> dict[str, str]:
        """An order of the account from somewhere else, of which this session hears nothing by itself."""
        order = {"11": name, "55": "BTCUSDT", "54": "1", "38": qty, "40": "2", "44": price, "59": "1"}
        order = {"37": f"v{self.number()}", "39": "0", "14": "0", "6": "0", **order}
        self.orders[order["37"]] = order
        return order

    def of(self, message: Message) -> dict[str, str] | None:
        return next(
            (
                one
                for one in self.orders.values()
                if one["37"] == message.text(37) or one["11"] in (message.text(41), message.text(11))
            ),
            None,
        )

    def open(self) -> list[dict[str, str]]:
        return [one for one in self.orders.values() if one["39"] in "01"]

    def change(self, message: Message) -> None:
        order, asked = self.of(message), {"11": message.text(11), "41": message.text(41)}
        if order is None or order["39"] not in "01" or Decimal(message.text(38)) <= Decimal(order["14"]):
            self.refuse(asked, "2", order)
            return
        self.say(order, "E", {**asked, "39": "E"})
        order.update({"11": message.text(11), "38": message.text(38), "44": message.text(44)})
        self.say(order, "5", {"41": message.text(41)})

    def cancel(self, message: Message) -> None:
        order, asked = self.of(message), {"11": message.text(11), "41": message.text(41)}
        if order is None or order["39"] not in "01":
            self.refuse(asked, "1", order)
            return
        order["39"] = "4"
        self.say(order, "4", asked)

    def refuse(self, asked: dict[str, str], answer_to: str, order: dict[str, str] | None) -> None:
        fields = {**asked, "37": order["37"] if order else "NONE", "39": "8", "434": answer_to, "102": "1"}
        self.peer.send(_draft("9", {**fields, "58": "unknown or too late"}))

    def fill(self, order: dict[str, str], qty: str, price: str = "100", *, told: bool = True) -> None:
        """Trade it; with `told` False nobody hears of it."""
        done = Decimal(order["14"])
        total = done + Decimal(qty)
        order["6"] = str((done * Decimal(order["6"]) + Decimal(qty) * Decimal(price)) / total)
        order["14"] = str(total)
        order["39"] = "2" if total >= Decimal(order["38"]) else "1"
        if told:
            self.say(order, "F", {"32": qty, "31": price, "1003": f"t{self.number()}"})

    def tell_one(self, message: Message) -> None:
        order = self.of(message)
        asked = {"790": message.text(790) or ""}
        if order is None:
            none = {"37": "NONE", "11": message.text(11), "55": message.text(55), "54": "1", "39": "8"}
            self.peer.send(_draft("8", {**none, "150": "I", "17": "0", "14": "0", "103": "5", **asked}))
            return
        self.say(order, "I", {**asked, "17": "0"})

    def tell_all(self, message: Message) -> None:
        rows = self.open()
        asked = {"584": message.text(584) or ""}
        if self.counting:
            asked["911"] = str(len(rows))
        if not rows:
            none = {"37": "NONE", "39": "8", "150": "I", "17": "0", "55": "BTCUSDT", "54": "1", "14": "0"}
            self.peer.send(_draft("8", {**none, "103": "5", **asked}))
        for order in rows:
            self.say(order, "I", {**asked, "17": "0"})

    def say(self, order: dict[str, str], exec_type: str, more: dict[str, str] | None = None) -> None:
        left = Decimal(order["38"]) - Decimal(order["14"])
        fields = {**order, "150": exec_type, "17": f"e{self.number()}", "151": str(left), **(more or {})}
        for one in (self.peer, *self.copies):
            one.send(_draft("8", fields))


def _draft(msg_type: str, fields: dict[str, str]) -> Draft:
    return Draft(msg_type, tuple((int(tag), value) for tag, value in fields.items() if value))
