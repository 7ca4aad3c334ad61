"""A REST client that signs, or signs wrongly, exactly what it is told to: the standard library's, in a thread."""

import asyncio
import base64
import http.client
import json
import ssl
from email.message import Message as Headers
from typing import Any, NamedTuple
from urllib.parse import quote, urlencode

from cryptography.hazmat.primitives import serialization

from blotter.exchange.server import RunningExchange
from blotter.exchange.settings import system_clock

PARAMS = dict[str, object]


class Answer(NamedTuple):
    """Status, decoded JSON (None when it is none) and headers."""

    status: int
    body: Any
    headers: Headers

    @property
    def error(self) -> tuple[int, int]:
        """HTTP status and code."""
        return self.status, self.body["code"]

    @property
    def used(self) -> int:
        return int(self.headers["X-MBX-USED-WEIGHT-1M"])


class Rest:
    """One keep-alive connection, opened when it is needed."""

    def __init__(self, running: RunningExchange) -> None:
        self._running = running
        context = ssl.create_default_context(cafile=running.credentials.ca_file)
        host = running.rest.removeprefix("https://")
        self.connection = http.client.HTTPSConnection(host, context=context, timeout=5)
        data = running.credentials.private_key_file.read_bytes()
        self._key: Any = serialization.load_pem_private_key(data, password=None)

    def close(self) -> None:
        self.connection.close()

    def sign(self, query: str) -> str:
        """The percent-encoded signature."""
        return quote(base64.b64encode(self._key.sign(query.encode())), safe="")

    def signed(self, params: PARAMS) -> str:
        """A whole query. A `timestamp` may be among `params`; what is None is left out."""
        now = {"timestamp": system_clock().wall // 1_000_000}
        query = urlencode({name: value for name, value in {**now, **params}.items() if value is not None})
        return f"{query}&signature={self.sign(query)}"

    async def get(self, path: str, **params: object) -> Answer:
        """GET /api/v3/`path`, signed."""
        return await self.raw("GET", path, self.signed(params))

    async def delete(self, path: str, **params: object) -> Answer:
        """DELETE /api/v3/`path`, signed."""
        return await self.raw("DELETE", path, self.signed(params))

    async def public(self, path: str, **params: object) -> Answer:
        """GET /api/v3/`path`, without key or signature."""
        return await self.raw("GET", path, urlencode(params), api_key=None)

    async def raw(
        self, method: str, path: str, query: str = "", *, api_key: str | None = "", **headers: str
    ) -> Answer:
        """Whatever `query` says, as it stands. `api_key`: None for no header, "" for the right one."""
        if api_key is not None:
            headers["X-MBX-APIKEY"] = api_key or self._running.credentials.api_key
        return await asyncio.to_thread(self._ask, method, f"/api/v3/{path}?{query}", headers)

    def _ask(self, method: str, target: str, headers: dict[str, str]) -> Answer:
        self.connection.request(
            method, target, headers={name.replace("_", "-"): value for name, value in headers.items()}
        )
        response = self.connection.getresponse()
        data = response.read()
        is_json = (response.headers["Content-Type"] or "").startswith("application/json")
        return Answer(response.status, json.loads(data) if is_json and data else None, response.headers)
