"""Balances: asked for when it matters, reckoned against our fills, and never smoothed over."""

import contextlib
from decimal import Decimal

import anyio
import anyio.lowlevel
import msgspec
import pytest

from blotter.desk import balances as module
from blotter.desk.balances import AccountWatch
from blotter.desk.clock import system_clock
from blotter.desk.fold import Fold
from blotter.desk.recorder import Recorder
from blotter.desk.rest import RestUnavailable
from blotter.journal.tape import Kind, Tape
from blotter.trading.account import Balance, Balances
from blotter.trading.valuation import Prices
from blotter.venues.binance import BinanceSpot
from blotter.venues.rest import Question, UnreadableAnswer

pytestmark = pytest.mark.anyio


@pytest.fixture(autouse=True)
def hurry(monkeypatch):
    monkeypatch.setattr(module, "SETTLE", 0.02)
    monkeypatch.setattr(module, "EVERY", 0.03)


class Venue:
    """REST and its dialect in one: what the account holds, or why nobody knows."""

    def __init__(self, **holds) -> None:
        self.holds = holds
        self.error: Exception | None = None
        self.asked = 0
        self.dialect = self

    def account(self):
        return Question("/account", weight=20)

    async def ask(self, question):
        self.asked += 1
        await anyio.lowlevel.checkpoint()
        if self.error is not None:
            raise self.error
        return msgspec.json.encode({asset: str(amount) for asset, amount in self.holds.items()})

    def read_balances(self, body, at):
        holds = msgspec.json.decode(body, type=dict[str, Decimal])
        if "?" in holds:
            raise UnreadableAnswer("balance ?")
        return Balances(
            at=at,
            by_asset={a: Balance(asset=a, free=n - 1, locked=Decimal(1)) for a, n in holds.items()},
        )


class Owner:
    def __init__(self) -> None:
        self.views, self.differences, self.notices = [], [], []
        self.moved = {}

    def balances_changed(self, view):
        self.views.append(view)

    def differs(self, difference):
        self.differences.append(difference)

    def notice(self, severity, text, order_id=""):
        self.notices.append(text)

    def flows(self):
        return None if self.moved is None else dict(self.moved)

    def prices(self):
        return Prices({}, {}, 0, 0)


class Running:
    def __init__(self, venue, owner, tape) -> None:
        self.venue, self.owner, self.tape = venue, owner, tape
        recorder = Recorder(tape, Fold(BinanceSpot()), system_clock, frozenset())
        self.watch = AccountWatch(venue, recorder, system_clock, owner, "USDT")

    async def answers(self, count):
        """Wait for so many more answers."""
        until = len(self.owner.views) + count
        with anyio.fail_after(5):
            while len(self.owner.views) < until:  # noqa: ASYNC110 - the watch knows of no event but its views
                await anyio.sleep(0.005)


@contextlib.asynccontextmanager
async def running(directory, **holds):
    tape = Tape.open(directory / "tape.sqlite3")
    one = Running(Venue(**holds), Owner(), tape)
    async with anyio.create_task_group() as group:
        group.start_soon(one.watch.run)
        one.watch.want()
        try:
            yield one
        finally:
            group.cancel_scope.cancel()
            tape.close()


async def test_nothing_is_asked_before_somebody_wants_it(tmp_path):
    tape = Tape.open(tmp_path / "tape.sqlite3")
    one = Running(Venue(BTC=2), Owner(), tape)
    async with anyio.create_task_group() as group:
        group.start_soon(one.watch.run)
        await anyio.wait_all_tasks_blocked()
        assert one.venue.asked == 0
        one.watch.want()
        await one.answers(1)
        group.cancel_scope.cancel()
    tape.close()
    assert one.owner.views[0].balances.by_asset["BTC"].total == 2


async def test_what_is_said_is_evidence_on_the_tape_once_a_change(tmp_path):
    async with running(tmp_path, BTC=2) as one:
        await one.answers(3)
        one.venue.holds = {"BTC": 3}
        await one.answers(2)
        one.tape.settled()
        rows = [row.entry for row in one.tape.rows(0) if row.entry.kind is Kind.EVIDENCE]
    assert [row.msg_type for row in rows] == ["Balances", "Balances"]


