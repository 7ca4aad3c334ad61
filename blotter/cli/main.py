"""The command line's root: global options, and sub-commands loaded only when called."""

import importlib
from pathlib import Path

import click

from blotter import __version__
from blotter.cli.context import Context, each_once

COMMANDS = {
    "acceptor": ("blotter.cli.acceptor", "Run a plain FIX acceptor that sends back what it gets."),
    "cancel": ("blotter.cli.order", "Cancel orders by id, by symbol, by side, by list, or all."),
    "check": (
        "blotter.cli.check",
        "Say step by step what works: config, key, DNS, TLS, logon, clock, limits.",
    ),
    "config": ("blotter.cli.config", "Print what may stand in the config file, as a JSON schema."),
    "decode": ("blotter.cli.decode", "Decode FIX messages with names and enum meanings."),
    "do": ("blotter.cli.order", "Do what a line of the command line says: amend, tick, hold, clone, arm ..."),
    "exchange": ("blotter.cli.exchange", "Run the embedded exchange by itself."),
    "init": ("blotter.cli.init", "Make a key and a config for a venue."),
    "journal": ("blotter.cli.journal", "List, show, verify and export the tapes."),
    "order": ("blotter.cli.order", "Send an order or an order list given in one line."),
    "orders": ("blotter.cli.order", "List orders."),
    "reconcile": ("blotter.cli.order", "Ask the venue what became of every order."),
    "rehearse": ("blotter.cli.exchange", "Let the embedded exchange have a bad day."),
    "replay": ("blotter.cli.replay", "Show a recorded day on the same screens; nothing is sent."),
    "resume": ("blotter.cli.order", "Turn order entry on again after stop."),
    "status": ("blotter.cli.order", "Show sessions, numbers, ages and limits of the running desk."),
    "stop": ("blotter.cli.order", "Entry off at once, then cancel every open order."),
}
"""Name to (module, one line of help). The help stands here so that `--help` loads none of the modules."""


class _Lazy(click.Group):
    """A group whose commands are imported when they are called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = getattr(importlib.import_module(COMMANDS[cmd_name][0]), cmd_name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in sorted(COMMANDS.items())])


@click.group(cls=_Lazy, invoke_without_command=True, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="blotter")
@click.option(
    "--config",
    "config_path",
    type=click.Path(path_type=Path, dir_okay=False),
    envvar="BLOTTER_CONFIG",
    help="Config file (or BLOTTER_CONFIG).",
)
@click.option(
    "--data-dir",
    type=click.Path(path_type=Path, file_okay=False),
    envvar="BLOTTER_DATA_DIR",
    help="Where tapes and the embedded exchange live (or BLOTTER_DATA_DIR).",
)
@click.option(
    "--venue",
    "names",
    metavar="NAME",
    multiple=True,
    callback=each_once,
    help="Which configured venue to run, several times for several; `embedded` needs no config.",
)
@click.option(
    "--fresh", is_flag=True, help="Embedded exchange only: start with an empty exchange and a new tape."
)
@click.option(
    "--read-only", is_flag=True, help="Look only: no command leaves the screen, cancels and stop included."
)
@click.pass_context
def cli(
    ctx: click.Context,
    config_path: Path | None,
    data_dir: Path | None,
    names: tuple[str, ...],
    fresh: bool,
    read_only: bool,
) -> None:
    """A terminal trading blotter over FIX. Without a command: the blotter, on the embedded exchange."""
    from blotter.config import default_data_dir

    ctx.obj = Context(config_path, data_dir or default_data_dir(), names)
    if ctx.invoked_subcommand is None:
        from blotter.cli.run import run

        run(ctx.obj, fresh=fresh, read_only=read_only)
    elif fresh or read_only:
        option = "--fresh" if fresh else "--read-only"
        raise click.UsageError(f"{option} belongs to the blotter itself, without a command")


def main() -> None:
    """The console script."""
    cli(prog_name="blotter")
