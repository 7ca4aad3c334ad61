"""`:numbers`: what its words mean, and that nothing is sent before the session's name was typed."""

import msgspec
import pytest

from blotter.desk.command import AskResend, FillGap, ResetNumbers, SetNumbers
from blotter.tui.number_verbs import read


@pytest.mark.parametrize(
    ("words", "command"),
    [
        ("reset", ResetNumbers(id="1", session="OE")),
        ("resend 7", AskResend(id="1", session="OE", begin=7)),
        ("resend 7 9", AskResend(id="1", session="OE", begin=7, end=9)),
        ("fill 50", FillGap(id="1", session="OE", new_seq_no=50)),
        ("out=500", SetNumbers(id="1", session="OE", next_out=500)),
        ("in=7 out=500", SetNumbers(id="1", session="OE", next_out=500, next_in=7)),
    ],
)
def test_the_words_are_commands(words, command):
    assert read("1", "OE", words.split()) == command


@pytest.mark.parametrize(
    "words", ["", "resend", "resend x", "fill", "out=", "out=x", "out=1 out=2", "up=3", "fill ²"]
)
def test_what_is_no_command_says_how_it_is_written(words):
    wrong = read("1", "OE", words.split())
    assert isinstance(wrong, str)
    assert ":numbers SESSION" in wrong


@pytest.mark.anyio
async def test_nothing_is_sent_before_the_name_was_typed(start, desk):
    async with start(size=(120, 40)) as screen:
        await screen.settle()
        link = msgspec.structs.replace(screen.app.model.links["OE"], lasting=True)
        screen.app.model.links["OE"] = link
        await screen.command("numbers oe reset")
        assert "RESET NUMBERS OF OE" in screen.text
        await screen.type("oX")
        await screen.press("enter")
        assert not screen.posted(ResetNumbers)
        await screen.type("oe")
        await screen.press("enter")
        (sent,) = screen.posted(ResetNumbers)
        assert sent.session == "OE"


@pytest.mark.anyio
async def test_a_session_whose_numbers_do_not_last_has_none_to_set(start, desk):
    async with start(size=(120, 40)) as screen:
        await screen.settle()
        await screen.command("numbers MD out=5")
        assert "begins at 1 with each connection" in screen.text
        assert not screen.posted(SetNumbers)
