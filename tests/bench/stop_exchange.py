"""The embedded exchange in a process of its own, without a limit on orders. Prints where it is as one line of JSON."""

import asyncio
import json
import sys
from pathlib import Path

from blotter.exchange.server import serve
from blotter.exchange.settings import ExchangeConfig


async def main(directory: Path) -> None:
    limits = ((10, 100_000), (86_400, 200_000))
    async with serve(ExchangeConfig(data_dir=directory, rate=0, order_limits=limits)) as exchange:
        credentials = exchange.credentials
        where = {
            "order_entry": exchange.order_entry,
            "ca_file": str(credentials.ca_file),
            "api_key": credentials.api_key,
            "private_key_file": str(credentials.private_key_file),
        }
        print(json.dumps(where), flush=True)
        await asyncio.Event().wait()


asyncio.run(main(Path(sys.argv[1])))
