"""What every dialogue of the screen works with: the desk to post to, the model to read, the view to show on.

The only place from which a command leaves the screen.
"""

from collections.abc import Callable
from itertools import count
from typing import Final

from blotter.desk.change import DeskPort, Notice, Severity
from blotter.desk.command import AnyCommand
from blotter.trading.completion import complete
from blotter.trading.grammar import Market
from blotter.trading.known import Known
from blotter.tui.desk_screen import DeskScreen
from blotter.tui.model import Model
from blotter.tui.options import ScreenOptions

SECOND: Final = 1_000_000_000


class Deck:
    """Shared by the app and its dialogues; lives in the app's thread."""

    def __init__(self, desk: DeskPort, options: ScreenOptions, ids: Callable[[], str] | None) -> None:
        self.desk = desk
        self.options = options
        self.model = Model(max_messages=options.max_messages)
        self.view = DeskScreen(self.model, options, desk.wall)
        self.symbol = options.symbol  # in view
        self.stale_after = int(options.stale_quote_seconds * SECOND)
        self._asked: dict[str, str] = {}
        self._numbers = count(1)
        self._serial = count(1)
        self.new_id = ids or (lambda: f"ui-{next(self._numbers)}")

    def post(self, command: AnyCommand, what: str) -> str:
        """Hand a command to the desk, before anything else is touched. `what`: it in words, for its answer."""
        self.desk.post(command)
        self._asked[command.id] = what
        return command.id

    def asked(self, command_id: str) -> str:
        """What a command that is answered now had asked for; empty when it is not one of ours."""
        return self._asked.pop(command_id, "")

    def say(self, text: str, severity: Severity = Severity.INFO) -> None:
        """A notice of the screen's own."""
        notice = Notice(at=self.desk.wall(), severity=severity, text=text)
        self.model.notices.append(notice)
        self.show_notices([notice])

    def show_notices(self, notices: list[Notice]) -> None:
        """Put notices into the list."""
        self.view.notices.notices.upsert((self.next_key(), notice) for notice in notices)

    def next_key(self) -> str:
        """A row key for what has no name of its own, in order of arrival."""
        return f"{next(self._serial):012}"

    def market(self) -> Market:
        """What names and price words mean now."""
        return Market(
            instruments=self.model.instruments,
            quotes=self.model.quotes,
            now=self.desk.wall(),
            max_quote_age=self.stale_after,
            default_symbol=self.symbol or None,
            presets=self.options.presets,
        )

    def known(self) -> Known:
        """What ids mean now."""
        return Known(orders=self.model.orders, lists=self.model.lists, held=self.model.held)

    def completions(self, line: str, cursor: int) -> list[str]:
        """Words that may replace the one that ends at `cursor`."""
        colon = len(line) - len(line.removeprefix(":"))
        known = self.known()
        return complete(line[colon:], cursor - colon, self.market(), known.orders, known.lists, known.held)

    def quote_asset(self, symbol: str) -> str:
        """What a symbol is paid in; empty when it is not known."""
        instrument = self.model.instruments.get(symbol)
        return instrument.quote if instrument is not None else ""

    def go_back(self) -> None:
        """The focus to the pane that is in use, where a confirming key means nothing."""
        name = self.view.active
        if name == "ticket" and self.view.behind == "depth":
            self.view.go("depth")  # the ticket may stand in its place
        else:
            self.view.target("orders" if name == "ticket" else name).focus()
