"""Is the other side still there: Heartbeat, TestRequest, and when silence is the end (FIX 4.4 volume 2, "Heartbeat").

H is HeartBtInt. Nothing sent for 0.9 H: a Heartbeat. Nothing received for H: a TestRequest; nothing at all for another
H: the end. A peer whose other messages arrive is alive, even if the echo of the TestRequest does not come.
"""

from blotter.fix.codec import Message
from blotter.fix.core import Core
from blotter.fix.effects import Draft, Effect, Instant, Phase, RoundTrip, SessionRejectReason, Stamped, Warn
from blotter.fix.values import SECOND


class Liveness:
    def __init__(self, core: Core) -> None:
        self._core = core
        self._test: tuple[str, int] | None = None  # TestReqID that was asked for, mono ns of asking
        self._tests = 0

    @property
    def asking(self) -> bool:
        """A TestRequest of ours has not come back yet."""
        return self._test is not None

    def ask(self, now: Instant) -> list[Effect]:
        """A TestRequest. Nothing while one is out, or when not live."""
        core = self._core
        if core.phase is not Phase.LIVE or self._test is not None:
            return []
        self._tests += 1
        self._test = (f"T{self._tests}", now.mono)
        return [core.say(Draft("1", ((112, self._test[0]),)), now)]

    def wrote(self, stamped: Stamped, now: Instant) -> None:
        """A TestRequest's time runs from when it was written."""
        if self._test is not None and (112, self._test[0]) in stamped.fields:
            self._test = (self._test[0], now.mono)

    def heartbeat(self, message: Message, now: Instant) -> list[Effect]:
        """A Heartbeat arrived."""
        core = self._core
        if self._test is None or message.text(112) != self._test[0]:
            return []
        core.round_trip = now.mono - self._test[1]
        self._test = None
        return [RoundTrip(core.round_trip)]

    def asked(self, message: Message, now: Instant) -> list[Effect]:
        """A TestRequest arrived."""
        test_req_id = message.get(112)
        if not test_req_id:
            text, reason = "TestReqID (112) is missing", SessionRejectReason.REQUIRED_TAG_MISSING
            return self._core.decline(message, reason, text, now, 112)
        return [self._core.say(Draft("0", ((112, test_req_id),)), now)]

    def tick(self, now: Instant) -> list[Effect]:
        """What is due while the session is live."""
        core, test, mono = self._core, self._test, now.mono
        interval = core.heart_bt_int * SECOND
        effects: list[Effect] = []
        if test is not None and mono >= test[1] + interval:
            if core.heard <= test[1]:
                silent = (mono - core.heard) / SECOND
                text = f"{core.target_comp_id} is silent for {silent:.1f} s, TestRequest unanswered"
                return core.end(text, now) if core.config.terse else core.break_off(text, now)
            effects.append(Warn(f"TestRequest unanswered for {core.heart_bt_int} s although messages arrive"))
            self._test = None
        if self._test is None and mono >= core.heard + interval:
            effects += self.ask(now)
        # Slightly less than HeartBtInt, so that the peer need not ask (fact sheet section 3.5).
        if mono >= core.spoke + interval * 9 // 10 and not (core.config.terse and self._test is not None):
            effects.append(core.say(Draft("0", ()), now))
        return effects

    @property
    def deadline(self) -> int:
        """Mono ns at which `tick` has something to do."""
        core = self._core
        interval = core.heart_bt_int * SECOND
        asked = (core.heard if self._test is None else self._test[1]) + interval
        if core.config.terse and self._test is not None:
            return asked
        return min(asked, core.spoke + interval * 9 // 10)
