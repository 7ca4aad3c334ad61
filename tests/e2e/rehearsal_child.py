"""The two sides of a rehearsal, each a process that may be killed at any moment.

    python rehearsal_child.py exchange DIRECTORY RATE PORTS     PORTS: "0,0,0,0" or where it listened before
    python rehearsal_child.py desk DIRECTORY ANNOUNCED.json

Both print one line when they are up. They are the shipped exchange and desk, with room for many accidents in few
seconds: short patience, and no limit on how often one may log on.
"""

import asyncio
import dataclasses
import json
import os
import random
import signal
import sys
from decimal import Decimal
from pathlib import Path

import msgspec

from blotter.config import VenueConfig
from blotter.desk import control
from blotter.desk.clock import system_clock
from blotter.desk.desk import Desk, DeskSettings
from blotter.desk.rest import Rest, RestSettings
from blotter.desk.runtime import DeskThread
from blotter.desk.setup import TAPE, Announced, account
from blotter.exchange.limits import LIMITS
from blotter.exchange.server import serve
from blotter.exchange.settings import ExchangeConfig
from blotter.fix.session import SessionConfig
from blotter.journal.tape import Tape
from blotter.venues.base import ConnectionLimits, Credentials, Environment, SessionKind, VenueSettings
from blotter.venues.binance import BinanceSpot
from blotter.venues.binance.rest import BinanceRest

RECV_WINDOW = Decimal(400)
SYMBOLS = ("BTCUSDT", "ETHUSDT")


class Brisk(BinanceSpot):
    """The venue with room for many accidents in few seconds."""

    def connection_limits(self, kind: SessionKind) -> ConnectionLimits:
        return ConnectionLimits(10_000, 1.0, 10_000, 10.0)

    def session(
        self, kind: SessionKind, credentials: Credentials, comp_id: str, heart_bt_int: int
    ) -> SessionConfig:
        config = super().session(kind, credentials, comp_id, heart_bt_int)
        return dataclasses.replace(config, logon_timeout=0.7, logout_timeout=0.5)


async def exchange(directory: Path, rate: float, ports: list[int]) -> None:
    limits = {kind: limit._replace(attempts=100_000) for kind, limit in LIMITS.items()}
    oe, md, dc, rest = ports
    config = ExchangeConfig(
        data_dir=directory,
        port=oe,
        md_port=md,
        dc_port=dc,
        rest_port=rest,
        rate=rate,
        limits=limits,
        order_limits=((10, 100_000),),
        rest_weight=600_000,
        block_scale=0.0,
        logout_timeout=0.3,
    )
    leave = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, leave.set)
    async with serve(config) as running:
        where = {"oe": running.order_entry, "md": running.market_data, "dc": running.drop_copy}
        announced = Announced(
            fix={name: "{}:{}".format(*address) for name, address in where.items()},
            ca_file=str(running.credentials.ca_file),
            api_key=running.credentials.api_key,
            private_key_file=str(running.credentials.private_key_file),
            symbols=SYMBOLS,
            pid=os.getpid(),
            control="{}:{}".format(*running.control),
            rest=running.rest,
        )
        print(msgspec.json.encode(announced).decode(), flush=True)
        await leave.wait()


def desk(directory: Path, announced: Announced) -> None:
    chosen = account("x", VenueConfig(heart_bt_int=5), announced)

    def build() -> Desk:
        settings = RestSettings(chosen.rest, announced.ca_file, patience=0.5, timeout=8.0, accepted_for=0.6)
        dialect = BinanceRest()
        dialect.weight_limit = 600_000
        return Desk(
            DeskSettings(
                environment=Environment.EMBEDDED, links=chosen.links, symbols=SYMBOLS, ack_timeout=0.6
            ),
            Brisk(VenueSettings(three_leg_lists=True), recv_window=RECV_WINDOW),
            chosen.credentials,
            Tape.open(directory / TAPE),
            system_clock,
            random.Random(),
            Rest(settings, dialect, chosen.credentials, system_clock),
        )

    with DeskThread(build, directory) as thread:
        signal.signal(signal.SIGTERM, lambda *_: thread.call(stop, thread.desk))
        while not thread.finished() and not answers(directory):
            signal.sigtimedwait([], 0.01)
        print("up", flush=True)
        while not thread.finished():
            signal.sigtimedwait([], 0.1)


def answers(directory: Path) -> bool:
    """Others can reach it."""
    try:
        return bool(control.ask(directory, {"verb": "status"}, 1.0))
    except (control.NoDesk, OSError):
        return False


async def stop(running: Desk) -> None:
    running.stop()


if __name__ == "__main__":
    if sys.argv[1] == "exchange":
        asyncio.run(exchange(Path(sys.argv[2]), float(sys.argv[3]), json.loads(f"[{sys.argv[4]}]")))
    else:
        desk(Path(sys.argv[2]), msgspec.json.decode(Path(sys.argv[3]).read_bytes(), type=Announced))
