"""A user's own keys: checked against the rules on top of `actions`, and translated for Textual, which checks
nothing."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Final

from blotter.tui.actions import ACTIONS, BY_ID, PANES, SCOPES, Action, around, in_scope, key_label, key_name

UNBOUND: Final = "unbound"
"""A key name no terminal sends: Textual's key map cannot take a key away, so a removed action gets this one."""


def remapped(mapping: Mapping[str, str], actions: Sequence[Action] = ACTIONS) -> tuple[Action, ...]:
    """The registry with a user's keys: id -> keys separated by commas; an empty text takes the keys away."""
    return tuple(
        replace(action, keys=_split(mapping[action.id])) if action.id in mapping else action
        for action in actions
    )


def textual_keymap(mapping: Mapping[str, str]) -> dict[str, str]:
    """A checked key map in the shape `App.set_keymap` wants: key names instead of characters, `UNBOUND` for none."""
    return {
        action_id: ",".join(map(key_name, _split(keys))) or UNBOUND for action_id, keys in mapping.items()
    }


def check_keymap(mapping: Mapping[str, str]) -> list[str]:
    """What is wrong with a user's key map, in words; empty when it may be used. Textual itself checks nothing."""
    unknown = [f"{action_id}: there is no such action" for action_id in mapping if action_id not in BY_ID]
    return unknown + violations(remapped(mapping))


def _split(keys: str) -> tuple[str, ...]:
    return tuple(part for key in keys.split(",") if (part := key.strip()))


_TERMINALS_OWN: Final[Mapping[str, str]] = {
    "ctrl+a": "GNU screen's prefix",
    "ctrl+b": "tmux's prefix",
    "ctrl+s": "stops the terminal's output",
    "ctrl+q": "resumes the terminal's output",
    "ctrl+z": "suspends the process, working orders and all",
    "ctrl+backslash": "kills the process",
    "ctrl+c": "interrupts the process",
    "f11": "the window's full screen",
}


def _unsendable(key: str) -> bool:
    """True for keys a plain terminal cannot send."""
    return key == "ctrl+enter" or "ctrl+shift+" in key or key.startswith("alt+") or "super+" in key


def violations(actions: Sequence[Action]) -> list[str]:
    """Which of the rules on top of this module a set of actions breaks, one line each."""
    found = [*_per_key(actions), *_clashes(actions), *_confirmations(actions), *_letters(actions)]
    return list(dict.fromkeys(found))


def _per_key(actions: Sequence[Action]) -> Iterable[str]:
    for action in actions:
        names = [key_name(key) for key in action.keys]
        for name in names:
            if reason := _TERMINALS_OWN.get(name):
                yield f"{action.id}: {key_label(name)} may not be used ({reason})"
            if name[0] == "f" and name[1:].isdigit() and not action.word:
                yield f"{action.id}: {key_label(name)} is a function key, but the action has no command word"
        if names and all(map(_unsendable, names)):
            yield f"{action.id}: {key_label(names[0])} cannot be the only key, plain terminals do not send it"
        if action.sends and action.scope not in ("review", "warning"):
            yield f"{action.id}: only the review step may send an order"


def _clashes(actions: Sequence[Action]) -> Iterable[str]:
    for scope in SCOPES:
        chain = [action for name in around(scope) for action in in_scope(name, actions)]
        taken = sorted((key_name(key), action.id) for action in chain for key in action.keys)
        for (key, one), (other_key, other) in pairwise(taken):
            if key == other_key:
                yield f"{one} and {other}: both use {key_label(key)} in the same place"


def _confirmations(actions: Sequence[Action]) -> Iterable[str]:
    confirming = [
        action for action in actions if action.id in ("review.send", "confirm.yes", "warning.insist")
    ]
    sending = {key_name(key) for action in actions if action.id == "review.send" for key in action.keys}
    starting = {
        key_name(key): action.id
        for action in actions
        if action.kind in ("write", "danger") and action not in confirming
        for key in action.keys
    }
    for action in confirming:
        for name in map(key_name, action.keys):
            if name in ("enter", "space"):
                yield f"{action.id}: {name} may not confirm, it is pressed by habit"
            elif name in starting:
                yield f"{action.id}: {key_label(name)} also starts {starting[name]}; a repeat would confirm unseen"
            elif action.id == "warning.insist" and name in sending:
                yield f"{action.id}: {key_label(name)} is the sending key; a warning wants one of its own"


def _letters(actions: Sequence[Action]) -> Iterable[str]:
    """Rule 4. The steps of a dialogue are not panes: there a letter answers a question that is on screen."""
    verbs: dict[str, Action] = {}
    for action in actions:
        if action.scope not in ("app", "grid", *PANES):
            continue
        for key in action.keys:
            if len(key) == 1 and key.isalpha():
                other = verbs.setdefault(key, action)
                if other.name != action.name:
                    yield f"{other.id} and {action.id}: the letter {key} means two verbs"
