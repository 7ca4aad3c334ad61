"""What every dialogue of the screen works with: the desk to post to, the model to read, the view to show on.

The only place from which a command leaves the screen.
"""

import logging
from collections.abc import Callable, Iterable
from itertools import count
from typing import Final

from blotter.desk.change import RECORDED, DeskPort, Notice, Severity
from blotter.desk.command import Acted, AnyCommand
from blotter.trading.completion import complete
from blotter.trading.grammar import Market
from blotter.trading.known import Known
from blotter.trading.presets import ANY
from blotter.trading.qualified import symbol_at
from blotter.tui.actions import BY_ID
from blotter.tui.command_words import LISTS
from blotter.tui.completing import complete_verb
from blotter.tui.desk_screen import DeskScreen
from blotter.tui.locking import LOCKED, Lock
from blotter.tui.model import Model
from blotter.tui.options import ScreenOptions
from blotter.tui.restricted import LOOKING, SAFE, Restricted
from blotter.tui.session_table import READ_ONLY

log = logging.getLogger("blotter.tui")

SECOND: Final = 1_000_000_000
DEFAULT_SYMBOL: Final = "BTCUSDT"
"""In view at first, where it is listed."""
LONGEST: Final = 500
"""Characters of an act's text that are kept."""


class Deck:
    """Shared by the app and its dialogues; lives in the app's thread."""

    def __init__(self, desk: DeskPort, options: ScreenOptions, ids: Callable[[], str] | None) -> None:
        self.options = options
        self.lock = Lock.of(options.lock_minutes, desk.mono())
        self.desk: DeskPort = Restricted(desk, self._why_not)
        self.model = Model(max_messages=options.max_messages)
        self.view = DeskScreen(self.model, options, desk.wall)
        self.symbol = options.symbol  # in view
        self.themes: list[str] = []  # that may be chosen
        self.sources: dict[str, Callable[[], Iterable[str]]] = {
            "SYMBOL": lambda: sorted(self.model.instruments),
            "ID": lambda: reversed(self.model.orders),
            "THEME": lambda: self.themes,
            "SESSION": lambda: self.model.links,
            "PANE": lambda: self.view.panes,
            "LIST": lambda: LISTS,
            "ACTION": lambda: BY_ID,
        }
        """What the words of usages in capitals stand for, for Tab."""
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

    def _why_not(self, command: AnyCommand) -> str:
        """Why it must not leave: the last door. "" when it may."""
        if self.options.read_only and not isinstance(command, LOOKING):
            return READ_ONLY
        if self.lock.locked and not isinstance(command, (*LOOKING, *SAFE)):
            return LOCKED
        return ""

    @property
    def closed(self) -> str:
        """Why what acts does nothing here, cancels and stop aside; "" when it does."""
        if self.model.replay is not None:
            return RECORDED
        return READ_ONLY if self.options.read_only else LOCKED if self.lock.locked else ""

    def act(
        self, what: str, text: str = "", *, order_ids: tuple[str, ...] = (), symbol: str = "", at: int = 0
    ) -> None:
        """Have the tape note what a person did, where there is one to write on."""
        if self.model.replay is not None or self.options.read_only:
            return
        act = Acted(
            id=self.new_id(),
            what=what,
            text=text[:LONGEST],
            order_ids=order_ids,
            symbol=symbol or self.symbol,
            at=at or self.desk.wall(),
        )
        try:
            self.desk.post(act)
        except RuntimeError as error:  # the desk has ended: what a person does goes on without a note
            log.warning("%s could not be noted: %s", what, error)

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
            presets=self._presets(),
            listings=self.model.listings,
        )

    def _presets(self) -> dict[str, tuple[str, ...]]:
        """Quantities by symbol, at whichever venue it is."""
        presets, venues = self.options.presets, self.model.venues
        return {
            **presets,
            **{
                symbol_at(symbol, venue): words
                for symbol, words in presets.items()
                if symbol != ANY
                for venue in venues
            },
        }

    def choose_symbol(self) -> None:
        """A symbol to begin with, once there are any: the configured one at the first venue that has it."""
        model = self.model
        wanted = self.symbol or DEFAULT_SYMBOL
        names = (wanted, *(symbol_at(wanted, venue) for venue in model.venues))
        found = next((name for name in names if name in model.instruments), "")
        if found or not self.symbol:
            self.symbol = found or next(iter(model.instruments), "")

    def session_of(self, raw: bytes) -> str:
        """On which session a message went by, as far as messages are kept here."""
        seen = (message.session for message in reversed(self.model.messages) if message.raw == raw)
        return next(seen, "") if self.model.venues else ""

    def known(self) -> Known:
        """What ids mean now."""
        return Known(orders=self.model.orders, lists=self.model.lists, held=self.model.held)

    def completions(self, line: str, cursor: int) -> list[str]:
        """Words that may replace the one that ends at `cursor`."""
        colon = len(line) - len(line.removeprefix(":"))
        known = self.known()
        words = complete(line[colon:], cursor - colon, self.market(), known.orders, known.lists, known.held)
        return [*words, *complete_verb(line[colon:], cursor - colon, self.sources)]

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
