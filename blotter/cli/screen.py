"""The Textual app as the rest of the command line sees it: run, end, and how it ended."""

import asyncio
import threading
from pathlib import Path
from typing import NamedTuple

from blotter.cli.rehearse import RehearsalFailed, choices, rehearse
from blotter.config import LeavePolicy, ScreenConfig
from blotter.desk.change import DeskPort, RecordingPort, SearchPort
from blotter.tui.app import BlotterApp
from blotter.tui.options import ScreenOptions


class Ended(NamedTuple):
    """How the screen ended. `asked`: what the person chose on leaving; `lost`: nobody chose to leave."""

    asked: LeavePolicy | None
    lost: bool
    error: str


class Rehearsal:
    """The faults of the embedded exchange, by its control socket. Blocks until it has answered."""

    def __init__(self, control: str) -> None:
        self._control = control

    def faults(self) -> list[tuple[str, str]]:
        """What may be injected, and what it does. Raises `ValueError` with a text for people."""
        try:
            return [(choice.example, choice.text) for choice in asyncio.run(choices(self._control))]
        except RehearsalFailed as error:
            raise ValueError(str(error)) from None

    def inject(self, text: str) -> str:
        """Let it happen; what stands at the exchange then. Raises `ValueError` with a text for people."""
        try:
            return "; ".join(rehearse(self._control, text))
        except RehearsalFailed as error:
            raise ValueError(str(error)) from None


class Screen:
    """One run of the app."""

    def __init__(
        self,
        desk: DeskPort,
        config: ScreenConfig,
        theme_folder: Path,
        *,
        presets: dict[str, tuple[str, ...]] | None = None,
        control: str = "",
        recording: RecordingPort | None = None,
        search: SearchPort | None = None,
    ) -> None:
        """`presets`: quantities by symbol. `control`: where the embedded exchange takes faults; "" at a real venue.
        `recording`: how to move in what `desk` shows, where that is a recording. `search`: where all messages can
        be searched."""
        options = ScreenOptions(
            theme=config.theme,
            fps=config.fps,
            review_seconds=config.review_timeout,
            symbol=config.symbol.upper(),
            theme_folder=theme_folder,
            presets=presets or {},
        )
        rehearsal = Rehearsal(control) if control else None
        self._app = BlotterApp(desk, options=options, rehearsal=rehearsal, recording=recording, search=search)
        self._over = threading.Event()
        self._lost = False

    def run(self) -> Ended:
        """Show it until it ends, however that is."""
        try:
            choice = self._app.run()
        finally:
            self._over.set()
        failed = self._app.return_code not in (0, None)
        error = "see the message above" if failed else ""
        asked = LeavePolicy(choice) if choice in ("leave", "cancel") else None
        return Ended(asked, self._lost or failed, error)

    def end(self, grace: float) -> bool:
        """Ask the app to end, from any thread. False when it has not within `grace` seconds."""
        self._lost = True
        threading.Thread(target=self._ask_to_exit, name="screen-exit", daemon=True).start()
        return self._over.wait(grace)

    def _ask_to_exit(self) -> None:
        try:
            self._app.call_from_thread(self._app.exit)
        except RuntimeError:
            return  # it is not running any more, or not yet: `end` sees which
