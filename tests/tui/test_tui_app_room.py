"""The lock, the read-only screen, a sleep, typed words and the alert centre, in the running app."""

import pytest
from fake_desk import SECOND, FakeDesk, busy, busy_fills, make_order
from textual import events

from blotter.desk.command import Arm, Cancel, Reconnect, Stop, Submit
from blotter.trading.alerts import AlertEvent, AlertRule
from blotter.trading.order import OrderState
from blotter.tui.entry import Stage

pytestmark = pytest.mark.anyio

ORDER = "buy 0.25 btc @ 60000 gtc"


async def test_a_locked_screen_cancels_and_stops_and_sends_nothing(start, desk: FakeDesk) -> None:
    busy(desk)
    async with start(lock_minutes=5.0) as screen:
        await screen.press(":")
        await screen.type(ORDER)
        await screen.press("enter")
        assert screen.app.entering.reviewing
        desk.advance(300)
        await screen.settle()
        assert "LOCKED" in screen.text
        assert screen.app.entering.entry.stage is Stage.DRAFT  # it survives, and must be looked at again
        await screen.press("y", ":", "enter", "enter")
        assert "only cancels and stop" in screen.app.model.notices[-1].text
        await screen.press("escape")
        await screen.command("resume")
        assert [type(command) for command in desk.commands] == []
        await screen.press("escape")
        await screen.press("3", "x")
        await screen.settle()
        assert len(screen.posted(Cancel)) == 1
        await screen.press("f8")
        assert len(screen.posted(Stop)) == 1
        await screen.press("escape", "Q")
        assert screen.app.asking.question is None
        await screen.command("unlock")
        await screen.settle()
        assert "LOCKED" not in screen.text
        assert [act.what for act in desk.acts if "lock" in act.what] == ["locked", "unlocked"]


async def test_the_first_key_after_too_long_a_time_does_not_act(start, desk: FakeDesk) -> None:
    busy(desk)
    async with start(lock_minutes=5.0) as screen:
        screen.app.view.orders.move_cursor_to("A-004120")
        desk.advance(301)
        await screen.press(">")  # a tick, at once, were it not locked
        assert desk.commands == []
        assert screen.app.deck.lock.locked


async def test_a_read_only_screen_posts_nothing_at_all(start, desk: FakeDesk) -> None:
    busy(desk)
    async with start(read_only=True) as screen:
        assert "READ-ONLY" in screen.text
        await screen.press("f8", "f6", "3", "x", "X", "y", "9", "R", "t")
        for line in (ORDER, "cancel all", "stop cancel", "test", "logout oe", "resume", "arm 5m"):
            await screen.command(line)
            await screen.press("y", "escape")
        assert desk.commands == []
        assert desk.acts == []
        await screen.settle()
        assert "read-only" in screen.app.model.notices[-1].text
        await screen.press("Q")
    assert screen.app.return_value == "leave"


async def test_a_sleep_makes_review_question_and_draft_void(start, desk: FakeDesk) -> None:
    async with start() as screen:
        await screen.press(":")
        await screen.type(ORDER)
        await screen.press("enter")
        desk.set_desk(woke_at=desk.mono(), armed_until=desk.mono() + 60 * SECOND)
        await screen.settle()
        assert not screen.app.entering.reviewing
        assert screen.app.entering.entry.aged
        await screen.press("y", ":", "enter")  # the first Enter looks at it again
        assert not screen.app.entering.reviewing
        assert not screen.app.entering.entry.aged
        await screen.press("enter", "y")
        assert len(screen.posted(Submit)) == 1
        assert screen.posted(Arm) == []
        assert [act.what for act in desk.acts] == [
            "draft begun",
            "review shown",
            "review left",
            "review shown",
        ]
        desk.answer(screen.posted(Submit)[0], order_ids=("A-000009",))
        await screen.settle()
        assert desk.acts[-1].what == "sent"
        assert desk.acts[-1].order_ids == ("A-000009",)


async def test_what_is_pasted_runs_no_key_and_types_no_word(start, desk: FakeDesk) -> None:
    busy(desk)
    async with start() as screen:
        await screen.press("3")
        screen.app.post_message(events.Paste("xXy>QOE\n"))
        await screen.press("9", "R")
        screen.app.post_message(events.Paste("oe\n"))
        await screen.press("enter")
        assert desk.commands == []
        await screen.press("o", "e", "enter")
        assert len(screen.posted(Reconnect)) == 1


async def test_alerts_stay_until_they_are_seen(start, desk: FakeDesk) -> None:
    rules = (
        AlertRule(event=AlertEvent.FILL, name="done", show=("line", "flash", "bell")),
        AlertRule(event=AlertEvent.PARTIAL, show=("line",), every=60.0),
        AlertRule(event=AlertEvent.REJECT),
    )
    busy(desk)
    async with start(alerts=rules) as screen:
        assert "alert" not in screen.text.splitlines()[0]
        rung: list[None] = []
        screen.app.centre._bell = lambda: rung.append(None)
        desk.add_orders(
            [make_order(4115, OrderState.FILLED, filled="0.25"), make_order(7, OrderState.REJECTED)]
        )
        desk.frame.fills.extend(busy_fills())
        await screen.settle()
        screen.app.centre.slow(desk.mono(), first=False)
        assert "4 alerts" in screen.text.splitlines()[0]
        assert rung == [None]
        assert screen.app.view.status.has_class("-flash")
        await screen.press("0")
        await screen.settle()
        assert screen.app.view.focused is screen.app.view.notices.alarms
        await screen.press("space")
        assert len(screen.app.model.alarms) == 3
        await screen.press("N")
        assert len(screen.app.model.alarms) == 2
        await screen.press("A")
        await screen.settle()
        assert "alert" not in screen.text.splitlines()[0]
        assert screen.app.view.focused is screen.app.view.notices.notices


async def test_a_desk_that_has_ended_does_not_keep_anybody_from_leaving(
    start, desk: FakeDesk, monkeypatch
) -> None:
    def ended(command: object) -> None:
        raise RuntimeError("the desk is not running")

    async with start() as screen:
        monkeypatch.setattr(desk, "post", ended)
        await screen.press("Q", "y")
    assert screen.app._exit
