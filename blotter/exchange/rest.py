"""One client's HTTPS connection: HTTP/1.1 with keep-alive, by h11. Answers come from `rest_api`, at once.

Knows bytes and HTTP, no endpoint. Request bodies are read and ignored: parameters come in the query string.
"""

import asyncio
from typing import Final, cast

import h11

from blotter.exchange.faults import FaultKind
from blotter.exchange.rest_api import Response, RestApi
from blotter.exchange.rest_request import Request

_MAX_HEAD: Final = 16 * 1024
_BAD_REQUEST: Final = Response(400, b"", ())


class RestConnection(asyncio.Protocol):
    """The server makes one for each client that connects."""

    def __init__(self, api: RestApi) -> None:
        self._api = api
        self._http = h11.Connection(h11.SERVER, max_incomplete_event_size=_MAX_HEAD)
        self._transport: asyncio.Transport | None = None
        self._head: h11.Request | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._api.hub.visitors.add(self)
        if self._api.hub.faults.stands(FaultKind.REST_DOWN):
            self.drop()

    def connection_lost(self, exc: Exception | None) -> None:
        self._api.hub.visitors.discard(self)

    def data_received(self, data: bytes) -> None:
        if self._api.hub.faults.stands(FaultKind.REST_DOWN):
            self.drop()
            return
        self._http.receive_data(data)
        self._serve()

    def eof_received(self) -> None:
        self._http.receive_data(b"")
        self._serve()

    def drop(self) -> None:
        """Cut the connection, without a word."""
        if self._transport is not None:
            self._transport.abort()

    def _serve(self) -> None:
        """Answer every request that has come in whole."""
        try:
            while True:
                event = self._http.next_event()
                if isinstance(event, h11.Request):
                    self._head = event
                elif isinstance(event, h11.EndOfMessage) and self._head is not None:
                    self._write(self._api.respond(_request(self._head)))
                    if self._http.our_state is h11.MUST_CLOSE:
                        break
                    self._http.start_next_cycle()
                elif not isinstance(event, h11.Data):
                    if event is h11.NEED_DATA:
                        return
                    break  # the client has closed its side
        except h11.RemoteProtocolError:
            if self._http.our_state in (h11.IDLE, h11.SEND_RESPONSE):
                self._write(_BAD_REQUEST)
        if self._transport is not None:
            self._transport.close()

    def _write(self, response: Response) -> None:
        headers = [*response.headers, ("content-length", str(len(response.body)))]
        head = h11.Response(status_code=response.status, headers=headers)
        bodiless = self._head is not None and self._head.method == b"HEAD"
        body = () if bodiless else (h11.Data(data=response.body),)
        for event in (head, *body, h11.EndOfMessage()):
            data = self._http.send(event)
            if data and self._transport is not None:
                self._transport.write(data)


def _request(head: h11.Request) -> Request:
    path, _, query = head.target.decode("ascii").partition("?")
    headers = {name.decode("ascii"): value.decode("latin-1") for name, value in head.headers}
    return Request(head.method.decode("ascii"), path, query, headers)
