"""From configuration to a desk: endpoints, credentials, tape."""

import random
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

import msgspec

from blotter.config import Config, ConfigError, DurabilityChoice, VenueConfig, endpoint, read_secret
from blotter.desk.clock import system_clock
from blotter.desk.desk import Desk, DeskSettings
from blotter.desk.link import LinkSettings
from blotter.desk.rest import Rest, RestSettings
from blotter.fix.check import Fault
from blotter.fix.codec import Message
from blotter.journal.tape import Tape
from blotter.trading.instrument import Instrument
from blotter.venues import registry
from blotter.venues.base import (
    Credentials,
    Endpoint,
    Environment,
    Need,
    Secrets,
    SessionKind,
    Venue,
    VenueSettings,
)
from blotter.venues.fix44.broker import PlainFix
from blotter.venues.fix44.profile import FIX_PROFILE
from blotter.venues.instruments import InstrumentTerms, instruments, lists_its_own
from blotter.venues.rest import dialect as rest_dialect
from blotter.venues.signing import KeyFileError, read_private

TAPE = "tape.sqlite3"
SESSIONS = {
    SessionKind.ORDER_ENTRY: "order_entry",
    SessionKind.MARKET_DATA: "market_data",
    SessionKind.DROP_COPY: "drop_copy",
}
"""The sessions a desk keeps, and the key that says where each one is."""
OFF = "off"
DROP_COPY_HEART_BT_INT = 10
"""Seconds at least: a drop copy session may send 60 messages a minute, whatever they are (fact sheet section 8)."""


class Announced(msgspec.Struct, frozen=True, kw_only=True):
    """What the embedded exchange says of itself in its first line of JSON."""

    fix: dict[str, str]
    ca_file: str
    api_key: str
    private_key_file: str
    symbols: tuple[str, ...]
    pid: int = 0
    control: str = ""
    rest: str = ""
    venue: str = "binance"  # whose dialect it speaks
    secret_file: str = ""
    passphrase_file: str = ""
    sender_comp_id: str = ""  # the one it issues
    instruments: dict[str, InstrumentTerms] = {}  # what it lists, where its dialect cannot say so

    def __repr__(self) -> str:
        return f"Announced(fix={self.fix}, symbols={len(self.symbols)})"


class Account(NamedTuple):
    """One profile, ready to connect."""

    name: str
    config: VenueConfig
    venue: Venue
    credentials: Credentials
    links: tuple[LinkSettings, ...]
    symbols: tuple[str, ...]
    rest: str = ""  # base address; "" where there is none
    control: str = ""  # where the embedded exchange takes faults; "" for a real venue
    instruments: tuple[Instrument, ...] = ()  # as the config states them


