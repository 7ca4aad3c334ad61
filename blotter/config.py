"""The configuration file: strict TOML, no secrets in it.

Every mistake is an error that names file, key and rule; nothing is guessed and nothing is ignored. Secrets live in
files of mode 0600 or in the environment, and the config names where.
"""

import os
import re
import stat
import tomllib
from decimal import Decimal
from enum import Enum
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
import platformdirs
from msgspec import Meta

from blotter.trading.alerts import AlertRule
from blotter.trading.alerts import problem as alert_problem
from blotter.trading.presets import MOST, problem
from blotter.trading.risk_levels import RiskLimits
from blotter.venues.base import Endpoint, Environment
from blotter.venues.fix44.profile import FixProfile
from blotter.venues.instruments import InstrumentTerms


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


DECIMAL = r"^[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?$"
"""How the schema describes a number that is written as text."""
Seconds = Annotated[float, Meta(gt=0, le=86_400)]
AssetName = Annotated[str, Meta(min_length=1, max_length=32)]


class DeskConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """`[desk]`"""

    on_exit: LeavePolicy = LeavePolicy.LEAVE
    on_ui_loss: LeavePolicy = LeavePolicy.LEAVE
    ui_hung_after: Seconds = 60.0  # a screen silent for so long counts as lost
    ack_timeout: Seconds = 10.0  # a request without answer for so long is unconfirmed
    cancel_timeout: Seconds = 5.0  # how long leaving waits for cancels to be answered
    dead_man: Annotated[float, Meta(ge=5, le=86_400)] | None = None
    """Seconds that order entry may be away, for whatever reason, with orders open: then entry is stopped and everything
    is cancelled by REST. Not set: open orders stay, as the venue leaves them. It works only while Blotter runs: a
    process that is dead cancels nothing, and neither does one without a way to the venue's REST address. Leaving on
    purpose is no loss: orders that `on_exit` or `on_ui_loss` leaves are left, and the next start counts only from its
    first logon. After a crash the start counts, two heartbeat intervals longer: so long a comp id may be blocked."""
    durability: DurabilityChoice = DurabilityChoice.FULL


class ScreenConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """`[screen]`"""

    theme: str = "desk-dark"
    keymap: str = "default"  # a shipped key map, or a file of the user's
    fps: Annotated[int, Meta(ge=1, le=60)] = 30
    review_timeout: Seconds = 30.0  # a draft under review for so long is dropped: prices age
    draft_timeout: Seconds = (
        300.0  # a draft untouched for so long must be looked at again before it is reviewed
    )
    lock_after: Annotated[float, Meta(gt=0, le=1_440)] | None = None  # minutes without a key; not set: never
    read_only: bool = False  # look only: no command leaves the screen, cancels and stop included
    symbol: str = ""  # linked symbol at start
    mark_seconds: Annotated[float, Meta(ge=0, le=86_400)] = 30.0  # at most; 0: until seen
    depth_levels: Annotated[int, Meta(ge=10, le=5_000)] = 500  # levels a side that the ladder can show
    watch_linger: Seconds = 60.0  # a symbol out of view is watched for so long: its book need not begin anew


class VenueConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """`[venues.NAME]`: one account at one venue."""

    venue: str = "binance"
    environment: Environment = Environment.EMBEDDED
    symbols: Annotated[tuple[AssetName, ...], Meta(max_length=500)] = ()  # quotes are subscribed for these
    heart_bt_int: Annotated[int, Meta(ge=5, le=60)] = 30
    comp_id_prefix: Annotated[str, Meta(pattern="^[a-zA-Z0-9]{1,3}$")] = "BLT"
    api_key_file: str | None = None
    private_key_file: str | None = None
    secret_file: str | None = None
    passphrase_file: str | None = None
    dictionary: str | None = None  # a QuickFIX XML file: what breaks it is refused, and told
    sender_comp_id: str = ""  # where the venue issues one
    target_comp_id: str = ""  # instead of the venue's own
    cancel_on_disconnect: bool | None = None  # not set: as the venue does when nothing is said
    ca_file: str | None = None
    tls: bool = True  # false: anybody on the way reads and changes what is sent
    order_entry: str | None = None  # host:port instead of the venue's own
    market_data: str | None = None
    drop_copy: str | None = None  # likewise; "off": no independent check of what order entry reports
    rest: str | None = None  # https://host[:port] instead of the venue's own
    three_leg_lists: bool | None = None
    """Whether order lists of three legs (OTOCO, OPOCO) may be sent. Not set: to the embedded exchange only, for what
    the venue does with them is not confirmed."""
    three_leg_first_action: Literal["cancel", "release"] = "cancel"
    """What such a list says shall happen to its waiting legs when the working leg has filled. The venue's document
    writes "cancel" where the meaning of the field, and lists of two legs, say "release"."""
    fix: FixProfile | None = None  # what a broker speaks, with venue = "fix44"
    instruments: dict[AssetName, InstrumentTerms] = {}  # by symbol, where the venue lists none


