"""A machine that slept, a process that was paused: nothing may look younger than it is, nobody is blamed for it."""

from decimal import Decimal

import msgspec
import pytest
from desk_running import running_desk

from blotter.desk import clock as clock_module
from blotter.desk.change import LinkState
from blotter.desk.clock import system_clock
from blotter.desk.command import Arm
from blotter.desk.screen_watch import SECOND, ScreenState, ScreenWatch
from blotter.fix.session import Instant
from blotter.trading.risk_levels import OFF


def test_the_desks_clock_goes_on_while_the_machine_sleeps(monkeypatch):
    asked = []
    monkeypatch.setattr(clock_module.time, "clock_gettime_ns", lambda which: asked.append(which) or 7)
    assert system_clock().mono == 7
    assert asked == [getattr(clock_module.time, "CLOCK_BOOTTIME", clock_module.time.CLOCK_MONOTONIC)]


def test_a_screen_that_nobody_could_have_looked_at_is_not_lost():
    told, drained = [], [0]
    watch = ScreenWatch(lambda: drained[0], 60, lambda: told.append("lost"), lambda: told.append("back"))
    watch.look(1 * SECOND)
    watch.look(8 * 3600 * SECOND)
    watch.look(8 * 3600 * SECOND + SECOND)
    assert told == [], "it slept along"
    for second in range(2, 70):
        watch.look((8 * 3600 + second) * SECOND)
    assert (told, watch.state) == (["lost"], ScreenState.LOST), "it had a minute since, and has not looked"
    watch.look(20 * 3600 * SECOND)
    assert told == ["lost"], "another night brings nobody back"
    drained[0] = 20 * 3600 * SECOND
    watch.look(20 * 3600 * SECOND + 1)
    assert told == ["lost", "back"]


@pytest.mark.anyio
async def test_after_a_sleep_the_session_is_asked_at_once_and_nothing_is_armed(peer, tmp_path):
    venue, endpoint = peer
    slept = [0]
    risk = msgspec.structs.replace(OFF, arming=Decimal(3600))
    async with running_desk(endpoint, tmp_path, risk=risk) as desk:
        assert await desk.until(lambda: desk.links()["OE"].state is LinkState.LIVE, 10)
        # The session's own timer still runs by the loop's clock, which has slept.
        for holder in (desk, desk.gate, desk._entry, desk._entry._current, desk._entry.lane):
            name = "clock" if holder is desk else "_clock"
            setattr(holder, name, lambda: Instant(system_clock().wall, system_clock().mono + slept[0]))
        desk.handle(Arm(id="a", seconds=3600))
        assert desk.gate.armed_until > desk.clock().mono
        connection = desk._entry._current
        assert await desk.until(lambda: not connection.session.test_request_pending, 3)
        asked = venue.connections[-1].session.next_in
        slept[0] = 8 * 3600 * SECOND
        assert await desk.until(lambda: venue.connections[-1].session.next_in > asked, 1)
        assert desk.gate.armed_until < desk.clock().mono
        told = [notice.text for notice in desk.feed.drain().notices]
        assert any("slept" in text and "28,800 s" in text for text in told), told
