"""The Logon, both roles: whom to let in, what the answer must say, and what both sides then agree on."""

from blotter.fix.check import shown
from blotter.fix.codec import Fields, Message
from blotter.fix.continuity import Continuity
from blotter.fix.core import Core, logout_draft, number_of
from blotter.fix.effects import (
    Draft,
    Effect,
    Instant,
    LogonReceived,
    Phase,
    Refused,
    SessionRejectReason,
    Warn,
    reject,
)
from blotter.fix.settings import MAX_HEART_BT_INT, Role


class Handshake:
    def __init__(self, core: Core, continuity: Continuity | None) -> None:
        self._core = core
        self._continuity = continuity
        self._undecided: Message | None = None  # the Logon an acceptor has to decide about

    @property
    def pending(self) -> bool:
        """A Logon waits for `accept` or `refuse`."""
        return self._undecided is not None

    def forget(self) -> None:
        """It is too late to decide."""
        self._undecided = None

    def receive(self, message: Message, now: Instant) -> list[Effect]:
        """The peer's first message."""
        if self._core.config.role is Role.ACCEPTOR:
            return self._asked(message, now)
        return self._answered(message, now)

    # --- initiator -----------------------------------------------------------------------------------------

    def _answered(self, message: Message, now: Instant) -> list[Effect]:
        core = self._core
        text = message.text(58) or "no text"
        match message.msg_type:
            case "A":
                warnings = self._agree(message)
                core.resetting = False
                effects = [*warnings, core.enter(Phase.LIVE, "logged on", now)]
                return effects + self._compare_numbers(message, now)
            case "3":
                return [Refused(message), *core.end(f"Logon was rejected: {text}", now)]
            case "5":
                return core.end(f"Logon was answered with Logout: {text}", now)
            case other:
                return core.break_off(f"Logon was answered with MsgType (35) {shown(other)}", now)

    def _agree(self, message: Message) -> list[Effect]:
        """Take HeartBtInt from the answer to our Logon: some venues run at their own."""
        core = self._core
        core.peer_appl_ver_id = message.text(1137) or ""
        ours, theirs = core.heart_bt_int, _heart_bt_int(message)
        if theirs is None:
            return [
                Warn(f"the Logon from {core.target_comp_id} has no usable HeartBtInt (108); using {ours} s")
            ]
        core.heart_bt_int = core.peer_heart_bt_int = theirs
        if theirs == ours:
            return []
        return [
            Warn(f"{core.target_comp_id} runs at HeartBtInt (108) {theirs} s, not the {ours} s asked for")
        ]

    def _compare_numbers(self, logon: Message, now: Instant) -> list[Effect]:
        if self._continuity is None or not self._core.config.next_expected:
            return []
        return self._continuity.compare(logon, now)

    # --- acceptor ------------------------------------------------------------------------------------------

    def _asked(self, message: Message, now: Instant) -> list[Effect]:
        core = self._core
        if message.msg_type != "A":
            text = f"the first message must be Logon (A), not {shown(message.msg_type)}"
            return self._turn_away(text, message, SessionRejectReason.OTHER, None, now)
        interval = _heart_bt_int(message)
        if interval is None:
            text = f"HeartBtInt (108) is {shown(message.text(108))}, must be 1 to {MAX_HEART_BT_INT} seconds"
            missing = message.get(108) is None
            reason = (
                SessionRejectReason.REQUIRED_TAG_MISSING
                if missing
                else SessionRejectReason.VALUE_IS_INCORRECT
            )
            return self._turn_away(text, message, reason, 108, now)
        if not core.target_comp_id:
            core.target_comp_id = message.text(49) or ""
        core.heart_bt_int = core.peer_heart_bt_int = interval
        core.peer_appl_ver_id = message.text(1137) or ""
        self._undecided = message
        return [LogonReceived(message)]

    def _turn_away(
        self, text: str, message: Message, reason: SessionRejectReason, tag: int | None, now: Instant
    ) -> list[Effect]:
        last = None if self._core.mute else reject(message, reason, text, tag=tag)
        return self._core.end(text, now, last)

    def accept(self, fields: Fields, now: Instant) -> list[Effect]:
        """Let the peer in."""
        core = self._core
        logon = self._decide("accept")
        changed: list[Effect] = []
        if core.resetting and self._continuity is not None:
            changed = self._continuity.start_anew(core.target_comp_id)
            core.next_in = 2
        compared = self._compare_numbers(logon, now)
        if core.phase is Phase.CLOSED:  # it expects what was never sent
            return [*changed, *compared]
        entered = core.enter(Phase.LIVE, f"{core.target_comp_id} logged on", now)
        if core.resetting and not any(tag == 141 for tag, _ in fields):
            fields = (*fields, (141, "Y"))
        effects = [*changed, core.say(Draft("A", fields), now), entered, *compared]
        core.resetting = False
        return effects if self._continuity is None else effects + self._continuity.catch_up(now)

    def refuse(self, draft: Draft | None, now: Instant) -> list[Effect]:
        """Turn the peer away. Its Logon has used up no number: a stranger could lock out who is meant."""
        logon = self._decide("refuse")
        if self._continuity is not None and self._core.next_in == logon.msg_seq_num + 1:
            self._core.next_in -= 1
        text = next((value for tag, value in draft.fields if tag == 58), "") if draft else ""
        words = text.decode("utf-8", "backslashreplace") if isinstance(text, bytes) else text
        return self._core.end(
            f"Logon of {self._core.target_comp_id} refused: {words or 'no text'}", now, draft
        )

    def _decide(self, verb: str) -> Message:
        logon, self._undecided = self._undecided, None
        if logon is None:
            raise RuntimeError(f"{verb}: no Logon is waiting for a decision")
        return logon

    # --- leaving before it is done -------------------------------------------------------------------------

    def logout(self, text: str, reason: str, now: Instant) -> list[Effect]:
        """Leave while the Logon is under way."""
        core = self._core
        if core.config.role is Role.ACCEPTOR:
            self._undecided = None
            return core.end(reason, now)
        return [core.say(logout_draft(text), now), core.enter(Phase.LOGGING_OUT, reason, now)]


def _heart_bt_int(message: Message) -> int | None:
    """HeartBtInt (108) in seconds; None when absent, no number, or out of any reason."""
    seconds = number_of(message, 108) or 0
    return seconds if 1 <= seconds <= MAX_HEART_BT_INT else None