class Config(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The whole file. Without a file, the defaults run the embedded exchange."""

    venue: str | tuple[str, ...] = (
        "embedded"  # which of `venues` runs, or which of them run beside each other
    )
    venues: dict[str, VenueConfig] = {}
    desk: DeskConfig = msgspec.field(default_factory=DeskConfig)
    screen: ScreenConfig = msgspec.field(default_factory=ScreenConfig)
    risk: RiskLimits = msgspec.field(default_factory=RiskLimits)
    alerts: tuple[AlertRule, ...] = ()
    presets: dict[str, tuple[str, ...]] = {}  # quantities on the keys 1 to 9, by symbol; "*" for the others


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
        raw = tomllib.loads(text, parse_float=Decimal)  # a level means its digits
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{chosen}: not valid TOML: {error}") from None
    try:
        config = msgspec.convert(raw, Config)
    except msgspec.ValidationError as error:
        raise ConfigError(f"{chosen}: {_in_words(str(error), raw)}") from None
    for name in config.venues:
        if not name or not all(c.isascii() and (c.isalnum() or c in "-_") for c in name):
            raise ConfigError(f"{chosen}: [venues.{name}]: a name has only letters, digits, '-' and '_'")
    for number, rule in enumerate(config.alerts, 1):
        key, wrong = alert_problem(rule)
        if key:
            raise ConfigError(f"{chosen}: alerts[{number}].{key}: rule {rule.title}: {wrong}")
    for name, quantities in config.presets.items():
        _require_presets(f"{chosen}: presets.{name}", quantities)
    names = _named_venues(config)
    for name in names:
        if name != "embedded" and name not in config.venues:
            known = ", ".join(sorted({"embedded", *config.venues}))
            raise ConfigError(f'{chosen}: venue = "{name}" is not one of the configured venues ({known})')
    if not names or len(set(names)) < len(names):
        raise ConfigError(f"{chosen}: venue: each venue once, and one at least")
    return config


def _named_venues(config: Config) -> tuple[str, ...]:
    return (config.venue,) if isinstance(config.venue, str) else config.venue


def schema() -> dict[str, Any]:
    """The JSON schema of the file, for editors: made from the structs that read it, so it cannot differ from them."""
    made = _for_people(msgspec.json.schema(Config))
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Blotter configuration",
        **made,
    }


def _for_people(node: Any) -> Any:
    """A Decimal may be written as a number or, to the same effect, as text; and descriptions are one line."""
    if isinstance(node, list):
        return [_for_people(each) for each in node]
    if not isinstance(node, dict):
        return node
    if node.get("format") == "decimal":
        rest = {key: value for key, value in node.items() if key not in ("type", "format")}
        return {"type": ["number", "string"], "pattern": DECIMAL, **rest}
    tidy = {key: _for_people(value) for key, value in node.items()}
    if isinstance(tidy.get("description"), str):
        tidy["description"] = " ".join(tidy["description"].split())
    return tidy


def _require_presets(key: str, quantities: tuple[str, ...]) -> None:
    if len(quantities) > MOST:
        raise ConfigError(f"{key}: {len(quantities)} quantities, and there are keys for {MOST}")
    for number, words in enumerate(quantities, 1):
        if why := problem(words):
            raise ConfigError(f'{key}: preset {number} "{words}": {why}')


def profile(config: Config, name: str | None = None) -> tuple[str, VenueConfig]:
    """The one venue to run and its table: `name`, or the config's choice. Raises ConfigError."""
    names = _named_venues(config)
    if name is None and len(names) > 1:
        raise ConfigError(f"several venues are configured ({', '.join(names)}): say which with --venue")
    chosen = name or names[0]
    if chosen in config.venues:
        return chosen, config.venues[chosen]
    if chosen == "embedded":
        return chosen, EMBEDDED
    known = ", ".join(sorted({"embedded", *config.venues}))
    raise ConfigError(f'venue "{chosen}" is not configured (known: {known})')


def profiles(config: Config, names: tuple[str, ...] = ()) -> dict[str, VenueConfig]:
    """The venues to run beside each other and their tables, in order: `names`, or the config's choice. Raises
    ConfigError."""
    return dict(profile(config, name) for name in names or _named_venues(config))


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


def _in_words(error: str, raw: dict[str, Any]) -> str:
    """msgspec's text with the path and the value first: "Expected `int` ... - at `$.risk.x`" to "risk.x = ...: ..."."""
    text, marker, path = error.partition(" - at `$")
    if not marker:
        return text
    keys = re.sub(r"\[(\d+)\]", lambda place: f"[{int(place[1]) + 1}]", path.rstrip("`").lstrip("."))
    while UNNAMED in keys:
        keys = _named(error, keys, raw)
    if keys.split(".")[0] != "risk":
        return f"{keys or 'file'}: {text}"  # elsewhere a value may be one that should not be repeated
    value = _at(raw, keys)
    shown = "" if isinstance(value, dict | list) else f" = {value}"
    return f"{keys}{shown}: " + text.replace("`object | null`", "a table such as { warn = 1, block = 2 }")


UNNAMED = "[...]"
"""What msgspec writes for a key of the user's choice."""


def _named(error: str, keys: str, raw: dict[str, Any]) -> str:
    """The path with its first unnamed key named: the one that makes this very error by itself."""
    before, _, after = keys.partition(UNNAMED)
    found = "?"
    for key, value in _at(raw, before).items():
        try:
            msgspec.convert(_with(raw, before.split("."), {key: value}), Config)
        except msgspec.ValidationError as other:
            if str(other) == error:
                found = key
                break
    return f"{before}.{found}{after}"


def _with(raw: dict[str, Any], path: list[str], table: dict[str, Any]) -> dict[str, Any]:
    """`raw` with another table at that path."""
    if not path:
        return table
    return {**raw, path[0]: _with(raw[path[0]], path[1:], table)}


def _at(raw: Any, keys: str) -> Any:
    for key in keys.split("."):
        raw = raw.get(key) if isinstance(raw, dict) else None
    return raw