def account(name: str, config: VenueConfig, announced: Announced | None) -> Account:
    """Resolve a profile. Raises ConfigError naming the key at fault."""
    where = f"[venues.{name}]"
    if announced is not None:
        if announced.venue != config.venue:
            raise ConfigError(f"{where} venue: {config.venue}, but the exchange speaks {announced.venue}")
        config = msgspec.structs.replace(
            config,
            ca_file=announced.ca_file,
            order_entry=announced.fix["oe"],
            market_data=announced.fix.get("md"),
            drop_copy=config.drop_copy or announced.fix.get("dc"),
            private_key_file=announced.private_key_file or None,
            secret_file=announced.secret_file or None,
            passphrase_file=announced.passphrase_file or None,
            symbols=config.symbols or announced.symbols,
            rest=config.rest or announced.rest or None,
            sender_comp_id=config.sender_comp_id or announced.sender_comp_id,
        )
    elif config.environment is Environment.EMBEDDED and config.order_entry is None:
        raise ConfigError(f"{where} order_entry: an exchange that runs elsewhere needs host:port")
    try:
        venue = registry.venue(config.venue, _venue_settings(config))
    except ValueError as error:
        raise ConfigError(f"{where} {error}") from None
    if config.fix is not None and config.venue != PlainFix.name:
        raise ConfigError(f'{where} fix: only with venue = "{PlainFix.name}"')
    try:
        credentials = venue.credentials(_secrets(where, config, venue.needs, announced))
    except ValueError as error:
        raise ConfigError(f"{where} {_with_file(str(error), config)}") from None
    validate = _dictionary(where, config)
    links = []
    for kind, key in SESSIONS.items():
        text = getattr(config, key)
        embedded = text is None and config.environment is Environment.EMBEDDED
        if embedded or kind not in venue.kinds() or (kind is SessionKind.DROP_COPY and text == OFF):
            continue
        named = text is not None
        to = endpoint(text or "", f"{where} {key}") if named else _own_endpoint(where, config, venue, kind)
        to = to._replace(tls=to.tls and config.tls)
        heart_bt_int = config.heart_bt_int
        if kind is SessionKind.DROP_COPY:
            heart_bt_int = max(heart_bt_int, DROP_COPY_HEART_BT_INT)
        prefix, ca_file = config.comp_id_prefix, config.ca_file
        links.append(LinkSettings(kind, to, prefix, heart_bt_int, ca_file, validate))
        try:  # what could not log on is said here, and not when it is dialled
            venue.session(kind, credentials, venue.comp_id(prefix + kind.value[0], 0), heart_bt_int)
        except ValueError as error:
            raise ConfigError(f"{where} {error}") from None
    rest = _rest_base(where, config, venue)
    listing = lists_its_own(venue, by_rest=bool(rest))
    return Account(
        name,
        config,
        venue,
        credentials,
        tuple(links),
        config.symbols,
        rest,
        announced.control if announced is not None else "",
        _instruments(where, config, announced, venue.title if listing else ""),
    )


def _instruments(
    where: str, config: VenueConfig, announced: Announced | None, lister: str
) -> tuple[Instrument, ...]:
    """What the config or the exchange states. `lister`: the venue, if it says so itself."""
    if not config.instruments:
        if announced is None or lister:
            return ()
        return instruments(announced.instruments)
    if lister:
        raise ConfigError(f"{where} instruments: {lister} lists its own")
    try:
        return instruments(config.instruments)
    except ValueError as error:
        raise ConfigError(f"{where} {error}") from None


def _with_file(text: str, config: VenueConfig) -> str:
    """What is wrong with a secret, told at its key, with the file that the key names."""
    key, _, rule = text.partition(" ")
    file = getattr(config, key, None) if key in {need.value for need in Need} else None
    return text if file is None else f"{key}: {file} {rule}"


def _dictionary(where: str, config: VenueConfig) -> Callable[[Message], Fault | None] | None:
    """The rules of the user's own QuickFIX XML file for what comes in; None without one. Raises ConfigError."""
    if config.dictionary is None:
        return None
    from blotter.fix.grammar import GrammarError  # what only some need costs nobody else's start
    from blotter.fix.quickfix_xml import load

    try:
        return load(Path(config.dictionary).expanduser()).check
    except OSError as error:
        raise ConfigError(f"{where} dictionary: {config.dictionary}: {error.strerror}") from None
    except GrammarError as error:
        raise ConfigError(f"{where} dictionary: {error}") from None


def _own_endpoint(where: str, config: VenueConfig, venue: Venue, kind: SessionKind) -> Endpoint:
    try:
        return venue.endpoint(config.environment, kind)
    except KeyError:
        named = f'{where} environment = "{config.environment.value}"'
        text = f"{venue.title} has none that is known: name {SESSIONS[kind]} as host:port"
        raise ConfigError(f"{named}: {text}") from None


def _venue_settings(config: VenueConfig) -> VenueSettings:
    three_legs = config.three_leg_lists
    if three_legs is None:
        three_legs = config.environment is Environment.EMBEDDED
    return VenueSettings(
        three_legs,
        config.three_leg_first_action,
        config.cancel_on_disconnect,
        config.sender_comp_id,
        config.target_comp_id,
        config.fix,
    )


