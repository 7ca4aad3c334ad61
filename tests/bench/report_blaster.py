"""An acceptor that sends execution reports at a steady rate once a session is up. Prints its port.

    python report_blaster.py RATE

Two hundred orders placed elsewhere, each filled a little at a time, reported round robin: every report changes a row,
adds an execution and moves a position.
"""

import asyncio
import sys
import time

from echo_acceptor import Acceptor, stamp

ORDERS = 200
SYMBOLS = ("BTCUSDT", "ETHUSDT", "SOLUSDT", "BNBUSDT", "ETHBTC")


class Blaster(Acceptor):
    rate = 1000

    def answer(self, message: bytes) -> None:
        super().answer(message)
        if b"\x0135=A\x01" in message:
            self.task = asyncio.get_running_loop().create_task(self.blast())

    async def blast(self) -> None:
        started, sent = time.monotonic(), 0
        while not self.transport.is_closing():
            due = int((time.monotonic() - started) * self.rate)
            while sent < due:
                self.one(sent)
                sent += 1
            await asyncio.sleep(0.005)

    def one(self, number: int) -> None:
        order = number % ORDERS
        filled = number // ORDERS  # so many thousandths so far; the first report of an order is its New
        fields = (
            f"17={number}\x0111=other-{order}\x0137={order}\x0138=1000.00000000\x0140=2\x0154={1 + order % 2}\x01"
            f"55={SYMBOLS[order % 5]}\x0144=60000.10000000\x0159=1\x01"
        )
        if filled:
            fields += (
                f"150=F\x0114={filled}.00000000\x01151={1000 - filled}.00000000\x0125017={filled * 60000}.00000000\x01"
                f"1057=N\x0131=60000.00000000\x0132=1.00000000\x011003={number}\x0139=1\x01"
                "136=1\x01137=0.001\x01138=USDT\x01139=4\x01"
            )
        else:
            fields += "150=0\x0114=0\x01151=1000.00000000\x0125017=0\x0132=0\x0139=0\x01636=Y\x01"
        self.send(b"8", fields.encode() + b"60=" + stamp() + b"\x01")


async def main() -> None:
    Blaster.rate = int(sys.argv[1])
    server = await asyncio.get_running_loop().create_server(Blaster, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
