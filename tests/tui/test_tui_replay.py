"""The screens over a recording: the time bar, the keys that move in it, and that nothing else does anything."""

import msgspec
import pytest
from fake_desk import SECOND, START, FakeDesk, busy

from blotter.desk.change import DeskView, Frame, ReplayView
from blotter.tui.app import BlotterApp

pytestmark = pytest.mark.anyio

VIEW = ReplayView(
    at=START,
    first_at=START - 3600 * SECOND,
    last_at=START + 3600 * SECOND,
    row=500,
    rows=1000,
    speed=10.0,
    playing=True,
)
REFUSED = "this is a recording: nothing can be sent, cancelled or changed"


class FakeRecording:
    """Notes what it is asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def pause(self, paused: bool | None = None) -> None:
        self.asked.append(f"pause {paused}")

    def faster(self, steps: int) -> None:
        self.asked.append(f"faster {steps}")

    def speed(self, text: str) -> str:
        self.asked.append(f"speed {text}")
        return ""

    def step(self, back: bool = False) -> None:
        self.asked.append(f"step {back}")

    def jump(self, text: str) -> str:
        self.asked.append(f"jump {text}")
        return "" if ":" in text else f"{text} is no time"

    def seek(self, what: str, back: bool = False) -> str:
        self.asked.append(f"seek {what} {back}")
        return "" if what != "moon" else "moon: there is no such thing"


@pytest.fixture
def recording() -> FakeRecording:
    return FakeRecording()


@pytest.fixture
def start_replay(start, recording: FakeRecording, desk: FakeDesk, monkeypatch):
    plain = BlotterApp.__init__

    def init(self, desk, **options) -> None:
        plain(self, desk, recording=recording, **options)

    monkeypatch.setattr(BlotterApp, "__init__", init)
    busy(desk)
    desk.frame.replay = VIEW
    desk.frame.desk = DeskView(
        venue="Binance Spot", environment="recording", pulse=desk.mono(), recording="tape.sqlite3"
    )
    return start


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 50)])
async def test_the_time_bar_says_where_the_recording_stands(start_replay, desk: FakeDesk, size):
    async with start_replay(size) as screen:
        await screen.settle()  # it was given its place just now
        bar = screen.text.splitlines()[1 if size[0] < 120 else 2]
        assert bar.startswith(" ▶ 2026-11-22 10:14:22.381Z  ×10")
        assert bar.rstrip().endswith("row 500/1,000")
        assert " RECORDING " in screen.text.splitlines()[0]
        if size[0] >= 120:
            assert "09:14 ━" in bar
            assert "─ 11:14" in bar
            assert 0.45 < bar.count("━") / (bar.count("━") + bar.count("─")) < 0.55
        desk.frame.replay = msgspec.structs.replace(VIEW, playing=False, busy="looking for the next fill 40%")
        await screen.settle()
        assert " ‖ " in screen.text
        assert "paused" in screen.text
        assert "looking for the next fill" in screen.text


async def test_a_running_desk_has_no_time_bar(start):
    async with start((120, 40)) as screen:
        assert not screen.app.view.time_bar.display
        await screen.press("p")
        assert "a recording is opened with: blotter replay" in screen.app.model.notices[-1].text


KEYS = {
    ("p",): "pause None",
    ("}",): "faster 1",
    ("{",): "faster -1",
    (".",): "step False",
    (",",): "step True",
    ("F",): "seek fill False",
    ("J",): "seek reject False",
    ("D",): "seek disconnect False",
    ("@", *"10:14", "enter"): "jump 10:14",
}
WORDS = {
    "at 10:14:21": "jump 10:14:21",
    "at 2026-11-22 10:14:21": "jump 2026-11-22 10:14:21",
    "speed 30": "speed 30",
    "play": "pause False",
    "pause": "pause True",
    "next fill": "seek fill False",
    "next": "seek event False",
    "back reject": "seek reject True",
}


async def test_keys_and_words_move_in_it(start_replay, recording: FakeRecording):
    async with start_replay((120, 40)) as screen:
        for keys, asked in KEYS.items():
            assert screen.app.focused is screen.app.view.orders, keys
            await screen.press(*keys)
            assert recording.asked == [asked], keys
            recording.asked.clear()
        for line, asked in WORDS.items():
            assert screen.app.focused is screen.app.view.orders, line
            await screen.command(line)
            assert recording.asked == [asked], line
            recording.asked.clear()


async def test_what_is_wrong_with_a_time_is_said(start_replay):
    async with start_replay((120, 40)) as screen:
        await screen.command("at soon")
        assert "soon is no time" in screen.text


ACTING_KEYS = ["n", "x", "X", "a", "w", "<", ">", "u", "e", "f8", "f6", "9R", "9S", "9t"]
ACTING_LINES = [
    "buy 0.25 btc @ 60000",
    "cancel all",
    "stop",
    "arm",
    "amend 12 0.2",
    "reconcile",
    "reconnect",
    "test",
    "handover OE",
]


async def test_keys_that_act_say_why_they_do_nothing(start_replay, desk: FakeDesk):
    async with start_replay((120, 40)) as screen:
        for keys in ACTING_KEYS:
            screen.app.model.notices.clear()
            await screen.press("3", "home", *([keys] if keys.startswith("f") else keys))
            assert not desk.commands, keys
            assert [notice.text for notice in screen.app.model.notices] == [REFUSED], keys
            assert screen.app.asking.question is None, keys
            assert screen.app.view.focused_pane == ("sessions" if keys.startswith("9") else "orders"), keys


async def test_lines_that_act_say_why_they_do_nothing(start_replay, desk: FakeDesk):
    async with start_replay((120, 40)) as screen:
        for line in ACTING_LINES:
            assert REFUSED not in screen.text, line
            await screen.command(line)
            assert REFUSED in screen.text or screen.app.model.notices[-1].text == REFUSED, line
            await screen.press("enter", "y", "y")
            assert not desk.commands, line
            await screen.press("escape", "escape")
            screen.app.model.notices.clear()
            await screen.settle()
            assert screen.app.focused is screen.app.view.orders, line
            assert screen.app.view.console.command.value == "", line


async def test_what_was_shown_is_void_after_a_jump(start_replay, desk: FakeDesk):
    async with start_replay((200, 50)) as screen:
        view = screen.app.view
        orders = list(screen.app.model.orders.values())
        assert len(orders) > 2
        assert view.executions.all_keys()
        desk.frame = Frame(replaced=True, replay=VIEW, orders={orders[0].id: orders[0]})
        await screen.settle()
        assert set(screen.app.model.orders) == {orders[0].id}
        assert view.orders.all_keys() == [orders[0].id]
        assert not view.executions.all_keys()
        assert not view.messages.all_keys()
        assert not view.positions.grid.all_keys()
        assert not screen.app.model.quotes
        assert not any(view.orders._marks.of(key) for key in view.orders.all_keys()), "nothing of it is news"


async def test_leaving_asks_nothing(start_replay):
    async with start_replay((120, 40)) as screen:
        assert screen.app.model.open
        await screen.press("Q")
        assert screen.app._exit
        assert screen.app.return_value is None
