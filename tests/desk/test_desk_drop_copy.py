"""Order entry and drop copy side by side, each a scripted venue on a real socket: what one misses, how they differ."""

import contextlib
from decimal import Decimal

import pytest
from counterparty import counterparty
from desk_running import running_desk

from blotter.desk import drop_copy as checking
from blotter.desk.change import LinkState, Severity
from blotter.desk.command import Acknowledge, Submit
from blotter.desk.fold import Fold
from blotter.fix.session import Draft
from blotter.journal.tape import Tape
from blotter.trading.enums import OrdType, Side, TimeInForce
from blotter.trading.order import OrderState
from blotter.trading.request import OrderRequest
from blotter.venues.binance import BinanceSpot

pytestmark = pytest.mark.anyio

LIMIT = OrderRequest(
    symbol="BTCUSDT",
    side=Side.BUY,
    ord_type=OrdType.LIMIT,
    order_qty=Decimal("0.25"),
    price=Decimal("60000.10"),
    time_in_force=TimeInForce.GOOD_TILL_CANCEL,
)
FILL = {
    "t14": "0.10",
    "t151": "0.15",
    "t25017": "6000.01",
    "t31": "60000.10",
    "t32": "0.10",
    "t1003": "501",
    "t136": "1",
    "t137": "0.0001",
    "t138": "BNB",
    "t139": "4",
}


class Both:
    """A desk with both sessions, and the two ends of them at the venue."""

    def __init__(self, desk, entry, copy):
        self.desk = desk
        self.entry = entry
        self.copy = copy
        self.told = []

    async def ready(self):
        def both_live() -> bool:
            links = self.desk.links()
            return links["OE"].state is LinkState.LIVE and links["DC"].state is LinkState.LIVE

        assert await self.desk.until(both_live, 5), self.desk.links()

    async def submit(self):
        """An order that nobody answers by itself; what reached the venue."""
        answers = []
        self.desk.handle(Submit(id="s", request=LIMIT, accept_warnings=True), answers.append)
        await self.entry.until(lambda: any(m.msg_type == "D" for m in self.entry.received))
        assert await self.desk.until(lambda: bool(answers), 5)
        return [m for m in self.entry.received if m.msg_type == "D"][-1]

    def order(self):
        return self.desk.orders()["A-000001"]

    @property
    def differences(self):
        return list(self.desk.drop_copy._open.values())

    def words(self, severity=None):
        return [text for one, text in self.told if severity in (None, one)]

    async def until(self, condition, within=5.0):
        assert await self.desk.until(condition, within), (self.told, self.differences)


@contextlib.asynccontextmanager
async def both_sessions(directory):
    async with (
        counterparty() as (entry, where),
        counterparty() as (copy, copied),
        running_desk(where, directory, drop_copy=copied) as desk,
    ):
        both = Both(desk, entry, copy)
        notice = desk.feed.notice
        desk.feed.notice = lambda one: (both.told.append((one.severity, one.text)), notice(one))
        await both.ready()
        yield both


@pytest.fixture
async def both(tmp_path, monkeypatch):
    monkeypatch.setattr(checking, "WITHIN", 0.3)
    monkeypatch.setattr(checking, "SETTLED", 0.0)
    async with both_sessions(tmp_path) as pair:
        yield pair


def replayed(directory):
    fold = Fold(BinanceSpot())
    with contextlib.closing(Tape.open(directory / "tape.sqlite3")) as tape:
        fold.replay(row.entry for row in tape.rows())
    return fold.ledger


async def test_the_logon_says_that_it_is_a_drop_copy(both):
    logon = both.copy.logons[0]
    assert logon.text(9406) == "Y"
    assert logon.text(49) != both.entry.logons[0].text(49)
    assert both.entry.logons[0].text(9406) is None
    assert both.desk.view().drop_copy == ""
    assert both.desk.drop_copy.lost_since() is None


async def test_trap_16_position_is_not_doubled_by_what_comes_on_both_sessions(both, tmp_path):
    order = await both.submit()
    for draft in (both.entry.report_of(order, "0", "0"), both.entry.report_of(order, "F", "1", **FILL)):
        both.entry.send(draft)
        await both.until(
            lambda seen=both.entry.newest: both.desk.links()["OE"].next_in == seen.session.next_out
        )
        both.copy.send(draft)
        both.copy.send(draft)  # and once more, for good measure
    await both.until(lambda: both.desk.links()["DC"].messages_in >= 5)
    assert both.order().cum_qty == Decimal("0.10")
    assert len(both.desk.fills_of("A-000001")) == 1
    assert both.desk._fold.ledger.positions["BTCUSDT"].net_qty == Decimal("0.10")
    assert both.differences == []
    assert not [text for text in both.words() if "repeated" in text]


