"""Every key of the screen, once: bindings, footer, help, key map checks and the README's table all come from
here.

The rows stand in `actions_everywhere` and `actions_panes`: a new verb goes there. An `Action` is a verb with its
keys in one scope. Scopes nest (`SCOPES`): what a focused pane answers to is its own actions, then those of the
scopes around it. A widget takes `BINDINGS = bindings("orders")`; Textual then calls `action_<name>` on it, where
the name is the last part of the id (`orders.cancel-view` -> `action_cancel_view`).

The rules a key map must keep (`keymap.violations`) hold for the built-in keys as for a user's own:

1. no single key sends an order: sending lives in the review scope, and accepting a warning in a scope of its own. A
   tick is the one key that acts at once, on an order that works already, by one tick and one unanswered amend;
2. the key that confirms is neither Enter nor Space, nor a key that starts something; the key that accepts a warning is
   not the one that sends;
3. a cancel is one key after selecting;
4. the same letter is the same verb in every pane;
5. every action has an id and can be moved or removed; an unknown id is an error;
6. every function key has a command word, since terminals and laptops eat function keys;
7. nothing that terminals and multiplexers own;
8. key repeat arrives as presses, so what sends must not be reachable by holding the key that leads to it
   (follows from 2).

This module must never decide what a verb does.
"""

import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from textual.binding import Binding, BindingType

from blotter.tui.action import KINDS, PANES, SCOPES, TITLES, Action, Kind, key_label, key_name
from blotter.tui.actions_everywhere import EVERYWHERE, RECORDING, STEPS
from blotter.tui.actions_panes import CHOOSER, LADDER, LISTS, PANE_ACTIONS

__all__ = [
    "ACTIONS", "BY_ID", "KINDS", "PANES", "SCOPES", "TITLES", "Action", "Kind", "around", "bindings", "footer",
    "help_text", "in_scope", "key_label", "key_name", "markdown",
]  # fmt: skip

ACTIONS: Final[tuple[Action, ...]] = (
    *EVERYWHERE,
    *RECORDING,
    *LADDER,
    *LISTS,
    *PANE_ACTIONS,
    *CHOOSER,
    *STEPS,
)

BY_ID: Final[Mapping[str, Action]] = {action.id: action for action in ACTIONS}


def in_scope(scope: str, actions: Iterable[Action] = ACTIONS) -> list[Action]:
    """The actions of exactly this scope, in the registry's order."""
    return [action for action in actions if action.scope == scope]


def around(scope: str) -> list[str]:
    """The scope and those around it, innermost first: `orders`, `grid`, `app`, `recording`."""
    chain = []
    while scope:
        chain.append(scope)
        scope = SCOPES[scope]
    return chain


def bindings(scope: str) -> list[BindingType]:
    """What a widget of this scope puts into `BINDINGS`. Ids let a user's key map move them."""
    return [
        Binding(
            ",".join(action.keys),
            action.name,
            action.label,
            show=action.footer,
            key_display=action.shown_key,
            priority=action.priority,
            tooltip=action.help,
            id=action.id,
        )
        for action in in_scope(scope)
        if action.keys
    ]


def footer(scope: str, actions: Sequence[Action] = ACTIONS) -> list[tuple[Kind, list[Action]]]:
    """The actions to show while `scope` has the focus, grouped by kind, the pane's own first."""
    shown = [
        action
        for name in around(scope)
        for action in in_scope(name, actions)
        if action.footer and action.keys
    ]
    return [(kind, group) for kind in KINDS if (group := [action for action in shown if action.kind == kind])]


def help_text(scope: str, actions: Sequence[Action] = ACTIONS) -> str:
    """Plain text for the help screen: the focused pane's actions first, then those around it."""
    blocks = []
    for name in around(scope):
        rows = [(_keys_label(action), action) for action in in_scope(name, actions)]
        if rows:
            width = max(len(keys) for keys, _ in rows)
            lines = [f"  {keys:<{width}}  {_sentence(action)}" for keys, action in rows]
            blocks.append("\n".join([TITLES[name], *lines]))
    return "\n\n".join(blocks)


def markdown(actions: Sequence[Action] = ACTIONS) -> str:
    """The key table of the README."""
    lines = ["| where | keys | verb | command | what it does |", "| --- | --- | --- | --- | --- |"]
    for scope, title in TITLES.items():
        for action in in_scope(scope, actions):
            keys = " ".join(f"`{key_label(key)}`" for key in action.keys)
            word = f"`:{action.word}`" if action.word else ""
            verb = f"**{action.label}**" if action.kind == "danger" else action.label
            lines.append(f"| {title} | {keys} | {verb} | {word} | {action.help} |")
    return "\n".join(lines)


def _keys_label(action: Action) -> str:
    return " ".join(key_label(key) for key in action.keys)


def _sentence(action: Action) -> str:
    return f"{action.help} (:{action.word})" if action.word else action.help


def printed(arguments: Sequence[str]) -> str:
    """What `python -m blotter.tui.actions [--ids] [--keymap NAME]` prints."""
    from blotter.config import default_config_path
    from blotter.tui.keymap import remapped
    from blotter.tui.keymap_files import load_keymap

    if list(arguments) == ["--ids"]:
        return "\n".join(BY_ID)
    if not arguments:
        return markdown()
    if len(arguments) != 2 or arguments[0] != "--keymap":
        return "usage: python -m blotter.tui.actions [--ids | --keymap NAME]"
    return markdown(remapped(load_keymap(arguments[1], default_config_path().parent / "keymaps")))


if __name__ == "__main__":
    print(printed(sys.argv[1:]))  # noqa: T201
