"""The exchange's control port: one JSON request a line, one JSON answer a line, on the loopback only.

    {"fault": "stall:5s"}    let faults happen
    {"ask": "faults"}        which can happen here: name, example and meaning of each
    {"ask": "status"}        what stands, and who is connected
    {"ask": "orders"}        the client's open orders; also "balances", "fills", "sessions"

Every answer says `ok`; a request that makes no sense is answered with its cause as `error`, and the connection stays.
"""

import asyncio
from collections.abc import Callable
from typing import Any, Final, Literal

import msgspec

from blotter.exchange.faults import FAULTS, FaultSpecError, parse_faults
from blotter.exchange.hub import ACCOUNT, Hub
from blotter.exchange.mirror import holdings
from blotter.exchange.rehearsal import Rehearsal

MAX_LINE: Final = 64 * 1024


class Request(msgspec.Struct, forbid_unknown_fields=True):
    """What may be asked of the control port."""

    fault: str | None = None
    ask: Literal["faults", "status", "orders", "balances", "fills", "sessions"] | None = None


class Control:
    """Answers requests; `serve` is the callback of `asyncio.start_server`."""

    def __init__(self, hub: Hub, rehearsal: Rehearsal) -> None:
        self._hub = hub
        self._rehearsal = rehearsal

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, until it ends."""
        try:
            while line := await reader.readline():
                writer.write(msgspec.json.encode(self.answer(line)) + b"\n")
                await writer.drain()
        except (ConnectionError, ValueError):  # gone, or a line without end
            return
        finally:
            writer.close()

    def answer(self, line: bytes) -> dict[str, Any]:
        """One request, one answer."""
        try:
            request = msgspec.json.decode(line, type=Request)
            if request.fault is not None:
                self._rehearsal.inject(parse_faults(request.fault))
        except (msgspec.MsgspecError, FaultSpecError) as error:
            return {"ok": False, "error": str(error)}
        if request.ask is None:
            return {"ok": True}
        answers: dict[str, Callable[[], Any]] = {
            "faults": self._faults,
            "status": self._status,
            "orders": self._orders,
            "balances": self._balances,
            "fills": lambda: list(self._hub.engine.histories[ACCOUNT].fills),
            "sessions": lambda: len(self._hub.sessions),
        }
        return {"ok": True, request.ask: answers[request.ask]()}

    def _faults(self) -> list[dict[str, str]]:
        return [
            {"name": kind.value, "example": fault.example, "text": fault.text}
            for kind, fault in FAULTS.items()
            if self._rehearsal.can(kind)
        ]

    def _status(self) -> dict[str, Any]:
        """`left`: seconds until a fault is over by itself."""
        hub = self._hub
        return {
            "standing": [stands._asdict() for stands in self._rehearsal.standing],
            "sessions": {"oe": len(hub.traders), "dc": len(hub.copiers), "md": len(hub.watchers)},
        }

    def _orders(self) -> list[dict[str, Any]]:
        return [
            {
                "symbol": symbol,
                "order_id": order.order_id,
                "cl_ord_id": order.cl_ord_id,
                "side": order.side.name,
                "price": order.request.price,
                "order_qty": order.qty,
                "cum_qty": order.cum_qty,
            }
            for symbol, market in self._hub.engine.markets.items()
            for order in market.owned(ACCOUNT)
        ]

    def _balances(self) -> dict[str, Any]:
        return {
            asset: {"free": free, "locked": locked}
            for asset, (free, locked) in holdings(self._hub.account).items()
        }
