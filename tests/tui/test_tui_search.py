"""Searching the tape from the screen, and copying messages."""

import json
from collections.abc import Callable

import pytest
from fake_desk import START, FakeDesk

from blotter.desk.change import ExplainedField, MessageSeen, SearchView
from blotter.tui.app import BlotterApp
from blotter.tui.copying import as_text, no_clipboard
from blotter.tui.search import is_expression, is_filter

pytestmark = pytest.mark.anyio


def seen(number: int, msg_type: str = "8") -> MessageSeen:
    return MessageSeen(
        row=number,
        at=START - number * 1_000_000_000,
        session="OE",
        outbound=False,
        seq=number,
        msg_type=msg_type,
        name="ExecutionReport",
        summary=f"Trade  A-{number:06d}",
        raw=f"8=FIX.4.4\x0135={msg_type}\x0134={number}\x0155=BTCUSDT\x0110=000\x01".encode(),
    )


class FakeSearch:
    """Finds what the test puts into `view`."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.cancelled = 0
        self.view: SearchView | None = None

    def matcher(self, text: str) -> Callable[[bytes], bool] | str:
        tag, _, value = text.partition("=")
        return (lambda raw: f"\x01{tag}={value}\x01".encode() in raw) if value else "no value"

    def find(self, text: str) -> str:
        if text.startswith("44>x"):
            return "44>x: x is not a number"
        self.asked.append(text)
        self.view = SearchView(number=len(self.asked), text=text)
        return ""

    def cancel(self) -> None:
        self.cancelled += 1
        self.view = None

    def poll(self) -> SearchView | None:
        view, self.view = self.view, None
        return view

    def found(self, *hits: MessageSeen, count: int, searched: float = 1.0, note: str = "") -> None:
        done = searched == 1.0
        self.view = SearchView(
            number=1,
            text="55=BTCUSDT",
            hits=hits,
            count=count,
            searched=searched,
            done=done,
            took=3_100_000,
            note=note,
        )


@pytest.fixture
def search() -> FakeSearch:
    return FakeSearch()


@pytest.fixture
def start_searching(start, search: FakeSearch, monkeypatch):
    """The screen of the shared fixture, with something to search."""
    plain = BlotterApp.__init__

    def init(self, desk, **options) -> None:
        plain(self, desk, search=search, **options)

    monkeypatch.setattr(BlotterApp, "__init__", init)
    return start


async def test_find_shows_hits_as_they_come_newest_on_top(start_searching, search: FakeSearch):
    async with start_searching((120, 40)) as screen:
        await screen.command("find 55=BTCUSDT 150=F")
        assert search.asked == ["55=BTCUSDT 150=F"]
        search.found(seen(9), seen(7), count=2, searched=0.4)
        await screen.settle()
        assert "2 hits  40% of the tape" in screen.text
        search.found(seen(3), count=3)
        await screen.settle()
        assert "3 hits  the whole tape, 3.1ms" in screen.text
        hits = screen.app.view.tape.hits
        assert [hits.row(key).row for key in hits.visible_keys()] == [9, 7, 3]
        assert screen.app.view.focused is hits


async def test_slash_and_enter_in_the_messages_search_the_tape(
    start_searching, search: FakeSearch, desk: FakeDesk
):
    async with start_searching((120, 40)) as screen:
        desk.frame.messages = [seen(1), seen(2)]
        await screen.settle()
        await screen.press("5", "/")
        await screen.type("34=2")
        live = screen.app.view.messages
        assert [live.row(key).seq for key in live.visible_keys()] == [2], (
            "what is shown is filtered as it is typed"
        )
        await screen.press("enter")
        assert search.asked == ["34=2"]
        await screen.settle()
        assert screen.app.view.tape.searching
        await screen.press("escape")
        assert search.cancelled == 1
        assert not screen.app.view.tape.searching
        assert len(live.visible_keys()) == 2, "the live tape is whole again"
        assert screen.app.view.focused is live


async def test_words_that_name_columns_stay_a_filter(start_searching, search: FakeSearch):
    async with start_searching((120, 40)) as screen:
        await screen.press("5", "/")
        await screen.type("type:8")
        await screen.press("enter")
        assert not search.asked
        assert screen.app.view.messages.filter_text == "type:8"


async def test_what_is_wrong_with_an_expression_is_said(start_searching, search: FakeSearch):
    async with start_searching((120, 40)) as screen:
        await screen.command("find 44>x")
        assert "44>x: x is not a number" in screen.text
        assert not screen.app.view.tape.searching


async def test_without_a_tape_nothing_is_searched(start):
    async with start((120, 40)) as screen:
        await screen.command("find 55=BTCUSDT")
        assert "there is no tape to search here" in screen.text


async def test_next_and_previous_hit_from_anywhere(start_searching, search: FakeSearch):
    async with start_searching((200, 50)) as screen:
        await screen.press("]")
        assert "nothing was searched for" in screen.app.model.notices[-1].text
        await screen.command("find 55=BTCUSDT")
        search.found(seen(9), seen(7), count=2)
        await screen.settle()
        await screen.press("3", "]")
        hits = screen.app.view.tape.hits
        assert hits.row(hits.cursor_key).row == 7
        assert b"34=7" in screen.app.view.inspector.message_bytes
        await screen.press("]")
        assert "the last hit of 2" in screen.app.model.notices[-1].text
        await screen.press("[")
        assert hits.row(hits.cursor_key).row == 9


async def test_hits_are_cut_off_with_a_word(start_searching, search: FakeSearch):
    async with start_searching((120, 40)) as screen:
        await screen.command("find 55=BTCUSDT")
        search.found(seen(1), count=10_000, note="the newest 10,000 only: narrow it")
        await screen.settle()
        assert "10,000 hits  the newest 10,000 only: narrow it" in screen.text


@pytest.mark.parametrize(
    ("words", "expression", "filtering"),
    [
        ("55=BTCUSDT", True, False),
        ("Symbol=BTC", True, False),
        ("44>60000", True, False),
        ("!58 sell", True, False),
        ("sell btc", False, False),
        ("type:8", False, True),
        ("10:14", False, False),
    ],
)
def test_which_words_mean_what(words: str, expression: bool, filtering: bool):
    assert (is_expression(words), is_filter(words)) == (expression, filtering)


# --- copying -------------------------------------------------------------------------------------------------

FIELDS = [
    ExplainedField(35, "MsgType", "8", "ExecutionReport", 0),
    ExplainedField(453, "NoPartyIDs", "1", "", 0),
    ExplainedField(448, "PartyID", "x", "", 1),
    ExplainedField(25017, "", "0.1", "", 0),
]


def test_a_message_as_text():
    raw = b"35=8\x01448=x\x01"
    assert as_text("fix", raw, FIELDS) == "35=8|448=x|"
    assert as_text("plain", raw, FIELDS).splitlines() == [
        "MsgType 35 = 8 (ExecutionReport)",
        "NoPartyIDs 453 = 1",
        "  PartyID 448 = x",
        "tag 25017 = 0.1",
    ]
    first, _, inner, _ = json.loads(as_text("json", raw, FIELDS))
    assert first == {"tag": 35, "name": "MsgType", "value": "8", "meaning": "ExecutionReport"}
    assert inner["depth"] == 1


def test_what_a_venue_sends_does_not_reach_the_clipboard_as_control_characters():
    assert as_text("fix", b"58=a\x1b[2Jb\x01", []) == "58=a·[2Jb|"


@pytest.mark.parametrize(("key", "said"), [("y", "of FIX"), ("Y", "of JSON"), ("V", "of plain text")])
async def test_keys_copy_from_the_messages_and_from_the_inspector(start, desk: FakeDesk, key: str, said: str):
    async with start((200, 50)) as screen:
        desk.frame.messages = [seen(1), seen(2)]
        await screen.settle()
        for pane in ("5", "8"):
            screen.app._clipboard = ""
            await screen.press("5", "k", pane, key)
            assert screen.app.clipboard
            assert said in screen.app.model.notices[-1].text


async def test_the_command_copies_what_is_inspected(start, desk: FakeDesk):
    async with start((200, 50)) as screen:
        await screen.command("copy json")
        assert "no message was looked at" in screen.text
        await screen.press("escape")
        desk.frame.messages = [seen(1)]
        await screen.settle()
        await screen.press("5", "k", "home")
        await screen.press("enter")
        await screen.command("copy json")
        assert json.loads(screen.app.clipboard)[0]["tag"] == 8
        await screen.command("copy xml")
        assert "xml: as fix, json, plain" in screen.text


async def test_a_terminal_without_a_clipboard_is_named(start, desk: FakeDesk, monkeypatch):
    monkeypatch.setenv("TERM_PROGRAM", "Apple_Terminal")
    async with start((200, 50)) as screen:
        desk.frame.messages = [seen(1)]
        await screen.settle()
        await screen.press("5", "k", "home", "y")
        assert "not copied: Terminal of macOS" in screen.app.model.notices[-1].text
        assert not screen.app.clipboard
    assert no_clipboard({"TERM": "linux"}) == "a linux terminal has no clipboard (OSC 52)"
    assert no_clipboard({"TERM": "xterm-256color"}) == ""
