"""Ways of writing instead of colours: what a theme says in words reaches the terminal as attributes, not as markers."""

from dataclasses import replace
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.segment import Segment
from rich.style import Style
from textual.color import Color
from textual.theme import Theme

from blotter.tui.emphasis import WORDS, Emphasis, is_marker, is_words, marker
from blotter.tui.themes import COLOURLESS, GROUNDS, SIGNALS, emphasis, load_themes

BLACK = Color.parse("black")
styles = st.sets(st.sampled_from(WORDS)).map(lambda words: " ".join(sorted(words)) or "none")
colours = st.sampled_from(["red", "#123456", "color(12)", "default"])


def attributes(style: Style) -> set[str]:
    return {word for word in WORDS if getattr(style, word)}


@given(styles, styles)
def test_a_signal_on_a_ground_is_written_as_both_say(ink: str, ground: str):
    drawn = Emphasis(colourless=False).written(Style(color=marker(ink), bgcolor=marker(ground)))
    assert attributes(drawn) == {*ink.split(), *ground.split()} - {"none"}
    assert drawn.color is not None
    assert drawn.bgcolor is not None
    assert drawn.color.is_default
    assert drawn.bgcolor.is_default


@given(colours, colours, styles)
def test_colours_of_a_coloured_theme_pass_untouched(ink: str, ground: str, words: str):
    style = Style.parse(f"{'' if words == 'none' else words} {ink} on {ground}")
    assert Emphasis(colourless=False).written(style) == style


@given(colours, colours)
def test_without_colour_none_is_left_and_a_ground_is_reversed(ink: str, ground: str):
    drawn = Emphasis(colourless=True).written(Style.parse(f"bold {ink} on {ground}"))
    assert all(colour is None or colour.is_default for colour in (drawn.color, drawn.bgcolor))
    assert attributes(drawn) == ({"bold"} if ground == "default" else {"bold", "reverse"})


def test_what_a_style_carries_besides_stays():
    style = Style(color=marker("dim"), meta={"row": 3})
    text, drawn, control = Emphasis(colourless=True).apply([Segment("x", style), Segment("y")], BLACK)[0]
    assert (text, control) == ("x", None)
    assert drawn is not None
    assert drawn.meta == {"row": 3}


@pytest.mark.parametrize(
    ("text", "words"), [("bold", True), ("none", True), ("", False), ("bold red", False), ("#fff", False)]
)
def test_words_are_words(text: str, words: bool):
    assert is_words(text) is words


def test_markers_are_apart():
    every = {marker(" ".join(words)) for n in range(len(WORDS) + 1) for words in combinations(WORDS, n)}
    assert len(every) == 2 ** len(WORDS)
    assert all(map(is_marker, every))


# --- the themes that use them -----------------------------------------------------------------------------------


def written(theme: Theme, signal: str) -> tuple[object, ...]:
    """How a word of this signal is drawn on the plain ground."""
    look = emphasis(theme)
    assert look is not None
    colour = Color.parse(theme.variables[signal]).rich_color
    drawn = look.written(Style.from_color(colour))
    return (drawn.color, *sorted(attributes(drawn)))


APART = [
    ("side-buy", "side-sell"),
    ("danger", "ok"),
    ("danger", "warn"),
    ("state-unknown", "state-working"),
    ("state-unknown", "state-partial"),
    ("state-unknown", "state-filled"),
    ("state-unknown", "state-pending"),
    ("state-rejected", "state-working"),
    ("env-live", "env-testnet"),
    ("env-live", "env-embedded"),
    ("stale", "ok"),
]


@pytest.mark.parametrize("name", ["mono", "ansi-16"])
@pytest.mark.parametrize(("one", "other"), APART)
def test_what_must_not_be_mistaken_is_written_otherwise(name: str, one: str, other: str):
    theme = load_themes().themes[name]
    assert written(theme, one) != written(theme, other)


@pytest.mark.parametrize("name", ["mono", "ansi-16"])
def test_the_cursor_has_a_shape_of_its_own(name: str):
    variables = load_themes().themes[name].variables
    grounds = [variables[ground] for ground in ("cursor-ground", "cursor-ground-blurred", "new-ground")]
    assert len(set(grounds)) == 3
    assert all(map(is_marker, grounds))


def test_the_colourless_theme_has_no_colour():
    theme = load_themes().themes[COLOURLESS]
    look = emphasis(theme)
    assert look is not None
    assert look.colourless
    assert all(is_marker(theme.variables[name]) for name in (*SIGNALS, *GROUNDS))


def test_the_sixteen_colours_are_the_terminals():
    theme = load_themes().themes["ansi-16"]
    look = emphasis(theme)
    assert look is not None
    assert not look.colourless
    for name in SIGNALS:
        value = theme.variables[name]
        assert is_marker(value) or Color.parse(value).ansi is not None, name


def test_a_theme_of_colours_needs_no_filter():
    assert emphasis(load_themes().themes["desk-dark"]) is None


def test_one_word_in_a_theme_of_colours_leaves_the_others_alone():
    base = load_themes().themes["desk-dark"]
    look = emphasis(replace(base, variables={**base.variables, "danger": marker("bold")}))
    assert look is not None
    assert not look.colourless
