"""The Textual app as the rest of the command line sees it: run, end, and how it ended."""

import asyncio
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from blotter.cli.rehearse import RehearsalFailed, choices, rehearse
from blotter.config import LeavePolicy, ScreenConfig
from blotter.desk.change import DeskPort, RecordingPort, SearchPort
from blotter.trading.alerts import AlertRule
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


class Rehearsals:
    """The same of several exchanges: what is injected says at which, `alpha drop:60s`."""

    def __init__(self, controls: Mapping[str, str]) -> None:
        self._rehearsals = {venue: Rehearsal(control) for venue, control in controls.items()}

    def faults(self) -> list[tuple[str, str]]:
        """Of each exchange. One that does not answer is left out while another does."""
        found, wrong = [], []
        for venue, rehearsal in self._rehearsals.items():
            try:
                found += [(f"{venue} {words}", what) for words, what in rehearsal.faults()]
            except ValueError as error:
                wrong.append(f"{venue}: {error}")
        if not found:
            raise ValueError("; ".join(wrong))
        return found

    def inject(self, text: str) -> str:
        """At the exchange that is named first."""
        venue, _, fault = text.strip().partition(" ")
        if venue not in self._rehearsals or not fault:
            raise ValueError(
                f"say at which exchange: {', '.join(self._rehearsals)}, as in {next(iter(self._rehearsals))} drop"
            )
        return f"{venue}: {self._rehearsals[venue].inject(fault.strip())}"


class Screen:
    """One run of the app."""

    def __init__(
        self,
        desk: DeskPort,
        config: ScreenConfig,
        theme_folder: Path,
        *,
        layout_file: Path | None = None,
        read_only: bool = False,
        alerts: tuple[AlertRule, ...] = (),
        keymap: dict[str, str] | None = None,
        presets: dict[str, tuple[str, ...]] | None = None,
        controls: Mapping[str, str] | None = None,
        several: bool = False,
        recording: RecordingPort | None = None,
        search: SearchPort | None = None,
    ) -> None:
        """`read_only`: whatever the config says. `theme_folder`: beside it lies the file of saved views. `layout_file`:
        where the layout is kept. `keymap`: action id -> keys, checked. `presets`: quantities by symbol. `controls`: by
        venue, where an embedded exchange takes faults. `several`: there is more than one venue. `recording`: how to
        move in what `desk` shows, where that is a recording. `search`: where all messages can be searched."""
        options = ScreenOptions(
            theme=config.theme,
            fps=config.fps,
            review_seconds=config.review_timeout,
            draft_seconds=config.draft_timeout,
            lock_minutes=config.lock_after if recording is None else None,
            read_only=read_only or config.read_only,
            alerts=alerts,
            symbol=config.symbol.upper(),
            mark_seconds=config.mark_seconds,
            depth_levels=config.depth_levels,
            watch_linger_seconds=config.watch_linger,
            theme_folder=theme_folder,
            views_file=theme_folder.with_name("views.toml"),
            layout_file=layout_file,
            keymap=keymap or {},
            presets=presets or {},
        )
        rehearsal: Rehearsal | Rehearsals | None = None
        if controls:
            rehearsal = Rehearsals(controls) if several else Rehearsal(next(iter(controls.values())))
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
