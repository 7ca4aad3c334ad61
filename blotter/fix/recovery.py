"""Repairing gaps, both ways: what we have not received is asked for, what the peer has not is sent again.

Sans I/O and without a clock, as the session it serves. `Gaps` keeps messages that came too early and says what to ask
for; `again` turns stored messages into what a ResendRequest is answered with. An early message is delivered when its
turn comes and not before, so that the application sees one unbroken run; nothing is delivered twice.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import Final, NamedTuple, Protocol

from blotter.fix.codec import Fields, Message, encode
from blotter.fix.effects import Draft, Instant
from blotter.fix.values import SECOND, utc_timestamp

ADMIN: Final = frozenset({"0", "1", "2", "3", "4", "5", "A"})
NEVER_AGAIN: Final = ADMIN - {"3"}
"""Session messages, which a gap fill stands for; Reject (3) alone is sent again (FIX 4.4 volume 2, "ResendRequest")."""
TO_INFINITY: Final = frozenset({0, 999_999})
"""EndSeqNo (16) for "all there are": 0, and 999999 in FIX 4.2 and before."""
MAX_EARLY: Final = 10_000
"""Messages kept while a gap is open; what comes beyond is asked for again later."""
_HEADER: Final = frozenset({8, 9, 10, 34, 35, 43, 49, 52, 56, 97, 122})


class Stored(NamedTuple):
    """A message of ours as it was sent."""

    msg_seq_num: int
    message: Message


class Again(NamedTuple):
    """Bytes that answer a ResendRequest: to be written as they are. They use up no number; `msg_seq_num` is the one
    they were given when they were new. `skips_to`: it is a gap fill, and the peer expects this one next. `withheld`:
    application messages it stands for, which could have been sent again and were not: a person should be told."""

    msg_type: str
    msg_seq_num: int
    data: bytes
    skips_to: int | None = None
    withheld: int = 0

    def __repr__(self) -> str:
        return f"Again(35={self.msg_type}, 34={self.msg_seq_num}, {len(self.data)} bytes)"


Resendable = Callable[[Message, Instant], bool]
"""Whether a stored message may go out again at that time. What may not is gap-filled: an order of an hour ago is not
what its trader wants now."""


class Gaps:
    """The inbound side. `chunk`: how many messages one ResendRequest asks for at most; 0: all."""

    def __init__(self, chunk: int, timeout: int, tries: int, *, open_ended: bool = False) -> None:
        """`timeout`: ns without progress after which a request is repeated, `tries` times in all. `open_ended`: without
        a chunk, ask for all that follows (EndSeqNo 0), what is here already included."""
        self._chunk = chunk
        self._open_ended = open_ended
        self._timeout = timeout
        self._tries = tries
        self._early: dict[int, Message | None] = {}  # None: dealt with already, only its number waits
        self._until = 0  # the gap ends before this number; 0: there is none
        self._asked: tuple[int, int] | None = None  # (from, to) of the request that is out
        self._moved_at = 0  # mono ns of the request, or of the last message that it brought
        self._tried = 0

    @property
    def open(self) -> bool:
        """Messages are missing."""
        return self._until > 0

    @property
    def waiting(self) -> int:
        """Messages that are here and wait for their turn."""
        return len(self._early)

    def holds(self, number: int) -> bool:
        """The message of this number waits for its turn."""
        return self._early.get(number) is not None

    @property
    def asked(self) -> tuple[int, int] | None:
        """The first and the last number of the request that is out."""
        return self._asked

    def came_early(self, number: int, message: Message | None) -> None:
        """A message is here before its turn. None: it needs no turn, for it has been dealt with."""
        if len(self._early) < MAX_EARLY:
            self._early.setdefault(number, message)
            self._until = max(self._until, number)

    def ask(self, expected: int, now: int) -> Draft | None:
        """The ResendRequest to send now; None when one is out, or nothing is missing."""
        if not self.open or self._asked is not None:
            return None
        self._tried = 0
        return self._request(expected, now)

    def _request(self, expected: int, now: int) -> Draft:
        """Exactly what is missing: up to the first message that is here."""
        here = (number for number in self._early if number > expected)
        last = min(here, default=self._until) - 1
        if self._chunk:
            last = min(last, expected + self._chunk - 1)
        self._asked, self._moved_at = (expected, last), now
        self._tried += 1
        to_infinity = self._open_ended and not self._chunk
        return Draft("2", ((7, str(expected)), (16, "0" if to_infinity else str(last))))

    def wait_for(self, expected: int, now: int) -> None:
        """The peer sends what is missing by itself (NextExpectedMsgSeqNum): only its silence needs a request."""
        self._asked, self._moved_at, self._tried = (expected, self._until - 1), now, 0

    def take(self, number: int) -> tuple[bool, Message | None]:
        """Whether the message of this number is here, and the message if it still has to be dealt with."""
        here = number in self._early
        return here, self._early.pop(number, None)

    def held(self, end: int | None) -> Iterator[tuple[int, Message | None]]:
        """Take out what is here of the numbers before `end` (None: of all), ascending."""
        for number in sorted(n for n in self._early if end is None or n < end):
            yield number, self._early.pop(number)

    def moved(self, expected: int, now: int) -> None:
        """The next number expected is this one: something arrived in sequence."""
        self._moved_at = now
        if self.open and expected > self._until:
            self.forget()
        elif self._asked is not None and expected > self._asked[1]:
            self._asked = None

    def overdue(self, expected: int, now: int) -> Draft | str | None:
        """The request once more when its answer does not come; why to give up, after the last; None while time is
        left."""
        if self._asked is None or now < self._moved_at + self._timeout:
            return None
        if self._tried >= self._tries:
            first, last = self._asked
            seconds = self._timeout / SECOND
            return f"messages {first} to {last} were asked for {self._tried} times, {seconds:g} s each"
        return self._request(expected, now)

    @property
    def deadline(self) -> int | None:
        """Mono ns at which `overdue` has something to say."""
        return None if self._asked is None else self._moved_at + self._timeout

    def forget(self) -> None:
        """The numbers start anew."""
        self._early.clear()
        self._until, self._asked, self._tried = 0, None, 0


class Terms(Protocol):
    """What an answer must know of a session's settings."""

    @property
    def begin_string(self) -> str: ...
    @property
    def time_precision(self) -> int: ...
    @property
    def resendable(self) -> Resendable | None: ...
    @property
    def header(self) -> Fields: ...


