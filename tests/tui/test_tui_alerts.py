"""Alerts without a screen: what has happened between two frames, which alarms stand, programs that are run."""

import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from fake_desk import SECOND, START, D, FakeDesk, busy_fills, cancel_pending, make_order

from blotter.desk.change import ActSeen, Difference, Frame, Gauge, LinkState
from blotter.trading.alerts import AlertEvent, AlertRule, Happening
from blotter.trading.book import BookState
from blotter.trading.order import OrderState
from blotter.tui.alert_commands import AT_ONCE, AlertCommands
from blotter.tui.alerting import MOST, Alerting, Run
from blotter.tui.happenings import Watcher
from blotter.tui.model import Model

E = AlertEvent


class Watched:
    """A desk, its model, and who looks at each frame."""

    def __init__(self, *rules: AlertRule) -> None:
        self.desk, self.model, self.watcher = FakeDesk(), Model(max_messages=10), Watcher(rules)
        self.desk.up()
        self.look(news=False)

    def look(self, *, news: bool = True) -> list[tuple[AlertEvent, str]]:
        frame = self.desk.drain()
        self.model.apply(frame)
        found = self.watcher.look(self.model, frame, self.desk.wall(), news=news)
        found += self.watcher.levels(self.model, self.desk.wall(), news=news)
        return [(one.event, one.order_id or one.session or one.symbol) for one in found]


@pytest.fixture
def watched() -> Watched:
    return Watched()


def test_what_was_there_before_has_not_happened_now() -> None:
    desk, model, watcher = FakeDesk(), Model(max_messages=10), Watcher(())
    desk.up()
    desk.add_orders([make_order(1, OrderState.REJECTED), make_order(2, OrderState.UNCONFIRMED)])
    frame = desk.drain()
    model.apply(frame)
    assert watcher.look(model, frame, START, news=False) == []
    assert watcher.look(model, Frame(), START, news=True) == []


def test_every_fill_is_told_and_the_last_one_as_such(watched: Watched) -> None:
    watched.desk.add_orders(
        [make_order(4115, OrderState.FILLED, filled="0.25"), make_order(4119, OrderState.PARTIALLY_FILLED)]
    )
    watched.desk.frame.fills.extend(busy_fills())
    told = watched.look()
    assert told == [(E.PARTIAL, "A-004101"), (E.FILL, "A-004115"), (E.PARTIAL, "A-004119")]


def test_rejects_and_doubt_are_told_once(watched: Watched) -> None:
    watched.desk.add_orders([make_order(1, OrderState.REJECTED), make_order(2, OrderState.UNCONFIRMED)])
    assert watched.look() == [(E.REJECT, "A-000001"), (E.UNKNOWN, "A-000002")]
    watched.desk.add_orders([make_order(2, OrderState.UNCONFIRMED, age=2)])
    assert watched.look() == []


def test_an_end_that_nobody_asked_for_is_the_venues(watched: Watched) -> None:
    watched.desk.add_orders(
        [make_order(1), make_order(2, pending=(cancel_pending(2),)), make_order(3), make_order(4)]
    )
    watched.look()
    watched.desk.frame.acts.append(
        ActSeen(at=START, who="another terminal", what="cancel", order_ids=("A-000003",), symbol="BTCUSDT")
    )
    watched.desk.add_orders(make_order(number, OrderState.CANCELED) for number in (1, 2, 3))
    assert watched.look() == [(E.CANCEL, "A-000001")]
    watched.desk.frame.acts.append(
        ActSeen(at=START, who="a rule", what="stop and cancel all", all_orders=True)
    )
    watched.desk.add_orders([make_order(4, OrderState.EXPIRED)])
    assert watched.look() == []


def test_sessions_go_and_come(watched: Watched) -> None:
    watched.desk.set_link("OE", LinkState.WAITING, reason="reset by peer")
    assert watched.look() == [(E.SESSION_DOWN, "OE")]
    watched.desk.set_link("OE", LinkState.DIALLING)
    assert watched.look() == []
    watched.desk.set_link("OE", LinkState.LIVE)
    assert watched.look() == [(E.SESSION_UP, "OE")]


