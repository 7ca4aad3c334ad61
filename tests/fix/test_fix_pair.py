"""An initiator against an acceptor: bytes in arbitrary chunks, time in arbitrary steps, directions that go dead."""

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from blotter.fix.codec import Decoder, Message
from blotter.fix.session import (
    Deliver,
    Disconnect,
    Draft,
    Effect,
    Instant,
    LogonReceived,
    Phase,
    Role,
    Send,
    Session,
    SessionConfig,
)
from blotter.fix.values import SECOND

H = 5
START = 1_740_790_800 * SECOND


class Side:
    """A session with what its caller would do: write, deliver, close. `out` is the wire towards the other side."""

    def __init__(self, config: SessionConfig) -> None:
        self.session = Session(config)
        self.decoder = Decoder()
        self.out = bytearray()
        self.dead = False  # what is written is lost from here on, and nobody is told
        self.hung_up = False
        self.numbers: list[int] = []  # as written
        self.sent: list[str] = []
        self.delivered: list[str] = []
        self.reason = ""

    def carry_out(self, effects: list[Effect], now: Instant) -> None:
        for effect in effects:
            match effect:
                case Send(draft):
                    self.write([draft], now)
                case Deliver(message):
                    self.delivered.append(message.text(11) or "")
                case LogonReceived():
                    self.carry_out(self.session.accept([], now), now)
                case Disconnect(reason, _):
                    self.hung_up, self.reason = True, reason
                case _:
                    pass

    def write(self, drafts: list[Draft], now: Instant) -> None:
        stamped = [self.session.stamp(draft, now, offset) for offset, draft in enumerate(drafts)]
        for message in stamped:
            self.numbers.append(message.msg_seq_num)
            self.session.wrote(message, now)
            if not self.dead:
                self.out += message.data


class Pair(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.mono = 0
        self.names = 0
        self.initiator = Side(SessionConfig("ME", "SPOT", heart_bt_int=H))
        self.acceptor = Side(SessionConfig("SPOT", "", Role.ACCEPTOR))
        self.sides = (self.initiator, self.acceptor)
        for side in self.sides:
            side.carry_out(side.session.connected(self.now), self.now)

    @property
    def now(self) -> Instant:
        return Instant(START + self.mono, self.mono)

    def other(self, side: Side) -> Side:
        return self.acceptor if side is self.initiator else self.initiator

    def move(self, side: Side, size: int) -> None:
        """Some bytes of what `side` wrote reach the other; its hanging up is noticed when all have."""
        peer, data = self.other(side), bytes(side.out[:size])
        del side.out[:size]
        for item in peer.decoder.feed(data):
            assert isinstance(item, Message)
            peer.carry_out(peer.session.receive(item, self.now), self.now)
        if side.hung_up and not side.out and not side.dead:
            peer.carry_out(peer.session.disconnected(self.now, "hung up"), self.now)

    def settle(self) -> None:
        while any(side.out for side in self.sides):
            for side in self.sides:
                self.move(side, len(side.out))
        for side in self.sides:
            self.move(side, 0)

    def until(self, mono: int, flowing: bool) -> None:
        """Time goes on, each session being called at its deadlines."""
        while True:
            due = [at for side in self.sides if (at := side.session.next_deadline()) is not None]
            if flowing:
                self.settle()
            if not due or min(due) > mono:
                break
            self.mono = max(self.mono, min(due))
            for side in self.sides:
                side.carry_out(side.session.tick(self.now), self.now)
                deadline = side.session.next_deadline()
                assert deadline is None or deadline > self.mono, "a tick must put its own deadline off"
        self.mono = mono
        for side in self.sides:
            side.carry_out(side.session.tick(self.now), self.now)

    # --- what can happen -----------------------------------------------------------------------------------

    @rule(initiator=st.booleans(), size=st.integers(1, 200))
    def some_bytes_arrive(self, initiator: bool, size: int) -> None:
        self.move(self.sides[not initiator], size)

    @rule()
    def all_bytes_arrive(self) -> None:
        self.settle()

    @rule(seconds=st.floats(0.001, 3))
    def time_passes_and_nothing_arrives(self, seconds: float) -> None:
        self.until(self.mono + int(seconds * SECOND), flowing=False)

    @rule(seconds=st.floats(1, 60))
    def time_passes_and_heartbeats_keep_it_alive(self, seconds: float) -> None:
        self.settle()
        healthy = all(side.session.phase is Phase.LIVE and not side.dead for side in self.sides)
        self.until(self.mono + int(seconds * SECOND), flowing=True)
        if healthy:
            self.settle()
            assert [side.session.phase for side in self.sides] == [Phase.LIVE, Phase.LIVE]
            assert all(self.mono - (side.session.last_in or 0) <= H * SECOND for side in self.sides)

    @rule(initiator=st.booleans(), count=st.integers(1, 3))
    def send_some(self, initiator: bool, count: int) -> None:
        side = self.sides[not initiator]
        if side.session.phase is Phase.LIVE:
            names = [f"id{self.names + n}" for n in range(count)]
            self.names += count
            side.sent += names
            side.write([Draft("D", ((11, name),)) for name in names], self.now)

    @rule(initiator=st.booleans())
    def ask_for_life(self, initiator: bool) -> None:
        side = self.sides[not initiator]
        side.carry_out(side.session.test_request(self.now), self.now)

    @precondition(lambda self: self.names > 3)
    @rule(initiator=st.booleans())
    def log_out(self, initiator: bool) -> None:
        side = self.sides[not initiator]
        side.carry_out(side.session.logout("done", self.now), self.now)

    @precondition(lambda self: self.names > 1)
    @rule(initiator=st.booleans())
    def go_dead(self, initiator: bool) -> None:
        side = self.sides[not initiator]
        side.dead = True
        side.out.clear()

    # --- what must hold ------------------------------------------------------------------------------------

    @invariant()
    def no_number_is_used_twice_or_left_out(self) -> None:
        for side in self.sides:
            assert side.numbers == list(range(1, len(side.numbers) + 1))
            assert side.session.next_out == len(side.numbers) + 1

    @invariant()
    def what_arrives_is_what_was_sent_in_order(self) -> None:
        for side in self.sides:
            other = self.other(side)
            assert other.delivered == side.sent[: len(other.delivered)]

    @invariant()
    def nobody_complains_about_numbers(self) -> None:
        assert not any("MsgSeqNum" in side.reason for side in self.sides)

    def teardown(self) -> None:
        """Without loss all that was sent has arrived in the end; silence ends every session in 2 H and a second."""
        self.settle()
        for side in self.sides:
            other = self.other(side)
            if not side.dead and other.session.phase is Phase.LIVE:
                assert other.delivered == side.sent
        for side in self.sides:
            side.dead = True
        self.until(self.mono + max(2 * H + 1, 10) * SECOND, flowing=False)
        assert [side.session.phase for side in self.sides] == [Phase.CLOSED, Phase.CLOSED]
        assert [side.session.next_deadline() for side in self.sides] == [None, None]


Pair.TestCase.settings = settings(max_examples=120, stateful_step_count=25, deadline=None)
TestPair = Pair.TestCase