class Reply:
    """The answer to one ResendRequest, made message by message: thousands of them need no memory."""

    def __init__(self, begin: int, end: int, config: Terms, comp_ids: Fields) -> None:
        """`end` is the last number ever used, or the last that was asked for. `comp_ids` are 49 and 56."""
        self._begin = begin
        self._end = end
        self._begin_string = config.begin_string
        self._comp_ids = comp_ids
        self._precision = config.time_precision
        self._resendable = config.resendable
        self._more = tuple(config.header)
        self._not_body = _HEADER | {tag for tag, _ in config.header}

    def again(self, stored: Iterable[Stored], now: Instant) -> Iterator[Again]:
        """`stored` ascends in number; what is missing in it is gap-filled, as are session messages."""
        expected, withheld = self._begin, 0
        for number, message in stored:
            if not expected <= number <= self._end:
                continue
            if message.msg_type in NEVER_AGAIN:
                continue
            if self._resendable is not None and not self._resendable(message, now):
                withheld += 1
                continue
            if number > expected:
                yield self._fill(expected, number, withheld, now)
                withheld = 0
            yield self._resent(number, message, now)
            expected = number + 1
        if expected <= self._end:
            yield self._fill(expected, self._end + 1, withheld, now)

    def _resent(self, number: int, message: Message, now: Instant) -> Again:
        """The same body under the same number, with PossDupFlag, a new SendingTime and the first one beside it."""
        first_sent = message.text(52) or utc_timestamp(now.wall, self._precision)
        body = tuple((int(tag), value) for tag, value in message.pairs if int(tag) not in self._not_body)
        header = (*self._header(number, now), (122, first_sent))
        if message.get(97) is not None:
            header = (*header, (97, message.text(97) or "Y"))
        data = encode(self._begin_string, message.msg_type, header, body)
        return Again(message.msg_type, number, data)

    def _fill(self, number: int, new_seq_no: int, withheld: int, now: Instant) -> Again:
        sent = utc_timestamp(now.wall, self._precision)
        header = (*self._header(number, now), (122, sent))
        body = ((123, "Y"), (36, str(new_seq_no)))
        return Again("4", number, encode(self._begin_string, "4", header, body), new_seq_no, withheld)

    def _header(self, number: int, now: Instant) -> tuple[tuple[int, str | bytes], ...]:
        sent = utc_timestamp(now.wall, self._precision)
        return (*self._comp_ids, (34, str(number)), (43, "Y"), (52, sent), *self._more)