async def test_a_fill_that_order_entry_never_reported_enters_once_and_is_said(both, tmp_path):
    order = await both.submit()
    both.entry.report(order, "0", "0")
    await both.until(lambda: both.order().state is OrderState.NEW)
    assert not await both.desk.until(lambda: False, 0.35), "order entry has been up for long enough"
    fill = both.entry.report_of(order, "F", "1", **FILL)
    both.copy.send(fill)
    both.copy.send(fill)
    await both.until(lambda: both.order().cum_qty == Decimal("0.10"))
    assert [f.fees[0].asset for f in both.desk.fills_of("A-000001")] == ["BNB"]
    assert "the fill of A-000001 (2) came by drop copy, order entry did not report it" in both.words()
    await both.until(lambda: any(one.what == "report 2 of A-000001" for one in both.differences))
    ours = next(one for one in both.differences if one.what == "report 2 of A-000001")
    assert ours.ours == "order entry: nothing within 0.3 s"
    assert ours.theirs == "drop copy: partially filled, filled 0.1, last 0.1 @ 60000.1"
    both.entry.send(fill)
    await both.until(
        lambda: any(one.what == ours.what and "it came after all" in one.resolved for one in both.differences)
    )
    assert len(both.desk.fills_of("A-000001")) == 1


async def test_fills_while_order_entry_is_away_come_in_by_drop_copy(both, tmp_path):
    order = await both.submit()
    draft = both.entry.report_of(order, "0", "0")
    both.entry.send(draft)
    await both.until(lambda: both.order().state is OrderState.NEW)
    both.copy.send(draft)
    both.entry.accept, both.entry.refusal = False, Draft("3", ((58, "not now"),))
    both.entry.drop()
    await both.until(lambda: both.order().unverified_since is not None)
    both.copy.report(order, "F", "1", t17="77", **FILL)
    await both.until(lambda: both.order().cum_qty == Decimal("0.10"))
    assert "the fill of A-000001 (77) came by drop copy, order entry did not report it" in both.words()
    assert not await both.desk.until(lambda: bool(both.differences), 0.6), "away is no difference"


async def test_a_report_without_its_copy_is_a_difference_until_the_copy_comes(both):
    order = await both.submit()
    draft = both.entry.report_of(order, "0", "0")
    both.entry.send(draft)
    await both.until(lambda: bool(both.differences))
    told = both.differences[0]
    assert told.what == "report 1 of A-000001"
    assert (told.ours, told.theirs) == ("order entry: new, filled 0", "drop copy: nothing within 0.3 s")
    errors = [text for text in both.words(Severity.ERROR) if "report 1 of A-000001" in text]
    assert errors, both.told
    both.copy.send(draft)
    await both.until(lambda: both.differences[0].resolved != "")
    assert both.differences[0].resolved.startswith("it came after all, 0.")


async def test_a_copy_that_comes_late_and_says_something_else_resolves_nothing(both):
    order = await both.submit()
    draft = both.entry.report_of(order, "F", "1", **FILL)
    both.entry.send(draft)
    await both.until(lambda: bool(both.differences))
    other = {14: "0.20"}
    both.copy.send(Draft("8", tuple((tag, other.get(tag, value)) for tag, value in draft.fields)))
    await both.until(lambda: both.differences[0].theirs == "drop copy: filled 0.2")
    assert both.differences[0].resolved == ""


async def test_more_than_can_be_waited_for_is_told_before_its_time(both, monkeypatch):
    monkeypatch.setattr(checking, "KEPT", 2)
    monkeypatch.setattr(both.desk.drop_copy, "_within", 10**12)
    order = await both.submit()
    for _ in range(3):
        both.entry.report(order, "0", "0")
    await both.until(lambda: [one.what for one in both.differences] == ["report 1 of A-000001"])


async def test_both_sides_of_a_contradiction_are_shown_until_acknowledged(both, tmp_path):
    order = await both.submit()
    draft = both.entry.report_of(order, "F", "1", **FILL)
    both.entry.send(draft)
    await both.until(lambda: both.order().cum_qty == Decimal("0.10"))
    other = {14: "0.20", 137: "0.0002"}
    both.copy.send(Draft("8", tuple((tag, other.get(tag, value)) for tag, value in draft.fields)))
    await both.until(lambda: bool(both.differences))
    told = both.differences[0]
    assert told.ours == "order entry: filled 0.1, fee 0.0001 BNB"
    assert told.theirs == "drop copy: filled 0.2, fee 0.0002 BNB"
    assert both.order().cum_qty == Decimal("0.10"), "the first word stands"
    assert both.desk.feed.drain().differences[told.id] == told
    await both.until(lambda: told.id in (both.desk.tape.meta(checking.STORED) or ""))
    both.desk.handle(Acknowledge(id="seen", difference_id=told.id))
    assert both.differences == []
    frame = both.desk.feed.drain()
    assert frame.differences[told.id] is None
    assert frame.answers[-1].ok


async def test_a_difference_nobody_has_seen_survives_a_restart(tmp_path, monkeypatch):
    monkeypatch.setattr(checking, "WITHIN", 0.1)
    monkeypatch.setattr(checking, "SETTLED", 0.0)
    async with both_sessions(tmp_path) as both:
        order = await both.submit()
        both.entry.report(order, "0", "0")
        await both.until(lambda: bool(both.differences))
        told = both.differences[0].id
        await both.until(lambda: both.desk.tape.meta(checking.STORED) is not None)
    async with both_sessions(tmp_path) as both:
        assert [one.id for one in both.differences] == [told]
        assert told in both.desk.feed.drain().differences


