"""`blotter exchange`: the embedded exchange in a process of its own, until SIGTERM, SIGINT or, if asked, end of input.
`blotter rehearse`: faults for one that is running.

Starts fast: nothing of the exchange is imported before the command runs.
"""

import asyncio
import contextlib
import os
import signal
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from blotter.cli.context import Context, say

if TYPE_CHECKING:
    from blotter.exchange.server import RunningExchange
    from blotter.exchange.settings import ExchangeConfig


class _WithFaults(click.Command):
    """Its help lists the faults, from where they are defined."""

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        from blotter.exchange.faults import FAULTS

        with formatter.section("Faults"):
            formatter.write_dl([(fault.example, fault.text) for fault in FAULTS.values()])


@click.command("exchange", cls=_WithFaults)
@click.option("--dialect", default="binance", show_default=True, metavar="NAME", help="Whose FIX it speaks.")
@click.option("--port", default=0, show_default="any", help="Port of the order-entry sessions.")
@click.option("--md-port", default=0, show_default="any", help="Port of the market-data sessions.")
@click.option("--dc-port", default=0, show_default="any", help="Port of the drop-copy sessions.")
@click.option("--rest-port", default=0, show_default="any", help="Port of the REST service (HTTPS).")
@click.option("--control-port", default=0, show_default="any", help="Port that takes faults while it runs.")
@click.option("--seed", default=1, show_default=True, help="Seed of the market and of the faults.")
@click.option("--rate", default=4.0, show_default=True, help="Market events per second and symbol; 0: none.")
@click.option(
    "--depth-ms",
    type=click.IntRange(0),
    default=100,
    show_default=True,
    help="Milliseconds between two updates of depth; 0: at once.",
)
@click.option(
    "--data-dir",
    type=click.Path(path_type=Path, file_okay=False),
    help="Where its books and keys live.  [default: exchange/ in the data directory, exchange-NAME/ of a dialect]",
)
@click.option("--fresh", is_flag=True, help="Forget everything and start anew.")
@click.option("--fault", default="", metavar="SPEC[,SPEC]", help="Misbehave; the faults are listed below.")
@click.option("--json", "as_json", is_flag=True, help="Print one line of JSON first: where it listens, keys.")
@click.option("--exit-with-stdin", is_flag=True, help="Leave when standard input ends.")
@click.pass_obj
def exchange(
    obj: Context,
    dialect: str,
    port: int,
    md_port: int,
    dc_port: int,
    rest_port: int,
    control_port: int,
    seed: int,
    rate: float,
    depth_ms: int,
    data_dir: Path | None,
    fresh: bool,
    fault: str,
    as_json: bool,
    exit_with_stdin: bool,
) -> None:
    """Run the embedded exchange: a venue in miniature on the loopback, with rehearsals of bad days."""
    from blotter.exchange.dialect import DIALECTS
    from blotter.exchange.faults import FaultSpecError, parse_faults
    from blotter.exchange.settings import ExchangeConfig
    from blotter.exchange.store import StoreError

    if rate < 0:
        raise click.BadParameter("must be 0 or more", param_hint="--rate")
    if dialect not in DIALECTS:
        known = ", ".join(sorted(DIALECTS))
        raise click.BadParameter(f"{dialect!r} is unknown; known dialects: {known}", param_hint="--dialect")
    try:
        config = ExchangeConfig(
            data_dir=data_dir if data_dir is not None else obj.data_dir / _directory(dialect),
            dialect=dialect,
            port=port,
            md_port=md_port,
            dc_port=dc_port,
            rest_port=rest_port,
            control_port=control_port,
            seed=seed,
            rate=rate,
            depth_interval=depth_ms / 1000,
            fresh=fresh,
            faults=parse_faults(fault),
        )
        asyncio.run(_run(config, as_json=as_json, exit_with_stdin=exit_with_stdin))
    except FaultSpecError as error:
        raise click.BadParameter(str(error), param_hint="--fault") from None
    except (StoreError, ValueError) as error:
        raise click.ClickException(str(error)) from None
    except OSError as error:
        raise click.ClickException(f"the exchange cannot run: {error}") from None


def _directory(dialect: str) -> str:
    """Each dialect has books and keys of its own."""
    return "exchange" if dialect == "binance" else f"exchange-{dialect}"


