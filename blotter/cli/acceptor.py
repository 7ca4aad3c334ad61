"""`blotter acceptor`: a plain FIX acceptor for other people's test suites, until SIGTERM or SIGINT."""

import asyncio
import logging
import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from blotter.acceptor.server import AcceptorConfig
    from blotter.acceptor.store import Store
    from blotter.fix.check import Fault
    from blotter.fix.codec import Message

DIALECTS = ("fix42", "fix44", "fixt11")


@click.command("acceptor")
@click.option(
    "--dialect", type=click.Choice(DIALECTS), default="fix44", show_default=True, help="Version of FIX."
)
@click.option("--port", default=0, show_default="any", help="Port on the loopback.")
@click.option(
    "--echo", is_flag=True, help="Send orders and security definitions back, which is all it can do."
)
@click.option("--sender", default="", help="Our comp id.  [default: what the client calls us]")
@click.option("--target", default="", help="The client's comp id.  [default: anyone's]")
@click.option(
    "--dictionary",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    help="A QuickFIX XML dictionary instead of the dialect's own.",
)
@click.option("--next-expected", is_flag=True, help="Say what is missing in the Logon (789).")
@click.option(
    "--data-dir",
    type=click.Path(path_type=Path, file_okay=False),
    help="Where numbers and messages are kept.  [default: in memory; a Logon with MsgSeqNum 1 starts anew]",
)
@click.option("--json", "as_json", is_flag=True, help="Print one line of JSON first: where it listens.")
@click.option("--verbose", is_flag=True, help="Say on standard error what happens.")
def acceptor(
    dialect: str,
    port: int,
    echo: bool,
    sender: str,
    target: str,
    dictionary: Path | None,
    next_expected: bool,
    data_dir: Path | None,
    as_json: bool,
    verbose: bool,
) -> None:
    """Run a plain FIX acceptor with strict dictionary checks and lasting numbers.

    NewOrderSingle and SecurityDefinition go back to their sender with the same body, a PossResend of a ClOrdID
    already seen is swallowed, any other application message is answered by BusinessMessageReject.
    """
    from blotter.acceptor.store import Store, StoreError
    from blotter.fix.grammar import GrammarError

    level = logging.INFO if verbose else logging.ERROR  # nobody may be reading what a test suite starts
    logging.basicConfig(level=level, format="%(asctime)s %(message)s")
    try:
        config = _config(dialect, sender, target, dictionary, next_expected=next_expected)
        store = Store(None if data_dir is None else data_dir / "acceptor.sqlite3")
    except (GrammarError, StoreError, OSError) as error:
        raise click.ClickException(str(error)) from None
    try:
        asyncio.run(_run(config, store, port, as_json=as_json))
    except OSError as error:
        raise click.ClickException(f"the acceptor cannot run: {error}") from None
    finally:
        store.close()


def _config(
    dialect: str, sender: str, target: str, dictionary: Path | None, *, next_expected: bool
) -> "AcceptorConfig":
    from blotter.acceptor.server import AcceptorConfig
    from blotter.fix.grammar import Grammar

    version = ""
    grammar: Callable[[], Grammar]
    match dialect:
        case "fix42":
            from blotter.fix.fix42 import fix42 as grammar

            begin_string = "FIX.4.2"
        case "fixt11":
            from blotter.fix.fixt11 import FIX50SP2
            from blotter.fix.fixt11 import fix50sp2 as grammar

            begin_string, version = "FIXT.1.1", FIX50SP2
        case _:
            from blotter.fix.fix44_grammar import fix44 as grammar

            begin_string = "FIX.4.4"
    if dictionary is not None:
        from blotter.fix.quickfix_xml import load

        strict = load(dictionary)
    else:
        strict = grammar()
    strict = strict.extended(strict.names, user_defined=False)
    check: Callable[[Message], Fault | None] = strict.check
    if version:
        from blotter.fix.fixt11 import by_version

        check = by_version({version: strict}, version)
    return AcceptorConfig(begin_string, check, sender, target, version, next_expected)


async def _run(config: "AcceptorConfig", store: "Store", port: int, *, as_json: bool) -> None:
    import msgspec

    from blotter.acceptor.server import serve

    leave = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, leave.set)
    async with serve(config, store, port) as (host, bound):
        if as_json:
            line = {
                "fix": f"{host}:{bound}",
                "host": host,
                "port": bound,
                "begin_string": config.begin_string,
                "sender": config.sender_comp_id,
                "target": config.target_comp_id,
                "pid": os.getpid(),
            }
            click.echo(msgspec.json.encode(line).decode())
        else:
            click.echo(f"FIX  {host}:{bound}\nrunning; leave with Ctrl-C")
        await leave.wait()
