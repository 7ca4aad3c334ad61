"""Numbers that live over connections: judging by MsgSeqNum, repairing gaps both ways, resets (FIX 4.4 volume 2).

It must never let an application message that arrived go undelivered without a word, nor deliver one twice: what comes
early waits for its turn; what is here keeps its turn even when the peer fills the gap over it or abandons the run.

    number of the message    what it is                        what happens
    -----------------------  --------------------------------  ----------------------------------------------
    as expected              anything                          its turn, then that of those that came early
    too high                 Logon, ResendRequest, our Logout  dealt with at once; its number waits
                             answered
    too high                 Logout                            waits for its turn, `logout_timeout` at most
    too high                 anything else                     waits for its turn; one ResendRequest a gap
    too low, PossDup         anything                          known already: nothing
    too low                  anything else                     Logout with the reason, the end
    as expected              ends the attempt to log on        its number stays expected, but for a refusal
    any                      SequenceReset-Reset               the next number is NewSeqNo, only upwards
    1                        Logon with 141=Y                  both sides start at 1: an initiator's right
    of the old run           while our own reset is not        delivered; the old run is over with the answer
                             answered

With `answers_any_number` Logout and ResendRequest are answered whatever their number, as other engines do.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import Final

from blotter.fix.check import Fault, duplicate_fault, shown
from blotter.fix.codec import Message
from blotter.fix.core import Core, logout_draft, number_of, why_no_number
from blotter.fix.effects import (
    Draft,
    Effect,
    Instant,
    NumbersChanged,
    Phase,
    ResendAsked,
    SessionRejectReason,
    Warn,
)
from blotter.fix.recovery import TO_INFINITY, Again, Gaps, Reply, Stored
from blotter.fix.settings import Role
from blotter.fix.values import SECOND

Dispatch = Callable[[Message, Instant], list[Effect]]
"""What a message means in the present phase, once its number has been dealt with."""

MAX_RESENDS: Final = 5
"""Times in a row the same ResendRequest is answered: a peer that cannot read the answer would ask for ever."""
_ANSWERS: Final = {Role.INITIATOR: frozenset({"3", "5"}), Role.ACCEPTOR: frozenset[str]()}
"""What may end the attempt to log on and has used up its number all the same: a refusal."""
RESENDS_WITHIN: Final = 60 * SECOND
"""The same request after this long is a new one, a person's perhaps."""


