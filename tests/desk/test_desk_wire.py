"""The socket as callbacks: bytes whole and in order, the end told once, never from inside a write."""

import asyncio

import pytest

from blotter.desk.wire import READ_SIZE, WRITE_LIMIT, dial
from blotter.venues.base import Endpoint

pytestmark = pytest.mark.anyio


class Peer:
    """The other end. `reads` False: it lets everything lie."""

    def __init__(self, *, greeting: bytes = b"", reads: bool = True) -> None:
        self.greeting, self.reads = greeting, reads
        self.release = asyncio.Event()

    async def __aenter__(self) -> Endpoint:
        self.server = await asyncio.start_server(self.serve, "127.0.0.1", 0, limit=1024)
        host, port = self.server.sockets[0].getsockname()
        return Endpoint(host, port, tls=False)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(self.greeting)
        await writer.drain()
        if self.reads:
            writer.close()
        await self.release.wait()
        writer.transport.abort()

    async def __aexit__(self, *_) -> None:
        self.release.set()
        self.server.close()
        await self.server.wait_closed()


async def test_more_than_one_buffer_arrives_whole_and_stays_as_it_was():
    sent = bytes(range(256)) * (READ_SIZE // 256 * 3 + 1)
    chunks: list[bytes] = []
    ended: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    async with Peer(greeting=sent) as endpoint:
        await dial(endpoint, None, chunks.append, ended.set_result)
        assert await asyncio.wait_for(ended, 5) == "the peer closed the connection"
    assert b"".join(chunks) == sent
    assert max(map(len, chunks)) <= READ_SIZE


async def test_a_peer_that_does_not_read_is_cut_off_but_not_from_inside_the_write():
    reasons: list[str] = []
    async with Peer(reads=False) as endpoint:
        wire = await dial(endpoint, None, lambda _: None, reasons.append)
        for _ in range(64):
            if not wire.write(bytes(WRITE_LIMIT)):
                break
        else:
            pytest.fail("it was never cut off")
        assert reasons == [], "the writer is in the middle of something"
        assert not wire.write(b"more")
        await asyncio.sleep(0.01)
        assert reasons == ["the peer has stopped reading"]
