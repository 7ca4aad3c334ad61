"""The configuration file: strict TOML, no secrets in it.

Every mistake is an error that names file, key and rule; nothing is guessed and nothing is ignored. Secrets live in
files of mode 0600 or in the environment, and the config names where.
"""

import os
import stat
import tomllib
from enum import Enum
from pathlib import Path
from typing import Annotated

import msgspec
import platformdirs
from msgspec import Meta

from blotter.venues.base import Endpoint, Environment


class ConfigError(Exception):
    """The configuration cannot be used; the text names file, key and rule."""


class LeavePolicy(Enum):
    """What becomes of open orders and the session when the screen goes."""

    LEAVE = "leave"  # log out, orders stay at the venue
    CANCEL = "cancel"  # cancel every open order, then log out
    STAY = "stay"  # the desk goes on without a screen until it is told to stop


class DurabilityChoice(Enum):
    """What an order must survive before its bytes leave."""

    FULL = "full"  # loss of power: one fsync an order
    PROCESS = "process"  # loss of the process only


Seconds = Annotated[float, Meta(gt=0, le=86_400)]
AssetName = Annotated[str, Meta(min_length=1, max_length=32)]


class DeskConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """`[desk]`"""

    on_exit: LeavePolicy = LeavePolicy.LEAVE
    on_ui_loss: LeavePolicy = LeavePolicy.LEAVE
    ui_hung_after: Seconds = 60.0  # a screen silent for so long counts as lost
    ack_timeout: Seconds = 10.0  # a request without answer for so long is unconfirmed
    cancel_timeout: Seconds = 5.0  # how long leaving waits for cancels to be answered
    durability: DurabilityChoice = DurabilityChoice.FULL


class ScreenConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """`[screen]`"""

    theme: str = "desk-dark"
    fps: Annotated[int, Meta(ge=1, le=60)] = 30
    review_timeout: Seconds = 30.0  # a draft under review for so long is dropped: prices age
    symbol: str = ""  # linked symbol at start


class VenueConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """`[venues.NAME]`: one account at one venue."""

    venue: str = "binance"
    environment: Environment = Environment.EMBEDDED
    symbols: Annotated[tuple[AssetName, ...], Meta(max_length=500)] = ()  # quotes are subscribed for these
    heart_bt_int: Annotated[int, Meta(ge=5, le=60)] = 30
    comp_id_prefix: Annotated[str, Meta(pattern="^[a-zA-Z0-9]{1,3}$")] = "BLT"
    api_key_file: str | None = None
    private_key_file: str | None = None
    ca_file: str | None = None
    order_entry: str | None = None  # host:port instead of the venue's own
    market_data: str | None = None
    rest: str | None = None  # https://host[:port] instead of the venue's own


class Config(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The whole file. Without a file, the defaults run the embedded exchange."""

    venue: str = "embedded"  # which of `venues` runs
    venues: dict[str, VenueConfig] = {}
    desk: DeskConfig = msgspec.field(default_factory=DeskConfig)
    screen: ScreenConfig = msgspec.field(default_factory=ScreenConfig)


EMBEDDED = VenueConfig(heart_bt_int=10)


def default_config_path() -> Path:
    """Where the config is looked for when neither `--config` nor BLOTTER_CONFIG says so."""
    return Path(platformdirs.user_config_dir("blotter")) / "config.toml"


def default_data_dir() -> Path:
    """Where tapes and the embedded exchange live when neither `--data-dir` nor BLOTTER_DATA_DIR says so."""
    return Path(platformdirs.user_data_dir("blotter"))


def load(path: Path | None) -> Config:
    """Read the file. `None`: the default path, which may be absent. Raises ConfigError."""
    chosen = path or default_config_path()
    try:
        text = chosen.read_text(encoding="utf-8")
    except FileNotFoundError:
        if path is None:
            return Config()
        raise ConfigError(f"{chosen}: no such file") from None
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{chosen}: cannot be read: {error}") from None
    try:
        config = msgspec.convert(tomllib.loads(text), Config)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{chosen}: not valid TOML: {error}") from None
    except msgspec.ValidationError as error:
        raise ConfigError(f"{chosen}: {_in_words(str(error))}") from None
    for name in config.venues:
        if not name or not all(c.isascii() and (c.isalnum() or c in "-_") for c in name):
            raise ConfigError(f"{chosen}: [venues.{name}]: a name has only letters, digits, '-' and '_'")
    if config.venue != "embedded" and config.venue not in config.venues:
        known = ", ".join(sorted({"embedded", *config.venues}))
        raise ConfigError(f'{chosen}: venue = "{config.venue}" is not one of the configured venues ({known})')
    return config


def profile(config: Config, name: str | None = None) -> tuple[str, VenueConfig]:
    """The venue to run and its table: `name`, or the config's choice. Raises ConfigError."""
    chosen = name or config.venue
    if chosen in config.venues:
        return chosen, config.venues[chosen]
    if chosen == "embedded":
        return chosen, EMBEDDED
    known = ", ".join(sorted({"embedded", *config.venues}))
    raise ConfigError(f'venue "{chosen}" is not configured (known: {known})')


def read_secret(path: str, key: str) -> str:
    """A one-line secret from a file nobody else may read. `key` is the config key, for the error."""
    file = Path(path).expanduser()
    try:
        mode = stat.S_IMODE(file.stat().st_mode)
        if os.name == "posix" and mode & 0o077:
            raise ConfigError(f"{key}: {file} has mode {mode:04o}, others can read it: chmod 600 {file}")
        text = file.read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        raise ConfigError(f"{key}: {file}: no such file") from None
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{key}: {file} cannot be read: {error.__class__.__name__}") from None
    if not text or any(c.isspace() for c in text):
        raise ConfigError(f"{key}: {file} must hold the key alone, on one line")
    return text


def endpoint(text: str, key: str) -> Endpoint:
    """`host:port` as an endpoint. Raises ConfigError naming the key."""
    host, colon, port = text.rpartition(":")
    if not colon or not host or not port.isdecimal() or not 0 < int(port) < 65536:
        raise ConfigError(f'{key} = "{text}" is not host:port with a port from 1 to 65535')
    return Endpoint(host.strip("[]"), int(port))


def _in_words(error: str) -> str:
    """msgspec's text with the path first: "Expected `int` ... - at `$.desk.x`" to "desk.x: Expected ..."."""
    text, marker, path = error.partition(" - at `$")
    if not marker:
        return text
    return f"{path.rstrip('`').lstrip('.') or 'file'}: {text}"
