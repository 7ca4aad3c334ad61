"""Shipped themes are complete and legible; a broken one is told of and left out."""

from itertools import product
from pathlib import Path

import pytest
from textual.app import App
from textual.color import Color
from textual.theme import Theme
from textual.widgets import Static

from blotter.tui.themes import (
    DEFAULT,
    GROUNDS,
    SIGNALS,
    load_themes,
    read_theme,
    shipped_folder,
    variable_defaults,
)

COLOURED = ("classic-green-red", "desk-dark", "desk-light", "high-contrast")
SHIPPED = (*COLOURED, "ansi-16", "mono")  # the last two are in test_tui_emphasis


def contrast(one: str, other: str) -> float:
    """WCAG 2 contrast ratio of two opaque colours."""

    def luminance(name: str) -> float:
        linear = [
            value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4
            for value in Color.parse(name).normalized
        ]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def grounds(theme: Theme) -> dict[str, str]:
    own = {name: getattr(theme, name) for name in ("background", "surface", "panel")}
    return own | {name: theme.variables[name] for name in GROUNDS}


def test_the_ratio_is_wcags():
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


def test_the_shipped_themes_load_without_a_complaint():
    found = load_themes()
    assert found.problems == ()
    assert sorted(found.themes) == sorted(SHIPPED)
    assert DEFAULT in found.themes


@pytest.mark.parametrize("name", COLOURED)
def test_every_signal_reads_on_every_ground(name: str):
    theme = load_themes().themes[name]
    least = 7.0 if name == "high-contrast" else 4.5
    words = {signal: theme.variables[signal] for signal in SIGNALS} | {"foreground": str(theme.foreground)}
    for (signal, colour), (ground, behind) in product(words.items(), grounds(theme).items()):
        assert contrast(colour, behind) >= least, f"{signal} on {ground}"


@pytest.mark.parametrize("name", SHIPPED)
def test_a_shipped_theme_sets_every_variable_itself(name: str):
    assert set(load_themes().themes[name].variables) == set(SIGNALS) | set(GROUNDS)


def test_the_defaults_are_those_of_the_default_theme():
    assert variable_defaults() == load_themes().themes[DEFAULT].variables


def test_the_sides_are_blue_and_orange_by_default():
    assert (SIGNALS["side-buy"], SIGNALS["side-sell"]) == ("#4aa3ff", "#ff9e3b")


def test_the_shipped_folder_exists():
    assert {path.stem for path in shipped_folder().glob("*.toml")} == set(SHIPPED)


def test_an_installed_package_brings_its_own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / "blotter" / "themes").mkdir(parents=True)
    monkeypatch.setattr("blotter.tui.themes.files", lambda _: tmp_path / "blotter")
    assert shipped_folder() == tmp_path / "blotter" / "themes"
    assert load_themes().problems == (f"{shipped_folder()}: no themes here, the installation is incomplete",)


GOOD = 'name = "mine"\nprimary = "#102030"\n'


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("name = ", "not TOML: "),
        ('primary = "#102030"', "name: missing"),
        ('name = "mine"', "primary: missing"),
        (GOOD + 'colour = "#102030"', "colour: unknown key"),
        (GOOD + 'accent = "blu"', "accent: 'blu' is not an opaque colour such as '#4aa3ff'"),
        (GOOD + "accent = 3", "accent: 3 is not an opaque colour such as '#4aa3ff'"),
        ('name = "Mein Thema"\nprimary = "red"', "name: 'Mein Thema' is not a name of"),
        (GOOD + 'dark = "yes"', "dark: 'yes' is neither true nor false"),
        (GOOD + "text_alpha = 2", "text_alpha: 2 is not a number from 0 to 1"),
        (GOOD + "text_alpha = true", "text_alpha: True is not a number from 0 to 1"),
        (GOOD + "variables = 1", "variables: not a table"),
        (
            GOOD + '[variables]\nside-buy = "#4aa3ff80"',
            "variables.side-buy: '#4aa3ff80' is not an opaque colour",
        ),
        (
            GOOD + '[variables]\ndanger = "bold blinking"',
            "variables.danger: 'bold blinking' is not an opaque colour such as '#4aa3ff', nor a way of writing",
        ),
        (GOOD + '[variables]\nside-by = "#4aa3ff"', "variables.side-by: unknown variable"),
        (GOOD + '[variables]\nborder = "}"', "variables.border: '}' is not what this variable holds"),
        (
            GOOD + '[variables]\nblock-cursor-text-style = "loud"',
            "variables.block-cursor-text-style: 'loud' is not what this variable holds",
        ),
    ],
)
def test_what_is_wrong_with_a_theme_is_named(tmp_path: Path, text: str, problem: str):
    path = tmp_path / "mine.toml"
    path.write_text(text, encoding="utf-8")
    found = load_themes(tmp_path)
    assert sorted(found.themes) == sorted(SHIPPED)
    assert any(line.startswith(f"{path}: {problem}") for line in found.problems), found.problems


def test_bytes_that_are_no_text_are_a_problem_and_no_crash(tmp_path: Path):
    path = tmp_path / "mine.toml"
    path.write_bytes(b"\xff\xfe\x00")
    theme, problems = read_theme(path)
    assert theme is None
    assert problems[0].startswith("not TOML: ")


def test_a_folder_in_the_place_of_a_file_is_a_problem(tmp_path: Path):
    (tmp_path / "mine.toml").mkdir()
    assert any("mine.toml: cannot be read" in line for line in load_themes(tmp_path).problems)


def test_a_user_cannot_replace_a_shipped_theme(tmp_path: Path):
    (tmp_path / "dark.toml").write_text('name = "desk-dark"\nprimary = "red"', encoding="utf-8")
    found = load_themes(tmp_path)
    assert found.themes["desk-dark"].primary != "red"
    assert found.problems == (f"{tmp_path / 'dark.toml'}: name: 'desk-dark' is taken by another theme",)


def test_no_folder_of_ones_own_is_no_problem(tmp_path: Path):
    assert load_themes(tmp_path / "none").problems == ()


@pytest.mark.anyio
async def test_a_users_sparse_theme_runs_with_the_default_signals(tmp_path: Path):
    text = (
        GOOD
        + '[variables]\nside-buy = "#00ff00"\nblock-cursor-text-style = "bold underline"\nborder = "red 30%"'
    )
    (tmp_path / "mine.toml").write_text(text, encoding="utf-8")
    found = load_themes(tmp_path)
    assert found.problems == ()

    class Desk(App[None]):
        CSS = "#buy { color: $side-buy; } #sell { color: $side-sell; }"

        def get_theme_variable_defaults(self) -> dict[str, str]:
            return variable_defaults()

        def compose(self):
            yield Static("BUY", id="buy")
            yield Static("SELL", id="sell")

    app = Desk()
    async with app.run_test() as pilot:
        app.register_theme(found.themes["mine"])
        app.theme = "mine"
        await pilot.pause()
        assert app.query_one("#buy").styles.color == Color.parse("#00ff00")
        assert app.query_one("#sell").styles.color == Color.parse(SIGNALS["side-sell"])


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"
