"""The keys and words of a recording, as Textual and the command line want them.

They ask the replay and nothing else: whatever would act on an order ends at the deck (`Deck.closed`).
"""

from blotter.desk.change import RecordingPort, Severity
from blotter.tui.deck import Deck

NONE = "this desk is running; a recording is opened with: blotter replay"


class ReplayKeys:
    """Mixin for the app; the registry of actions names these methods. `recording`: None for a running desk."""

    deck: Deck
    recording: RecordingPort | None

    def _replay(self) -> RecordingPort | None:
        if self.recording is None:
            self.deck.say(NONE)
        return self.recording

    def _told(self, wrong: str) -> None:
        if wrong:
            self.deck.say(wrong, Severity.WARNING)

    def replay(self, word: str, rest: str) -> str:
        """`at`, `speed`, `play`, `pause`, `next` or `back` on the command line; what is wrong with it."""
        replay = self.recording
        if replay is None:
            return NONE
        match word:
            case "at":
                return replay.jump(rest)
            case "speed":
                return replay.speed(rest)
            case "next" | "back":
                return replay.seek(rest or "event", word == "back")
        replay.pause(word == "pause")
        return ""

    def action_pause(self) -> None:
        """Pause the recording, or go on."""
        if replay := self._replay():
            replay.pause()

    def action_faster(self) -> None:
        """The next higher speed."""
        if replay := self._replay():
            replay.faster(1)

    def action_slower(self) -> None:
        """The next lower speed."""
        if replay := self._replay():
            replay.faster(-1)

    def action_step(self) -> None:
        """To the next event."""
        if replay := self._replay():
            replay.step()

    def action_step_back(self) -> None:
        """To the event before."""
        if replay := self._replay():
            replay.step(back=True)

    def action_next_fill(self) -> None:
        """To the next fill."""
        if replay := self._replay():
            self._told(replay.seek("fill"))

    def action_next_reject(self) -> None:
        """To the next reject."""
        if replay := self._replay():
            self._told(replay.seek("reject"))

    def action_next_disconnect(self) -> None:
        """To the next disconnect."""
        if replay := self._replay():
            self._told(replay.seek("disconnect"))

    def action_jump(self) -> None:
        """Type a time on the command line."""
        if self._replay():
            command = self.deck.view.console.command
            command.value = "at "
            command.cursor_position = len(command.value)
            command.focus()