def test_a_session_lost_and_back_within_a_frame_is_told_both_ways() -> None:
    watched = Watched()
    watched.desk.set_link("OE", reconnects=2, errors=((START, "old"),))
    watched.look(news=False)
    watched.desk.set_link("OE", reconnects=2, errors=((START, "old"),), messages_in=7)
    assert watched.look() == []  # how often it was lost before is no news
    watched.desk.set_link("OE", LinkState.WAITING, reconnects=2)
    watched.desk.set_link("OE", reconnects=3, errors=((START, "old"), (START, "reset by peer")))
    frame = watched.desk.drain()
    found = watched.watcher.look(watched.model, frame, START, news=True)
    assert [one.event for one in found] == [E.SESSION_DOWN, E.SESSION_UP]
    assert [one.text for one in found] == ["OE was down: reset by peer", "OE is live"]
    watched.desk.set_link("OE", LinkState.STALE, reconnects=3)  # late, not lost
    assert watched.look() == []


def test_attempts_that_fail_are_not_told_one_by_one(watched: Watched) -> None:
    watched.desk.set_link("OE", LinkState.WAITING, reason="reset by peer")
    watched.look()
    for tried in range(1, 4):
        watched.desk.set_link("OE", LinkState.LOGGING_ON, reconnects=tried)
        assert watched.look() == []
    watched.desk.set_link("OE", LinkState.LIVE, reconnects=4)
    assert watched.look() == [(E.SESSION_UP, "OE")]


def test_books_and_differences_are_told_once_until_they_are_well(watched: Watched) -> None:
    difference = Difference(id="d1", at=START, what="fill", ours="1", theirs="2", source="drop copy")
    for _ in range(2):
        watched.desk.book(state=BookState.STALE)
        watched.desk.frame.differences["d1"] = difference
    assert watched.look() == [(E.STALE_BOOK, "BTCUSDT"), (E.DIFFERENCE, "")]
    watched.desk.book(state=BookState.RESYNCHRONISING)
    watched.desk.frame.differences["d1"] = difference
    assert watched.look() == []
    watched.desk.book()
    watched.look()
    watched.desk.book(state=BookState.STALE)
    assert watched.look() == [(E.STALE_BOOK, "BTCUSDT")]


def test_what_is_true_for_a_while_is_told_when_it_becomes_true() -> None:
    watched = Watched(AlertRule(event=E.LIMIT, percent=80), AlertRule(event=E.WORKING, seconds=5.0))
    watched.desk.set_desk(limits=(Gauge(name="orders/10s", used=45, maximum=50, at=0),))
    watched.desk.add_orders([make_order(1, age=1)])
    assert [event for event, _ in watched.look()] == [E.LIMIT]
    assert watched.look() == []
    watched.desk.advance(5)
    assert watched.look() == [(E.WORKING, "A-000001")]
    watched.desk.set_desk(limits=(Gauge(name="orders/10s", used=3, maximum=50, at=0),))
    assert watched.look() == []
    watched.desk.set_desk(limits=(Gauge(name="orders/10s", used=40, maximum=50, at=0),))
    assert [event for event, _ in watched.look()] == [E.LIMIT]


def test_a_price_is_crossed_both_ways_and_not_by_touching() -> None:
    watched = Watched(AlertRule(event=E.PRICE, price=D(60_200), symbols=("btcusdt",)))
    told = []
    for bid, ask in (("60199", "60201"), ("60200", "60202"), ("60210", "60212"), ("60100", "60102")):
        watched.desk.quote("BTCUSDT", bid, ask)
        told.append([event for event, _ in watched.look()])
    assert told == [[], [E.PRICE], [], [E.PRICE]]


# --- alarms --------------------------------------------------------------------------------------------------


def fill(order_id: str = "A-1") -> Happening:
    return Happening(event=E.FILL, at=START, text=f"{order_id} FILLED", order_id=order_id, symbol="BTCUSDT")