async def test_trap_19_orders_from_elsewhere_are_on_both_and_counted_once(both):
    theirs = {"11": "phone-1", "38": "1", "40": "2", "54": "2", "55": "ETHUSDT", "44": "3000", "59": "1"}
    fields = {"17": "9", "37": "31", **theirs, "150": "F", "39": "2", "14": "1", "151": "0"}
    fields |= {"25017": "3000", "31": "3000", "32": "1", "1003": "8"}
    draft = Draft("8", tuple((int(tag), value) for tag, value in fields.items()))
    both.entry.send(draft)
    both.copy.send(draft)
    await both.until(lambda: "ETHUSDT#31" in both.desk.orders())
    await both.until(lambda: both.desk.links()["DC"].messages_in >= 2)
    assert both.desk._fold.ledger.positions["ETHUSDT"].net_qty == -1
    assert not await both.desk.until(lambda: bool(both.differences), 0.6)


async def test_traps_10_and_11_ids_of_0_and_the_same_exec_id_in_two_symbols_are_told_apart(both):
    for symbol in ("BTCUSDT", "ETHUSDT"):
        fields = {"17": "0", "11": f"w-{symbol}", "37": "0", "38": "1", "40": "2", "54": "1", "55": symbol}
        fields |= {"44": "3000", "59": "1", "150": "F", "39": "2", "14": "1", "151": "0", "25017": "3000"}
        fields |= {"31": "3000", "32": "1", "1003": "0"}
        draft = Draft("8", tuple((int(tag), value) for tag, value in fields.items()))
        both.entry.send(draft)
        both.copy.send(draft)
    await both.until(lambda: len(both.desk._fold.ledger.fills) == 2)
    assert not await both.desk.until(lambda: bool(both.differences), 0.6)
    assert {one.symbol for one in both.desk._fold.ledger.fills} == {"BTCUSDT", "ETHUSDT"}


async def test_a_lost_drop_copy_says_so_and_compares_nothing(both):
    order = await both.submit()
    both.entry.report(order, "0", "0")
    await both.until(lambda: both.order().state is OrderState.NEW)
    both.copy.accept, both.copy.refusal = False, Draft("3", ((58, "no"), (25016, "-1008")))
    both.copy.drop()
    await both.until(lambda: both.desk.drop_copy.lost_since() is not None)
    assert "the drop copy is away" in both.desk.view().drop_copy
    assert not await both.desk.until(lambda: bool(both.differences), 0.6)
    both.copy.accept = True


async def test_without_one_configured_nothing_is_said_to_be_lost(peer, tmp_path):
    _, endpoint = peer
    async with running_desk(endpoint, tmp_path) as desk:
        assert desk.drop_copy.lost_since() is None
        assert desk.view().drop_copy == ""


async def test_a_bad_day_is_counted_not_listed(both, monkeypatch):
    monkeypatch.setattr(checking, "SHOWN", 3)
    for number in range(8):
        fields = {"17": str(100 + number), "11": f"w-{number}", "37": str(number), "38": "1", "40": "2"}
        fields |= {"54": "1", "55": "BTCUSDT", "44": "3000", "59": "1", "150": "0", "39": "0", "14": "0"}
        fields |= {"151": "1", "25017": "0", "32": "0"}
        both.entry.send(Draft("8", tuple((int(tag), value) for tag, value in fields.items())))
    await both.until(lambda: len(both.differences) == 4)
    assert both.differences[-1].what.startswith("5 more reports, the last is report 107 of ")
    assert len([text for text in both.words(Severity.ERROR) if "report" in text]) >= 4


async def test_the_tape_gives_the_same_when_some_came_by_drop_copy(tmp_path):
    async with both_sessions(tmp_path) as both:
        order = await both.submit()
        new, fill = both.entry.report_of(order, "0", "0"), both.entry.report_of(order, "F", "1", **FILL)
        both.copy.send(new)
        await both.until(lambda: both.order().state is OrderState.NEW)
        both.copy.send(fill)
        await both.until(lambda: both.order().cum_qty == Decimal("0.10"))
        both.entry.send(new)
        both.entry.send(fill)
        both.copy.send(
            Draft("3", ((45, "2"), (58, "refused on the drop copy"), (373, "99")))
        )  # no order of ours
        await both.until(lambda: any("refused on the drop copy" in text for text in both.words()))
        await both.until(lambda: both.desk.links()["OE"].messages_in >= 3)
        lived = both.desk._fold.ledger
    again = replayed(tmp_path)
    assert again.fills == lived.fills
    assert again.positions == lived.positions
    assert {k: (o.state, o.cum_qty) for k, o in again.orders.items()} == {
        k: (o.state, o.cum_qty) for k, o in lived.orders.items()
    }
    assert again.orders["A-000001"].state is OrderState.PARTIALLY_FILLED
