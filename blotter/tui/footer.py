"""The footer: the keys that work where the focus is, from the registry, dangers always in view."""

from collections.abc import Callable, Sequence

from blotter.tui.actions import ACTIONS, Action, footer
from blotter.tui.line import Line, Piece, content

_STYLES = {"move": "$primary", "view": "$primary", "write": "bold $primary", "danger": "bold $danger"}
ALWAYS = ("app.help", "app.command", "app.stop")


class Footer(Line):
    """One line. What does not fit is left out whole, from the least needed on."""

    DEFAULT_CSS = """
    Footer { background: $panel; }
    """

    actions: Sequence[Action] = ACTIONS

    def present(self, scope: str) -> None:
        """Show the keys of this scope."""
        groups = footer(scope, self.actions)
        if scope in ("draft", "typed"):  # letters are typed there
            groups = [(kind, [a for a in group if len(a.keys[0]) > 1]) for kind, group in groups]
        order = [action for _, group in groups for action in group]
        width = self.size.width
        wanted = sorted(order, key=_need(scope))
        kept: set[str] = set()
        used = 0
        for action in wanted:
            cost = len(action.shown_key) + len(action.label) + 3
            if used + cost <= width:
                used += cost
                kept.add(action.id)
        pieces: list[Piece] = []
        for kind, group in groups:
            for action in group:
                if action.id in kept:
                    pieces += [" ", (action.shown_key, _STYLES[kind]), f" {action.label}", " "]
        self.show(content(*pieces))


def _need(scope: str) -> Callable[[Action], int]:
    def rank(action: Action) -> int:
        if action.id in ALWAYS:
            return 0
        return 1 if action.scope == scope else 2

    return rank
