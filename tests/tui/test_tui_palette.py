"""The palette is the registry and the verbs, all of them; and Tab knows what each verb takes."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual.fuzzy import FuzzySearch

from blotter.trading.verbs import VERBS as TRADING_WORDS
from blotter.tui.actions import ACTIONS, BY_ID, SCOPES
from blotter.tui.app import BlotterApp
from blotter.tui.command_words import SCREEN, TRADING, VERBS
from blotter.tui.completing import SOURCES, complete_verb
from blotter.tui.keymap import remapped
from blotter.tui.palette import choices, ranked

SOURCED = {
    "SYMBOL": lambda: ["BTCUSDT", "ETHUSDT"],
    "ID": lambda: ["A-000012", "A-000011"],
    "THEME": lambda: ["desk-dark", "mono"],
    "SESSION": lambda: ["OE", "MD"],
    "PANE": lambda: ["orders", "depth"],
    "LIST": lambda: ["orders", "positions"],
    "VIEW": lambda: ["plain", "mine"],
    "ACTION": lambda: BY_ID,
}
WORDS = {verb.word for verb in VERBS} | set(TRADING_WORDS)


def find(query: str, scope: str = "orders") -> list[str]:
    return [choice.id for choice in ranked(choices(), query, scope, FuzzySearch())]


# --- the palette -------------------------------------------------------------------------------------------------


def test_the_palette_is_the_registry():
    assert [choice.id for choice in choices() if choice.id in BY_ID] == [action.id for action in ACTIONS]


def test_every_verb_is_in_the_palette():
    lines = {choice.line.removeprefix(":").split()[0] for choice in choices()}
    assert {verb.word for verb in VERBS} <= lines
    usages = {choice.line for choice in choices()}
    assert {verb.usage for verb in VERBS if " " in verb.usage} <= usages


def test_a_word_of_the_registry_is_a_word_of_the_command_line():
    for action in ACTIONS:
        if action.word:
            assert action.word.split()[0] in WORDS, action.id


def test_what_is_run_by_name_is_there():
    for action in ACTIONS:
        if action.scope in ("app", "recording"):
            assert callable(getattr(BlotterApp, f"action_{action.name}", None)), action.id


def test_every_choice_has_a_line_help_and_a_place():
    for choice in choices():
        assert choice.line.startswith(":")
        assert choice.help
        assert choice.where
    ids = [choice.id for choice in choices()]
    assert len(set(ids)) == len(ids)


@pytest.mark.parametrize("scope", SCOPES)
def test_without_a_query_all_of_it_is_shown_what_works_here_first(scope: str):
    found = find("", scope)
    assert sorted(found) == sorted(choice.id for choice in choices())
    own = [action.id for action in ACTIONS if action.scope == scope]
    assert found[: len(own)] == own


@pytest.mark.parametrize(
    ("query", "scope", "first"),
    [
        ("cancel", "orders", "orders.cancel"),
        ("cancel", "depth", "depth.cancel"),
        ("F8", "messages", "app.stop"),
        ("stop", "orders", "app.stop"),
        ("inspector", "orders", "app.inspector"),
        ("gro", "orders", "orders.group"),
        ("xqzt", "orders", None),
    ],
)
def test_a_few_letters_find_a_verb(query: str, scope: str, first: str | None):
    found = find(query, scope)
    assert (found[0] if found else None) == first


def test_the_palette_shows_mapped_keys():
    moved = choices(remapped({"orders.cancel": "delete"}))
    assert next(choice.keys for choice in moved if choice.id == "orders.cancel") == "delete"


@given(st.text(max_size=12), st.sampled_from(sorted(SCOPES)))
def test_any_query_gives_some_of_the_choices(query: str, scope: str):
    found = find(query, scope)
    assert len(set(found)) == len(found)
    assert set(found) <= {choice.id for choice in choices()}


# --- completion --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("the", ["theme"]),
        ("theme ", ["desk-dark", "mono", "reload"]),
        ("theme m", ["mono"]),
        ("THEME r", ["reload"]),
        ("symbol e", ["ETHUSDT"]),
        ("history a-", ["A-000012", "A-000011"]),
        ("copy ", ["fix", "json", "plain"]),
        ("next r", ["reject"]),
        ("export p", ["positions"]),
        ("view ", ["plain", "mine", "save", "drop", "off"]),
        ("view drop m", ["mine"]),
        ("view mine ", []),
        ("export orders ", []),
        ("theme mono ", []),
        ("nonsense ", []),
        ("grid.so", ["grid.sort"]),
        ("quit", ["quit"]),
    ],
)
def test_tab_knows_what_a_verb_takes(line: str, words: list[str]):
    assert complete_verb(line, len(line), SOURCED) == words


def test_tab_knows_every_verb():
    for verb in SCREEN:
        assert verb.word in complete_verb(verb.word[:2], 2, SOURCED)


def test_capitals_of_a_usage_are_sources_or_free_text():
    free = {"WORDS", "FAULT", "WORD", "N"}
    for verb in SCREEN:
        for part in re.split(r"[][| ]+", verb.usage):
            if part.isupper() and part.isalpha():
                assert part in {*SOURCES, *free}, verb.usage


def test_usages_begin_with_their_word():
    for verb in (*SCREEN, *TRADING):
        assert verb.usage.split()[0] == f":{verb.word}"


@given(st.text(max_size=20), st.integers(-3, 25))
def test_completion_never_raises(line: str, cursor: int):
    assert isinstance(complete_verb(line, cursor, SOURCED), list)
