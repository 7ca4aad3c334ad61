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
    names: tuple[str, ...] = ()  # of the venues asked for; none: as the config has it

    def load(self) -> configuration.Config:
        """The configuration, or the end of the command with an error that names file, key and rule."""
        try:
            return configuration.load(self.config_path)
        except configuration.ConfigError as error:
            raise click.ClickException(str(error)) from None

    @property
    def profile(self) -> str | None:
        """The venue asked for, of a command that works on one. Ends the command where several were."""
        if len(self.names) > 1:
            raise click.UsageError(f"one venue at a time, not {', '.join(self.names)}")
        return self.names[0] if self.names else None

    def several(self) -> tuple[configuration.Config, dict[str, configuration.VenueConfig]]:
        """Config, and the tables of all venues that are to run beside each other, by name and in order."""
        config = self.load()
        try:
            return config, configuration.profiles(config, self.names)
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

    @property
    def layout_file(self) -> Path:
        """Where the screen keeps which panes it shows, and how large."""
        return self.data_dir / "layout.json"

    @property
    def keymap_folder(self) -> Path:
        """A person's own key maps: beside the config file."""
        return self.theme_folder.parent / "keymaps"

    def keymap(self, name: str) -> dict[str, str]:
        """A key map by name, checked, or the end of the command with an error that names file, action and rule."""
        if name == "default":
            return {}  # without a screen's libraries: most commands have none
        from blotter.tui.keymap_files import KeymapError, load_keymap

        try:
            return load_keymap(name, self.keymap_folder)
        except KeymapError as error:
            raise click.ClickException(str(error)) from None

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


def each_once(context: click.Context, parameter: click.Parameter, names: tuple[str, ...]) -> tuple[str, ...]:
    """An option that may be given several times, without repetition."""
    return tuple(dict.fromkeys(names))


def say(text: str) -> None:
    """To the terminal; a closed pipe ends the command quietly."""
    try:
        click.echo(text)
    except BrokenPipeError:
        sys.exit(0)
