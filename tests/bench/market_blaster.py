"""An acceptor that keeps books moving at a steady rate once they are subscribed for. Prints its port.

    python market_blaster.py RATE ENTRIES

RATE level changes a second in all, ENTRIES in each message: round robin over the symbols that were asked for, sizes and
prices near the touch, never crossed, no number left out.
"""

import asyncio
import random
import re
import sys
import time

from echo_acceptor import Acceptor

LEVELS = 500


class Blaster(Acceptor):
    rate = 5_000
    entries = 25

    def connection_made(self, transport: asyncio.Transport) -> None:
        super().connection_made(transport)
        self.streams: list[tuple[bytes, bytes]] = []  # MDReqID, symbol
        self.numbers: dict[bytes, int] = {}
        self.random = random.Random(7)
        self.task = None

    def answer(self, message: bytes) -> None:
        super().answer(message)
        if b"\x0135=V\x01" in message and b"\x01269=2\x01" not in message:
            req_id = re.search(rb"\x01262=([^\x01]*)", message)[1]
            depth = b"\x01264=1\x01" not in message
            for symbol in re.findall(rb"\x0155=([^\x01]*)", message):
                self.snapshot(req_id, symbol, LEVELS if depth else 1)
                if depth:
                    self.streams.append((req_id, symbol))
            self.task = self.task or asyncio.get_running_loop().create_task(self.blast())

    def snapshot(self, req_id: bytes, symbol: bytes, levels: int) -> None:
        self.numbers.setdefault(symbol, 1)
        body = b"262=%b\x0155=%b\x0125044=%d\x01268=%d\x01" % (
            req_id,
            symbol,
            self.numbers[symbol],
            2 * levels,
        )
        for level in range(levels):
            body += b"269=0\x01270=%b\x01271=1.00000000\x01" % price(60_000_00 - 1 - level)
            body += b"269=1\x01270=%b\x01271=1.00000000\x01" % price(60_000_00 + 1 + level)
        self.send(b"W", body)

    async def blast(self) -> None:
        await asyncio.sleep(1)
        started, sent = time.monotonic(), 0
        while not self.transport.is_closing():
            due = int((time.monotonic() - started) * self.rate) // self.entries
            while sent < due:
                req_id, symbol = self.streams[sent % len(self.streams)]
                self.numbers[symbol] += 1
                self.send(b"X", increment(self.random, req_id, symbol, self.numbers[symbol], self.entries))
                sent += 1
            await asyncio.sleep(0.005)


def price(cents: int) -> bytes:
    return b"%d.%02d000000" % divmod(cents, 100)


def increment(dice: random.Random, req_id: bytes, symbol: bytes, number: int, entries: int) -> bytes:
    body = b"262=%b\x01268=%d\x01" % (req_id, entries)
    for entry in range(entries):
        bids = dice.random() < 0.5
        away = 1 + int(dice.expovariate(0.03))
        gone = dice.random() < 0.25
        body += b"279=%b\x01269=%d\x01270=%b\x01" % (
            b"2" if gone else b"1",
            not bids,
            price(60_000_00 + (-away if bids else away)),
        )
        if not gone:
            body += b"271=%d.%05d000\x01" % (dice.randrange(5), dice.randrange(100_000))
        if not entry:
            body += b"55=%b\x0125043=%d\x0125044=%d\x01" % (symbol, number, number)
    return body


async def main() -> None:
    Blaster.rate, Blaster.entries = int(sys.argv[1]), int(sys.argv[2])
    server = await asyncio.get_running_loop().create_server(Blaster, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