async def test_fills_that_explain_the_balance_are_no_difference(tmp_path):
    async with running(tmp_path, BTC=2, USDT=100) as one:
        await one.answers(1)
        one.owner.moved = {"BTC": Decimal(1), "USDT": Decimal(-40)}
        one.watch.moved()
        one.venue.holds = {"BTC": 3, "USDT": 60}
        await one.answers(4)
        assert one.owner.differences == []
        assert one.owner.views[-1].mismatches == {}


async def test_a_fill_nobody_told_us_of_shows_both_sides_after_a_second_look(tmp_path):
    async with running(tmp_path, BTC=2) as one:
        await one.answers(1)
        one.venue.holds = {"BTC": 5}
        await one.answers(1)
        assert one.owner.differences == []  # it may have been on its way
        await one.answers(3)
        (difference,) = one.owner.differences  # told once
        assert difference.id == "balance BTC"
        assert difference.ours.startswith("2 ")
        assert difference.theirs.startswith("5:")
        assert one.owner.views[-1].mismatches == {"BTC": "venue 5, by our fills 2"}


async def test_a_difference_that_was_only_lag_is_never_told(tmp_path):
    async with running(tmp_path, BTC=2) as one:
        await one.answers(1)
        one.owner.moved = {"BTC": Decimal(1)}
        one.watch.moved()
        await one.answers(1)
        one.venue.holds = {"BTC": 3}
        await one.answers(4)
        assert one.owner.views[-1].mismatches == {}


async def test_accepted_figures_are_the_new_baseline_over_a_restart_too(tmp_path):
    async with running(tmp_path, BTC=2) as one:
        await one.answers(1)
        one.venue.holds = {"BTC": 5}
        await one.answers(3)
        one.watch.accept("BTC")
        await one.answers(3)
        assert one.owner.views[-1].mismatches == {}
    async with running(tmp_path, BTC=5) as one:
        await one.answers(3)
        assert one.owner.differences == []
    async with running(tmp_path, BTC=4) as one:
        await one.answers(3)
        assert [d.theirs[:2] for d in one.owner.differences] == ["4:"]


async def test_a_figure_can_be_accepted_while_an_order_is_in_doubt(tmp_path):
    async with running(tmp_path, BTC=2) as one:
        await one.answers(1)
        one.venue.holds = {"BTC": 5}
        await one.answers(4)
        assert len(one.owner.differences) == 1
        one.owner.moved = None
        one.watch.accept("BTC")
        assert one.owner.views[-1].mismatches == {}
        one.owner.moved = {}
        await one.answers(4)
        assert (len(one.owner.differences), one.owner.views[-1].mismatches) == (1, {})


async def test_what_is_filled_between_the_answer_and_its_acceptance_counts(tmp_path):
    async with running(tmp_path, BTC=2) as one:
        await one.answers(1)
        one.venue.holds = {"BTC": 5}
        await one.answers(4)
        one.owner.moved = {"BTC": Decimal(1)}  # a fill that the accepted answer cannot have known of
        one.watch.accept("BTC")
        one.venue.holds = {"BTC": 6}
        await one.answers(4)
        assert (len(one.owner.differences), one.owner.views[-1].mismatches) == (1, {})


async def test_nothing_is_concluded_while_an_order_is_in_doubt(tmp_path):
    async with running(tmp_path, BTC=2) as one:
        await one.answers(1)
        one.owner.moved = None
        one.venue.holds = {"BTC": 5}
        await one.answers(4)
        assert one.owner.differences == []
        one.owner.moved = {}
        await one.answers(4)
        assert len(one.owner.differences) == 1


@pytest.mark.parametrize("error", [RestUnavailable("no answer"), UnreadableAnswer("balance of BTC")])
async def test_a_failure_is_told_once_and_keeps_the_old_balances_with_their_age(tmp_path, error):
    async with running(tmp_path, BTC=2) as one:
        await one.answers(1)
        known_at = one.owner.views[-1].mono
        one.venue.error = error
        await one.answers(3)
        last = one.owner.views[-1]
        assert last.balances.by_asset["BTC"].total == 2
        assert last.error == str(error)
        assert one.owner.notices == [f"balances cannot be read: {error}"]
        one.venue.error = None
        await one.answers(2)
        assert one.owner.views[-1].error == ""
        assert one.owner.views[-1].mono > known_at
