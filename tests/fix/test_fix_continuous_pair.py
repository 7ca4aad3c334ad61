"""Numbers that outlive connections: whatever is cut, wherever, each side gets every message once and in order."""

from collections import deque

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from blotter.fix.codec import Decoder, Message, decode
from blotter.fix.session import (
    Deliver,
    Disconnect,
    Draft,
    Effect,
    Instant,
    LogonReceived,
    Numbering,
    Numbers,
    Phase,
    ResendAsked,
    Role,
    Send,
    Session,
    SessionConfig,
    Stored,
)
from blotter.fix.values import SECOND

H = 5
START = 1_740_790_800 * SECOND


class Side:
    """One party over many connections: what it stores, what it has delivered, what lies on the wire."""

    def __init__(self, config: SessionConfig) -> None:
        self.config = config
        self.stored: list[Stored] = []
        self.sent: list[str] = []
        self.delivered: list[str] = []
        self.out: deque[bytes] = deque()
        self.again = 0
        self.ends: list[str] = []
        self.session = Session(config)

    def connect(self, now: Instant) -> None:
        before = self.session
        self.session = Session(self.config, Numbers(before.next_out, before.next_in))
        self.decoder = Decoder()
        self.out.clear()
        self.carry_out(self.session.connected(now), now)

    def carry_out(self, effects: list[Effect], now: Instant) -> None:
        for effect in effects:
            match effect:
                case Send(draft):
                    self.write(draft, now)
                case Deliver(message):
                    self.delivered.append(message.text(11) or "")
                case LogonReceived():
                    self.carry_out(self.session.accept((), now), now)
                case ResendAsked(begin, end):
                    stored = [one for one in self.stored if begin <= one.msg_seq_num <= end]
                    for again in self.session.resend(effect, stored, now):
                        self.again += 1
                        self.out.append(again.data)
                case Disconnect(reason):
                    self.ends.append(reason)
                case _:
                    pass

    def write(self, draft: Draft, now: Instant) -> None:
        stamped = self.session.stamp(draft, now)
        self.stored.append(Stored(stamped.msg_seq_num, decode(stamped.data)))
        self.session.wrote(stamped, now)
        self.out.append(stamped.data)


class Lossy(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.mono = 0
        self.names = 0
        self.initiator = Side(self.config(Role.INITIATOR))
        self.acceptor = Side(self.config(Role.ACCEPTOR))
        self.sides = (self.initiator, self.acceptor)
        self.dial()

    next_expected = False
    plain_acceptor = (
        False  # asks for all that follows, answers Logout and ResendRequest whatever their number
    )

    def config(self, role: Role) -> SessionConfig:
        comp_ids = ("ME", "YOU") if role is Role.INITIATOR else ("YOU", "ME")
        return SessionConfig(
            *comp_ids,
            role,
            heart_bt_int=H,
            numbering=Numbering.CONTINUOUS,
            resend_chunk=3 if role is Role.ACCEPTOR and not self.plain_acceptor else 0,
            next_expected=self.next_expected,
            **({"resend_open_ended": True, "answers_any_number": True} if self.plain_acceptor else {}),
        )

    @property
    def now(self) -> Instant:
        return Instant(START + self.mono, self.mono)

    def dial(self) -> None:
        for side in self.sides:
            side.connect(self.now)

    def other(self, side: Side) -> Side:
        return self.acceptor if side is self.initiator else self.initiator

    @property
    def up(self) -> bool:
        return all(side.session.phase not in (Phase.DOWN, Phase.CLOSED) for side in self.sides)

    @rule(which=st.booleans(), count=st.integers(1, 6))
    def send(self, which: bool, count: int) -> None:
        side = self.sides[which]
        for _ in range(count):
            if side.session.phase is Phase.LIVE:
                self.names += 1
                side.sent.append(f"m{self.names}")
                side.write(Draft("D", ((11, f"m{self.names}"),)), self.now)

    @rule(which=st.booleans(), count=st.integers(1, 8))
    def arrive(self, which: bool, count: int) -> None:
        """Some of what lies on the wire."""
        side = self.sides[which]
        for _ in range(min(count, len(side.out))):
            data = side.out.popleft()
            other = self.other(side)
            for message in other.decoder.feed(data):
                assert isinstance(message, Message)
                other.carry_out(other.session.receive(message, self.now), self.now)

    @precondition(lambda self: self.up)
    @rule(which=st.booleans())
    def lose(self, which: bool) -> None:
        """One message on the wire, as a garbled one is ignored."""
        if self.sides[which].out:
            self.sides[which].out.popleft()

    @precondition(lambda self: self.up)
    @rule(which=st.booleans())
    def log_out(self, which: bool) -> None:
        side = self.sides[which]
        if side.session.phase is Phase.LIVE:
            side.carry_out(side.session.logout("done", self.now), self.now)

    @precondition(lambda self: self.up)
    @rule()
    def cut(self) -> None:
        """Everything on the wire is lost."""
        for side in self.sides:
            side.session.disconnected(self.now, "cut")
        self.mono += SECOND
        self.dial()

    @rule(seconds=st.integers(1, 2 * H))
    def wait(self, seconds: int) -> None:
        self.mono += seconds * SECOND
        for side in self.sides:
            side.carry_out(side.session.tick(self.now), self.now)

    @precondition(lambda self: not self.up)
    @rule()
    def dial_again(self) -> None:
        for side in self.sides:
            side.session.disconnected(self.now, "the other one left")
        self.dial()

    @invariant()
    def delivered_once_and_in_order(self) -> None:
        for side in self.sides:
            sent = self.other(side).sent
            assert side.delivered == sent[: len(side.delivered)]

    def teardown(self) -> None:
        """With nothing lost any more, everything arrives."""
        if not self.up:
            self.dial_again()
        for _ in range(400):
            for which in (False, True):
                self.arrive(which, 1_000)
            if not self.up:
                self.dial_again()
            self.mono += SECOND
            for side in self.sides:
                side.carry_out(side.session.tick(self.now), self.now)
            if all(side.delivered == self.other(side).sent for side in self.sides):
                break
        for side in self.sides:
            assert side.delivered == self.other(side).sent, side.ends
            number_trouble = [reason for reason in side.ends if "too low" in reason or "asked for" in reason]
            assert not number_trouble


class LossyWithNextExpected(Lossy):
    next_expected = True


class LossyWithThePlainAcceptor(Lossy):
    plain_acceptor = True


TestLossy = Lossy.TestCase
TestLossyWithNextExpected = LossyWithNextExpected.TestCase
TestLossyWithThePlainAcceptor = LossyWithThePlainAcceptor.TestCase
TestLossy.settings = TestLossyWithNextExpected.settings = TestLossyWithThePlainAcceptor.settings = settings(
    max_examples=60, stateful_step_count=40, deadline=None
)
