"""`blotter config schema`: what may stand in the configuration file, for editors and for people."""

import json

import click

from blotter.cli.context import say
from blotter.config import schema as config_schema


@click.group()
def config() -> None:
    """What may stand in the configuration file."""


@config.command()
def schema() -> None:
    """Print the JSON schema of the configuration file: every key with its meaning, type and default."""
    say(json.dumps(config_schema(), indent=2, ensure_ascii=False))