async def _run(config: "ExchangeConfig", *, as_json: bool, exit_with_stdin: bool) -> None:
    from blotter.exchange.server import serve

    leave = asyncio.Event()
    failures: list[Exception] = []
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, leave.set)

    def failed(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        """A venue that is broken inside must not look alive. A client's broken socket is no such thing."""
        error = context.get("exception")
        if isinstance(error, Exception) and not isinstance(error, OSError):
            failures.append(error)
            leave.set()
        loop.default_exception_handler(context)

    loop.set_exception_handler(failed)
    async with serve(config) as running:
        if exit_with_stdin:
            threading.Thread(target=_wait_for_end_of_input, args=(loop, leave), daemon=True).start()
        _announce(running, as_json=as_json)
        await leave.wait()
    if failures:
        raise failures[0]


def _wait_for_end_of_input(loop: asyncio.AbstractEventLoop, leave: asyncio.Event) -> None:
    while os.read(sys.stdin.fileno(), 4096):
        pass
    loop.call_soon_threadsafe(leave.set)


def _announce(running: "RunningExchange", *, as_json: bool) -> None:
    import msgspec

    from blotter.venues.base import Need

    where = {kind.value.lower(): "{}:{}".format(*address) for kind, address in running.doors.items()}
    credentials, dialect = running.credentials, running.hub.dialect
    files = {
        need.value: str(path)
        for need, path in (
            (Need.PRIVATE_KEY, credentials.private_key_file),
            (Need.SECRET, credentials.secret_file),
            (Need.PASSPHRASE, credentials.passphrase_file),
        )
        if need in dialect.needs
    }
    symbols = list(running.engine.markets)
    control = "{}:{}".format(*running.control)
    if as_json:
        line: dict[str, Any] = {
            "fix": where,
            "rest": running.rest,
            "ca_file": str(credentials.ca_file),
            "api_key": credentials.api_key,
            "private_key_file": "",
            **files,
            "venue": dialect.name,
            "sender_comp_id": dialect.sender_comp_id,
            "symbols": symbols,
            **_instruments(running),
            "control": control,
            "pid": os.getpid(),
        }
        click.echo(msgspec.json.encode(line).decode())
        return
    lines = {
        "dialect": dialect.name,
        "order entry": where.get("oe"),
        "market data": where.get("md"),
        "drop copy": where.get("dc"),
        "REST": running.rest,
        "control": control,
        "comp id": dialect.sender_comp_id,
        "CA file": str(credentials.ca_file),
        "private key": files.get(Need.PRIVATE_KEY.value),
        "secret": files.get(Need.SECRET.value),
        "passphrase": files.get(Need.PASSPHRASE.value),
    }
    for name, value in lines.items():
        if value:
            click.echo(f"{name:<13}{value}")
    click.echo(f"symbols      {' '.join(symbols)}\nrunning; leave with Ctrl-C")


def _instruments(running: "RunningExchange") -> dict[str, Any]:
    """What is listed, where there is no market data that would say so."""
    from blotter.venues.base import SessionKind

    if SessionKind.MARKET_DATA in running.doors:
        return {}
    names = (
        "base",
        "quote",
        "tick_size",
        "step_size",
        "min_qty",
        "max_qty",
        "min_price",
        "max_price",
        "min_notional",
    )
    listed = {
        symbol: {name: getattr(market.listing, name) for name in names}
        for symbol, market in running.engine.markets.items()
    }
    return {"instruments": listed}


@click.command("rehearse")
@click.argument("faults", default="status")
@click.option(
    "--control", metavar="HOST:PORT", help="Control port of the exchange.  [default: the venue's own]"
)
@click.pass_obj
def rehearse(context: Context, faults: str, control: str | None) -> None:
    """Let FAULTS happen at the running embedded exchange, as in stall:5s,lost-ack:0.1.

    Without FAULTS it tells what stands. FAULTS may also be `list`, which tells which there are, or `clear`.
    """
    from blotter.cli import rehearse as client

    try:
        for line in client.rehearse(control or _control(context), faults):
            say(line)
    except client.RehearsalFailed as error:
        raise click.ClickException(str(error)) from None


def _control(context: Context) -> str:
    """The control port that the running exchange has noted in its directory."""
    from blotter.exchange.server import CONTROL_FILE
    from blotter.venues.base import Environment

    _, name, venue = context.chosen()
    if venue.environment is not Environment.EMBEDDED:
        raise click.ClickException(f"{name} is no embedded exchange: only there can bad days be rehearsed")
    for directory in (context.data_dir / name / "exchange", context.data_dir / _directory(venue.venue)):
        with contextlib.suppress(FileNotFoundError):
            return (directory / CONTROL_FILE).read_text().strip()
    raise click.ClickException(f"no exchange is running for {name}; one elsewhere is reached with --control")