class Continuity:
    def __init__(self, core: Core, dispatch: Dispatch) -> None:
        config = core.config
        self._core = core
        self._dispatch = dispatch
        self._gaps = Gaps(
            config.resend_chunk,
            int(config.resend_timeout * SECOND),
            config.resend_tries,
            open_ended=config.resend_open_ended,
        )
        self._asked = (0, 0)  # what the peer asked for last
        self._asked_at = 0  # mono ns
        self._asked_times = 0  # how often in a row
        self._old_in: int | None = None  # next number of the run that our reset ends, until it is answered
        self._reset_at = 0  # mono ns
        self._leaving_at: int | None = None  # mono ns at which a Logout over a gap is answered all the same

    @property
    def gap(self) -> tuple[int, int] | None:
        """First and last number that were asked for and have not come."""
        return self._gaps.asked

    def holds(self, number: int) -> bool:
        """The message of this number is here and waits for its turn."""
        return self._gaps.holds(number)

    # --- inbound -------------------------------------------------------------------------------------------

    def receive(self, message: Message, now: Instant) -> list[Effect]:
        """In its turn, before it, or after."""
        core = self._core
        if self._old_in is not None:
            if message.msg_type != "A":
                return self._of_the_old_run(message, self._old_in, now)
            self._old_in = None
        if message.msg_type == "4" and message.get(123) != b"Y":
            return self._sequence_reset(message, now)
        if message.msg_type == "A" and (core.resetting or message.get(141) == b"Y"):
            effects = self._reset_by_logon(message, now)
            if effects is not None:
                return effects
        number = message.msg_seq_num
        if number < core.next_in:
            return self._too_low(message, now)
        if number > core.next_in:
            return self._too_high(message, now)
        fault = core.check(message, now) or duplicate_fault(message)
        if fault is None:
            effects = self._take_turn(message, now)
        else:
            if core.phase is not Phase.LOGGING_ON:
                core.next_in += 1
            effects = core.answer(fault, message, now)
        return effects + self.catch_up(now) if self._gaps.open else effects

    def _take_turn(self, message: Message, now: Instant) -> list[Effect]:
        core = self._core
        before, logging_on = core.next_in, core.phase is Phase.LOGGING_ON
        if message.msg_type != "4":  # a gap fill moves the number itself
            core.next_in += 1
        effects = self._dispatch(message, now)
        if logging_on and core.phase is Phase.CLOSED and message.msg_type not in _ANSWERS[core.config.role]:
            core.next_in = (
                before  # what ended a Logon was not dealt with: it may be a fill, or from a stranger
            )
        return effects

    def _too_low(self, message: Message, now: Instant) -> list[Effect]:
        """It was here before, and says so; else one side has lost count, and nothing can be trusted."""
        core = self._core
        tolerated = message.msg_type in ("2", "5") and self._answers_any_number
        if message.get(43) == b"Y" or tolerated:
            fault = core.check(message, now) or duplicate_fault(message)
            if fault is not None:
                return core.answer(fault, message, now)
            return self._dispatch(message, now) if tolerated else []
        text = f"MsgSeqNum too low, expecting {core.next_in} but received {message.msg_seq_num}"
        if not core.config.reject_too_low:
            return core.break_off(text, now)
        return core.answer(Fault(text, SessionRejectReason.VALUE_IS_INCORRECT, 34), message, now)

    def _too_high(self, message: Message, now: Instant) -> list[Effect]:
        """Messages are missing. This one waits for its turn, but for those that cannot wait."""
        core, gaps, number = self._core, self._gaps, message.msg_seq_num
        fault = core.check(message, now) or duplicate_fault(message)
        if fault is not None:
            gaps.came_early(number, None)
            return core.answer(fault, message, now) + self._ask(now)
        leaving = message.msg_type == "5"
        if (
            core.phase is Phase.LOGGING_ON
            or message.msg_type == "2"
            or (leaving and (core.phase is Phase.LOGGING_OUT or self._answers_any_number))
        ):
            # A Logon starts the session that can repair the gap; a ResendRequest that waited for ours to be answered
            # would wait for ever, if the peer thinks so too; who leaves does not wait for what it will ask for next.
            gaps.came_early(number, None)
            effects = self._dispatch(message, now)
        else:
            gaps.came_early(number, message)
            effects = []
            if leaving:
                self._leaving_at = now.mono + int(core.config.logout_timeout * SECOND)
        return effects + self._ask(now)

    @property
    def _answers_any_number(self) -> bool:
        return self._core.config.answers_any_number and self._core.phase is not Phase.LOGGING_ON

    def _ask(self, now: Instant) -> list[Effect]:
        """The ResendRequest for what is missing, once the session is live."""
        if self._core.phase is not Phase.LIVE:
            return []
        draft = self._gaps.ask(self._core.next_in, now.mono)
        return [] if draft is None else [self._core.say(draft, now)]

    def catch_up(self, now: Instant) -> list[Effect]:
        """Those that came early and whose turn it is now; then what is still missing."""
        core, gaps = self._core, self._gaps
        effects: list[Effect] = []
        while core.phase is not Phase.CLOSED:
            here, message = gaps.take(core.next_in)
            if not here:
                break
            if message is None:
                core.next_in += 1
            else:
                effects += self._take_turn(message, now)
        gaps.moved(core.next_in, now.mono)
        return effects + self._ask(now)

    # --- SequenceReset -------------------------------------------------------------------------------------

    def gap_filled(self, message: Message, now: Instant) -> list[Effect]:
        """SequenceReset-GapFill in its turn: the numbers up to 36 were session messages, or must not come again."""
        core, new = self._core, number_of(message, 36)
        if new is None or new <= core.next_in:
            text = f"NewSeqNo (36) is {shown(message.text(36))}, must be above {core.next_in}"
            core.next_in += 1
            return core.decline(message, why_no_number(message, 36), text, now, 36)
        effects, _ = self._skip_to(new, now)
        return effects

    def _sequence_reset(self, message: Message, now: Instant) -> list[Effect]:
        """SequenceReset-Reset: its own number does not count, and it can only go up."""
        core = self._core
        fault = core.check(message, now)
        if fault is not None:
            return core.answer(fault, message, now)
        if core.phase is Phase.LOGGING_ON:
            return self._dispatch(message, now)
        new = number_of(message, 36)
        if new is None or new < core.next_in:
            text = f"NewSeqNo (36) is {shown(message.text(36))}, must not be below {core.next_in}"
            about = None if core.config.terse else 36
            return core.decline(message, why_no_number(message, 36), text, now, about)
        if new == core.next_in:
            return [Warn(f"{core.target_comp_id} reset the next number to {new}, which it was")]
        first = core.next_in
        effects, lost = self._skip_to(new, now)
        if lost:
            text = f"{core.target_comp_id} skipped messages {first} to {new - 1}: {lost} are lost"
            effects.append(Warn(text))
        effects.append(NumbersChanged(core.next_out, core.next_in, "SequenceReset (4)"))
        return effects + self.catch_up(now)

    def _skip_to(self, new: int, now: Instant) -> tuple[list[Effect], int]:
        """Go on at `new`. Messages in between that are here were sent, whatever is said about their numbers now: they
        are dealt with. Also returns how many were not here."""
        core = self._core
        effects: list[Effect] = []
        lost = new - core.next_in
        for number, message in self._gaps.held(new):
            if core.phase is Phase.CLOSED:
                return effects, lost  # nobody hears it any more: it is still expected
            lost -= 1
            core.next_in = number + 1
            if message is not None and message.msg_type != "4":
                effects += self._dispatch(message, now)
        core.next_in = max(core.next_in, new)
        return effects, lost

    # --- both sides at 1 again -----------------------------------------------------------------------------

    def start_anew(self, why: str) -> list[Effect]:
        """Both numbers from 1."""
        core = self._core
        core.resetting = True
        core.next_out = core.next_in = 1
        self._gaps.forget()
        return [NumbersChanged(1, 1, f"reset by {why}")]

    def _anew_in_mid_session(self, why: str, now: Instant) -> list[Effect]:
        """The same with a Logon of ours. What waits behind a gap of the old run is dealt with then, and not before: an
        answer to it belongs behind the Logon."""
        core = self._core
        missing = core.next_in if self._gaps.open else None
        held = [message for _, message in self._gaps.held(None) if message is not None]
        effects: list[Effect] = [*self.start_anew(why), core.say(Draft("A", ((141, "Y"),)), now)]
        if missing is not None:
            effects.append(Warn(f"the numbers are reset while messages from {missing} on are missing"))
        for message in held:
            if message.msg_type not in ("4", "5"):
                effects += self._dispatch(message, now)
        return effects

    def reset(self, now: Instant) -> list[Effect]:
        """Start both numbers at 1 again without leaving (Logon with 141=Y). What the peer sends before it has read
        that still belongs to the old run."""
        self._old_in, self._reset_at = self._core.next_in, now.mono
        return self._anew_in_mid_session("hand", now)

    def _of_the_old_run(self, message: Message, expected: int, now: Instant) -> list[Effect]:
        """Our reset is on its way: this was sent before it arrived. There is no repair for the old run any more."""
        core, number = self._core, message.msg_seq_num
        if message.msg_type in ("2", "4"):
            return [core.warning(message, "the numbers are being reset")]
        if number < expected:
            return [core.warning(message, f"expected {expected}, the numbers are being reset")]
        effects: list[Effect] = []
        if number > expected:
            effects.append(Warn(f"messages {expected} to {number - 1} are lost: the numbers are being reset"))
        self._old_in = number + 1
        fault = core.check(message, now)
        return [
            *effects,
            *(self._dispatch(message, now) if fault is None else core.answer(fault, message, now)),
        ]

    def _reset_by_logon(self, message: Message, now: Instant) -> list[Effect] | None:
        """A Logon that ends a run: the answer to our reset, or an initiator's. None: it may be taken by its number."""
        core, ours = self._core, self._core.resetting
        fault = core.check(message, now)
        if fault is None and message.msg_seq_num != 1:
            text = f"MsgSeqNum (34) is {message.msg_seq_num}, must be 1 with ResetSeqNumFlag (141)"
            fault = Fault(text, SessionRejectReason.VALUE_IS_INCORRECT, 34)
        if fault is None and not ours and core.config.role is Role.INITIATOR:
            if core.phase is Phase.LOGGING_ON and (core.next_out, core.next_in) == (2, 1):
                return None  # nothing but our Logon has been said in this run
            fault = Fault(f"{core.target_comp_id} reset the numbers without being asked to")
        if fault is None and not ours and not core.config.peer_may_reset:
            text = "ResetSeqNumFlag (141) is Y, but this session keeps its numbers"
            fault = Fault(text, SessionRejectReason.VALUE_IS_INCORRECT, 141)
        if fault is not None:
            return core.answer(fault._replace(fatal=True), message, now)
        if ours:
            return None
        if core.phase is Phase.LOGGING_ON:
            core.resetting = True  # with `accept`
            return self._dispatch(message, now)
        if core.phase is not Phase.LIVE:
            return []
        effects = self._anew_in_mid_session(core.target_comp_id, now)
        core.resetting = False
        core.next_in = 2
        return effects

    # --- the other way -------------------------------------------------------------------------------------

    def asked(self, message: Message, now: Instant) -> list[Effect]:
        """A ResendRequest."""
        core = self._core
        begin, end, last = number_of(message, 7), number_of(message, 16), core.next_out - 1
        for tag, value in ((7, begin), (16, end)):
            if value is None:
                text = f"field {tag} is {shown(message.text(tag))}, must be a number"
                return core.decline(message, why_no_number(message, tag), text, now, tag)
        begin, end = begin or 0, end or 0
        if not 1 <= begin <= last or (end < begin and end not in TO_INFINITY):
            text = f"BeginSeqNo (7) {begin} to EndSeqNo (16) {end}: 1 to {last} were sent"
            return core.decline(message, SessionRejectReason.VALUE_IS_INCORRECT, text, now, 7)
        again = self._asked == (begin, end) and now.mono < self._asked_at + RESENDS_WITHIN
        self._asked_times = self._asked_times + 1 if again else 1
        self._asked, self._asked_at = (begin, end), now.mono
        if self._asked_times > MAX_RESENDS:
            text = f"messages {begin} to {end} were asked for {self._asked_times} times in a row"
            return core.break_off(text, now)
        return [ResendAsked(begin, last if end in TO_INFINITY else min(end, last))]

    def resend(self, asked: ResendAsked, stored: Iterable[Stored], now: Instant) -> Iterator[Again]:
        """What answers a ResendRequest."""
        core = self._core
        core.spoke = now.mono
        comp_ids = ((49, core.sender_comp_id), (56, core.target_comp_id))
        reply = Reply(asked.begin, asked.end, core.config, comp_ids)
        return reply.again(stored, now)

    def compare(self, logon: Message, now: Instant) -> list[Effect]:
        """What the peer's Logon says about numbers beside its own: NextExpectedMsgSeqNum (789)."""
        core = self._core
        if self._gaps.open:
            self._gaps.wait_for(core.next_in, now.mono)  # our own 789 has told what is missing
        if logon.get(789) is None:
            return []
        expected = number_of(logon, 789)
        if expected is None or not 1 <= expected <= core.next_out:
            text = f"NextExpectedMsgSeqNum (789) is {shown(logon.text(789))}, the next one is {core.next_out}"
            return core.break_off(text, now)
        return [ResendAsked(expected, core.next_out - 1)] if expected < core.next_out else []

    # --- time ----------------------------------------------------------------------------------------------

    def tick(self, now: Instant) -> list[Effect]:
        """What is due while the session is live. It may end with it."""
        core = self._core
        if self._leaving_at is not None and now.mono >= self._leaving_at:
            text = f"{core.target_comp_id} logged out over a gap, messages from {core.next_in} on are missing"
            return core.end(text, now, logout_draft(""), clean=True)
        if self._old_in is not None and now.mono >= self._reset_deadline:
            return core.break_off("the reset of the numbers was not answered", now)
        overdue = self._gaps.overdue(core.next_in, now.mono)
        if isinstance(overdue, str):
            return core.break_off(overdue, now)
        return [] if overdue is None else [core.say(overdue, now)]

    @property
    def _reset_deadline(self) -> int:
        return self._reset_at + int(self._core.config.logon_timeout * SECOND)

    @property
    def deadline(self) -> int | None:
        """Mono ns at which `tick` has something to do."""
        repair = self._gaps.deadline
        if self._leaving_at is None and self._old_in is None:
            return repair
        reset = None if self._old_in is None else self._reset_deadline
        return min(at for at in (repair, self._leaving_at, reset) if at is not None)
