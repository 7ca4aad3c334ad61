"""The footer: the keys that work where the focus is, from the registry, dangers always in view."""

from collections.abc import Callable, Sequence

from blotter.tui.actions import ACTIONS, Action, footer
from blotter.tui.line import Line, Piece, content

_STYLES = {"move": "$primary", "view": "$primary", "write": "bold $primary", "danger": "bold $danger"}
ALWAYS = ("app.help", "app.command", "app.stop")
OF_THE_DESK = ("app", "depth", "orders", "columns", "sessions", "differences")
CANCELS = ("orders.cancel", "orders.cancel-view", "columns.cancel", "columns.cancel-view", "depth.cancel",
           "depth.cancel-view", "app.stop")  # fmt: skip


class Footer(Line):
    """One line. What does not fit is left out whole, from the least needed on."""

    DEFAULT_CSS = """
    Footer { background: $panel; }
    """

    actions: Sequence[Action] = ACTIONS
    closed = False  # a read-only screen, a locked one, a recording: what is refused there is not offered
    cancels = False  # cancels and stop go all the same

    def present(self, scope: str, without: str = "") -> None:
        """Show the keys of this scope. `without`: an action of it that does nothing just now."""
        groups = footer(scope, self.actions)
        if without or self.closed:
            groups = [
                (kind, [a for a in group if a.id != without and works(a, self.closed, self.cancels)])
                for kind, group in groups
            ]
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


def works(action: Action, closed: bool, cancels: bool) -> bool:
    """Whether a screen does it that is closed; `cancels`: cancels and stop go all the same."""
    changes = action.kind in ("write", "danger") or action.id == "sessions.test"
    if not (closed and changes and action.scope in OF_THE_DESK) or action.id == "app.command":
        return True
    return action.id in CANCELS if cancels else action.id == "app.quit"


def _need(scope: str) -> Callable[[Action], int]:
    def rank(action: Action) -> int:
        if action.id in ALWAYS:
            return 0
        return 1 if action.scope == scope else 2

    return rank