def _rest_base(where: str, config: VenueConfig, venue: Venue) -> str:
    """The venue's own address, or the configured one. Keys go there, so it must be https."""
    dialect = rest_dialect(venue.name)
    if config.rest is None:
        try:
            return "" if dialect is None else dialect.base(config.environment)
        except KeyError:  # the embedded exchange, or an environment without one
            return ""
    if dialect is None:
        raise ConfigError(f"{where} rest: {venue.title} has no REST interface here")
    parts = urlsplit(config.rest)
    if (
        parts.scheme != "https"
        or not parts.hostname
        or parts.path.strip("/")
        or parts.query
        or parts.username
    ):
        raise ConfigError(f'{where} rest = "{config.rest}" is not https://host or https://host:port')
    return config.rest.rstrip("/")


_WHAT = {
    Need.API_KEY: "the API key",
    Need.PRIVATE_KEY: "the private key that signs the Logon",
    Need.SECRET: "the API secret",
    Need.PASSPHRASE: "the passphrase of the API key",
}


def _secrets(where: str, config: VenueConfig, needs: frozenset[Need], announced: Announced | None) -> Secrets:
    """What the venue asks for, from the files the config names. Raises ConfigError naming the key at fault."""

    def read(need: Need) -> str:
        path: str | None = getattr(config, need.value)
        if need not in needs:
            return ""
        if path is None:
            raise ConfigError(
                f"{where} {need.value} is missing: a file of mode 0600 that holds {_WHAT[need]}"
            )
        return read_secret(path, f"{where} {need.value}")

    private_key = b""
    if Need.PRIVATE_KEY in needs:
        if config.private_key_file is None:
            raise ConfigError(f"{where} private_key_file is missing: {_WHAT[Need.PRIVATE_KEY]}")
        try:
            private_key = read_private(Path(config.private_key_file).expanduser())
        except KeyFileError as error:
            raise ConfigError(f"{where} private_key_file: {error}") from None
    return Secrets(
        announced.api_key if announced is not None else read(Need.API_KEY),
        private_key,
        read(Need.SECRET),
        read(Need.PASSPHRASE),
    )


def desk_builder(config: Config, chosen: Account, directory: Path) -> Callable[[], Desk]:
    """What makes the desk, to be called in its own thread. Raises TapeLocked there, when another desk has the tape."""

    def build() -> Desk:
        tape = Tape.open(directory / TAPE)
        try:
            if chosen.config.fix is not None:  # whoever reads the tape must read it as it was read here
                tape.set_meta(FIX_PROFILE, msgspec.json.encode(chosen.config.fix).decode())
            return Desk(
                DeskSettings(
                    environment=chosen.config.environment,
                    links=chosen.links,
                    symbols=chosen.symbols,
                    account=chosen.name,
                    ack_timeout=config.desk.ack_timeout,
                    dead_man=config.desk.dead_man,
                    power_durable=config.desk.durability is DurabilityChoice.FULL,
                    on_ui_loss=config.desk.on_ui_loss,
                    ui_hung_after=config.desk.ui_hung_after,
                    unit=config.risk.unit,
                    risk=config.risk,
                    instruments=chosen.instruments,
                ),
                chosen.venue,
                chosen.credentials,
                tape,
                system_clock,
                random.Random(),  # noqa: S311 - jitter and id tags, not secrets
                _rest(chosen),
            )
        except BaseException:
            tape.close()
            raise

    return build


def _rest(chosen: Account) -> Rest | None:
    dialect = rest_dialect(chosen.venue.name)
    if dialect is None or not chosen.rest:
        return None
    settings = RestSettings(chosen.rest, chosen.config.ca_file)
    return Rest(settings, dialect, chosen.credentials, system_clock)