def test_a_rule_makes_one_noise_a_while_and_every_alarm_stays() -> None:
    alerting = Alerting([AlertRule(event=E.FILL, name="mine", show=("line", "bell"), every=2.0)])
    deeds = alerting.take([fill(f"A-{number}") for number in range(13)], 0)
    assert deeds.lines == [("mine: A-0 FILLED", False)]
    assert deeds.bell
    assert len(alerting.alarms) == 13
    assert alerting.due(SECOND).lines == []
    assert alerting.due(2 * SECOND).lines == [("mine: 12 more, the last: A-12 FILLED", False)]
    assert alerting.due(9 * SECOND).lines == []


def test_seen_and_muted() -> None:
    alerting = Alerting([AlertRule(event=E.FILL, every=0.001)])
    alerting.take([fill("A-1"), fill("A-2"), fill("A-1")], 0)
    alerting.mute("A-1")
    assert [alarm.happening.order_id for alarm in alerting.alarms.values()] == ["A-2"]
    assert alerting.take([fill("A-1")], SECOND).lines == []
    alerting.seen(list(alerting.alarms))
    assert not alerting.alarms
    assert alerting.unmute("A-1")
    assert not alerting.unmute("A-1")
    alerting.take([fill("A-1")], 2 * SECOND)
    assert len(alerting.alarms) == 1


def test_the_list_is_bounded_and_says_what_it_lost() -> None:
    alerting = Alerting([AlertRule(event=E.FILL)])
    alerting.take([fill(f"A-{number}") for number in range(MOST + 7)], 0)
    assert (len(alerting.alarms), alerting.forgotten) == (MOST, 7)


# --- programs ------------------------------------------------------------------------------------------------


def wait_for(condition: Callable[[], object], seconds: float = 5) -> object:
    """Poll: these are processes of the system."""
    until = time.monotonic() + seconds
    while not (found := condition()) and time.monotonic() < until:
        time.sleep(0.005)
    return found


def script(folder: Path, text: str) -> tuple[str, ...]:
    path = folder / "program"
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o700)
    return (str(path),)


def test_a_program_gets_the_alert_and_no_secret_of_ours(tmp_path: Path) -> None:
    command = script(
        tmp_path, f"cat > {tmp_path}/in; env > {tmp_path}/part; mv {tmp_path}/part {tmp_path}/env"
    )
    commands = AlertCommands({"PATH": os.environ["PATH"], "API_SECRET": "hunter2"})
    commands.start(Run(AlertRule(event=E.FILL, command=command), fill(), more=3))
    assert wait_for((tmp_path / "env").exists)
    told = (tmp_path / "env").read_text()
    assert "BLOTTER_ALERT_ORDER_ID=A-1" in told
    assert "hunter2" not in told
    assert '"more":"3"' in (tmp_path / "in").read_text()
    assert commands.failures() == []


@pytest.mark.parametrize(
    ("text", "timeout", "said"),
    [
        ("echo no such room >&2; exit 3", 5.0, "ended with code 3: no such room"),
        ("sleep 60 & wait", 0.05, "was ended"),
    ],
)
def test_a_failing_and_a_hanging_program_are_told_of(
    tmp_path: Path, text: str, timeout: float, said: str
) -> None:
    commands = AlertCommands({"PATH": os.environ["PATH"]})
    rule = AlertRule(event=E.FILL, name="mine", command=script(tmp_path, text), timeout=timeout)
    began = time.monotonic()
    commands.start(Run(rule, fill()))
    assert time.monotonic() - began < 0.5
    (failure,) = wait_for(commands.failures)
    assert said in failure
    assert failure.startswith("alert mine: ")


def test_what_cannot_be_started_is_told_of() -> None:
    commands = AlertCommands({})
    commands.start(Run(AlertRule(event=E.FILL, command=("/no/such/program",)), fill()))
    (failure,) = wait_for(commands.failures)
    assert "No such file" in failure


def test_many_at_once_are_not_run_and_an_end_kills_the_rest(tmp_path: Path) -> None:
    commands = AlertCommands({"PATH": os.environ["PATH"]})
    rule = AlertRule(event=E.FILL, command=script(tmp_path, "sleep 60"), timeout=60.0)
    for _ in range(AT_ONCE + 1):
        commands.start(Run(rule, fill()))
    (failure,) = wait_for(commands.failures)
    assert "are running already" in failure
    wait_for(lambda: len(commands._running) == AT_ONCE)
    commands.close()
    assert wait_for(lambda: not commands._running)
