"""A client that keeps losing its connection hears every report once and in order, whatever happens to the sockets."""

import asyncio
import contextlib
import ssl
from pathlib import Path
from random import Random

import pytest
from dialect_client import Dialects, speaking
from exchange_client import request
from test_exchange_fix44 import terms

from blotter.exchange.hub import ACCOUNT
from blotter.exchange.settings import system_clock
from blotter.fix.codec import Decoder, Message
from blotter.fix.effects import Deliver, Disconnect, Draft, Effect, NumbersChanged, Phase, ResendAsked, Send
from blotter.fix.fix44_grammar import fix44
from blotter.fix.sequence import FROM_ONE, Numbering, Numbers
from blotter.fix.session import Session, SessionConfig
from blotter.trading.enums import Side

pytestmark = pytest.mark.anyio
CONFIG = SessionConfig(
    "DESK",
    "BROKER",
    numbering=Numbering.CONTINUOUS,
    time_precision=3,
    resend_timeout=0.2,
    validate=fix44().check,
)


class Initiator:
    """A session of `blotter.fix` over sockets that break. It remembers its numbers and nothing of what it said: a gap
    of the exchange is filled."""

    def __init__(self, venue: Dialects) -> None:
        self.venue = venue
        self.numbers: Numbers = FROM_ONE
        self.heard: list[Message] = []

    async def connect(self) -> None:
        running = self.venue.running
        context = ssl.create_default_context(cafile=running.credentials.ca_file)
        self.reader, self.writer = await asyncio.open_connection(*running.order_entry, ssl=context)
        self.decoder = Decoder()
        self.session = Session(CONFIG, self.numbers)
        self.carry_out(self.session.connected(system_clock()))

    def carry_out(self, effects: list[Effect]) -> None:
        for effect in effects:
            match effect:
                case Send(draft):
                    self.send(draft)
                case Deliver(message):
                    self.heard.append(message)
                case ResendAsked():
                    for again in self.session.resend(effect, (), system_clock()):
                        self.writer.write(again.data)
                case NumbersChanged() | Disconnect():
                    raise AssertionError(effect)
        self.numbers = Numbers(self.session.next_out, self.session.next_in)

    def send(self, draft: Draft) -> None:
        now = system_clock()
        stamped = self.session.stamp(draft, now)
        self.writer.write(stamped.data)
        self.session.wrote(stamped, now)
        self.numbers = Numbers(self.session.next_out, self.session.next_in)

    async def listen(self, seconds: float) -> None:
        """Until nothing comes for a while, or the end."""
        with contextlib.suppress(TimeoutError, ConnectionError, ssl.SSLError):
            while True:
                async with asyncio.timeout(seconds):
                    data = await self.reader.read(4096)
                if not data:
                    return
                for item in self.decoder.feed(data):
                    if isinstance(item, Message):
                        self.carry_out(self.session.receive(item, system_clock()))
                self.carry_out(self.session.tick(system_clock()))

    async def vanish(self) -> None:
        self.writer.transport.abort()
        with contextlib.suppress(OSError):
            await self.writer.wait_closed()
        async with asyncio.timeout(5):
            await self.venue.running.hub.everyone_gone()


@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_every_report_once_and_in_order(tmp_path: Path, anyio_backend: str, seed: int) -> None:
    dice = Random(seed)
    faults = (
        "drop-after-order",
        "drop-after-ack",
        "drop-before-order",
        "garble:0.1",
        "drop",
        "delay:20ms",
        "",
    )
    async with speaking("fix44", tmp_path / "x") as venue:
        client = Initiator(venue)
        for turn in range(25):
            await client.connect()
            await client.listen(0.02 if dice.random() < 0.9 else 0.001)
            venue.running.inject(f"clear,{dice.choice(faults)}".rstrip(","))
            for number in range(dice.randrange(3)):
                if client.session.phase is Phase.LIVE:
                    client.send(Draft("D", terms(f"o{turn}-{number}", "1", "3000")))
            await client.listen(0.01 * dice.random())
            await client.vanish()
            for number in range(dice.randrange(3)):
                venue.other(request(Side.SELL, "0.5", "3000", symbol="ETH-USD"), f"s{turn}-{number}")
        venue.running.inject("clear")
        await client.connect()
        await client.listen(0.3)
        heard = [message.text(17) for message in client.heard]
        assert heard == [f"ETH-USD#{number}" for number in range(len(heard))]
        fills = venue.running.engine.histories[ACCOUNT].fills
        told = [message.text(17) for message in client.heard if message.text(150) == "F"]
        assert told == [f"ETH-USD#{fill.exec_id}" for fill in fills]
        assert len(told) > 5
        await client.vanish()
