"""An acceptor that answers every NewOrderSingle with a New report and nothing else, as cheaply as Python can.

Run as a process of its own: prints its port, serves one connection after the other until killed. It frames by the
trailer only and copies fields, so that what a benchmark measures is the other side.
"""

import asyncio
import re
import sys
import time
from pathlib import Path

from blotter.exchange.credentials import open_credentials

FIELD = re.compile(rb"\x01(11|34|38|40|44|54|55|59)=([^\x01]*)")


def stamp() -> bytes:
    now = time.time()
    return time.strftime("%Y%m%d-%H:%M:%S", time.gmtime(now)).encode() + b".%06d" % int(now % 1 * 1e6)


def framed(body: bytes) -> bytes:
    head = b"8=FIX.4.4\x019=%d\x01" % len(body) + body
    return head + b"10=%03d\x01" % (sum(head) % 256)


class Acceptor(asyncio.Protocol):
    def connection_made(self, transport: asyncio.Transport) -> None:
        self.transport = transport
        self.buffer = b""
        self.number = 0

    def send(self, msg_type: bytes, fields: bytes) -> None:
        self.number += 1
        body = b"35=%b\x0149=SPOT\x0156=%b\x0134=%d\x0152=%b\x01" % (
            msg_type,
            self.client,
            self.number,
            stamp(),
        )
        self.transport.write(framed(body + fields))

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        while (at := self.buffer.find(b"\x0110=")) >= 0 and len(self.buffer) >= at + 8:
            message, self.buffer = self.buffer[: at + 8], self.buffer[at + 8 :]
            self.answer(message)

    def answer(self, message: bytes) -> None:
        kind = message[message.index(b"\x0135=") + 4 :].split(b"\x01", 1)[0]
        if kind == b"A":
            self.client = re.search(rb"\x0149=([^\x01]*)", message)[1]
            interval = re.search(rb"\x01108=([^\x01]*)", message)[1]
            self.send(b"A", b"98=0\x01108=%b\x0125037=bench\x01" % interval)
        elif kind == b"1":
            self.send(b"0", b"112=%b\x01" % re.search(rb"\x01112=([^\x01]*)", message)[1])
        elif kind == b"5":
            self.send(b"5", b"")
            self.transport.close()
        elif kind == b"D":
            order = dict(FIELD.findall(message))
            self.send(
                b"8",
                b"17=%b\x0111=%b\x0137=%b\x0138=%b\x0140=%b\x0154=%b\x0155=%b\x0144=%b\x0159=%b\x01"
                b"60=20250204-09:10:09.753771\x0125018=20250204-09:10:09.753771\x0125001=3\x01150=0\x01"
                b"14=0.00000000\x01151=%b\x0125017=0.00000000\x011057=Y\x0132=0.00000000\x0139=0\x01636=Y\x01"
                b"25023=20250204-09:10:09.753771\x01"
                % (
                    order[b"34"],
                    order[b"11"],
                    order[b"34"],
                    order[b"38"],
                    order[b"40"],
                    order[b"54"],
                    order[b"55"],
                    order[b"44"],
                    order[b"59"],
                    order[b"38"],
                ),
            )


async def main() -> None:
    """With a directory as argument: TLS, with a certificate made there."""
    loop = asyncio.get_running_loop()
    context = open_credentials(Path(sys.argv[1])).server_context() if len(sys.argv) > 1 else None
    server = await loop.create_server(Acceptor, "127.0.0.1", 0, ssl=context)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
