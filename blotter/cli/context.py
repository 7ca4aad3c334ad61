"""What every command needs to know: which config, which data directory, which profile."""

import os
import sys
from dataclasses import dataclass
from pathlib import Path

import click

from blotter import config as configuration


@dataclass(slots=True)
class Context:
    """Global options. The config is read when a command needs it, not before."""

    config_path: Path | None
    data_dir: Path
    profile: str | None

    def load(self) -> configuration.Config:
        """The configuration, or the end of the command with an error that names file, key and rule."""
        try:
            return configuration.load(self.config_path)
        except configuration.ConfigError as error:
            raise click.ClickException(str(error)) from None

    def chosen(self) -> tuple[configuration.Config, str, configuration.VenueConfig]:
        """Config, profile name and its table."""
        config = self.load()
        try:
            name, venue = configuration.profile(config, self.profile)
        except configuration.ConfigError as error:
            raise click.ClickException(str(error)) from None
        return config, name, venue

    @property
    def theme_folder(self) -> Path:
        """A person's own themes: beside the config file."""
        return (self.config_path or configuration.default_config_path()).parent / "themes"

    def directory(self, name: str) -> Path:
        """The profile's own directory, made with mode 0700 when it is not there."""
        path = self.data_dir / name
        try:
            path.mkdir(parents=True, exist_ok=True)
            if os.name == "posix":
                path.chmod(0o700)
        except OSError as error:
            raise click.ClickException(f"data directory {path}: {error.strerror or error}") from None
        return path


def say(text: str) -> None:
    """To the terminal; a closed pipe ends the command quietly."""
    try:
        click.echo(text)
    except BrokenPipeError:
        sys.exit(0)
