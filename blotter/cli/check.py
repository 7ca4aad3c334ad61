"""`blotter check`: what works and what does not, one step after the other, before money depends on it."""

import random
import shutil
import socket
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import anyio
import click

from blotter.cli.context import Context, say
from blotter.cli.session import connected_account, own_desk
from blotter.desk import verbs
from blotter.desk.link import LinkSettings
from blotter.desk.runtime import DeskThread
from blotter.desk.wire import dial, in_words, tls_context
from blotter.fix.sequence import Numbering
from blotter.trading.alerts import AlertRule
from blotter.venues.base import QueryLimits

LOGON_PATIENCE = 15.0
CLOCK_AHEAD = 1_000
"""Milliseconds our clock may be ahead of the venue's before it refuses us (fact sheet 5)."""


class Failed(Exception):
    """A step failed; the text says why."""


@click.command()
@click.pass_obj
def check(context: Context) -> None:
    """Say step by step what works: config, key, DNS, TLS, logon, clock, limits. Sends no order."""
    config, name, venue = context.chosen()
    _tell(True, "config", f"profile {name}: {venue.venue}, {venue.environment.value}")
    try:
        context.keymap(config.screen.keymap)
    except click.ClickException as error:
        _tell(False, "key map", error.message)
        sys.exit(1)
    _tell(True, "key map", config.screen.keymap)
    if config.alerts:
        _step("alerts", lambda: _alerts(config.alerts))
    with connected_account(context, name, venue) as chosen:
        _tell(True, "key", "API key and signing key are there and readable by you alone")
        for link in chosen.links:
            _step(f"DNS {link.kind.value}", lambda: _resolve(link))  # noqa: B023 - called at once
            if not link.endpoint.tls:
                _warn(
                    f"TLS {link.kind.value}",
                    "off (tls = false): anybody on the way reads and changes all of it",
                )
            transport = f"{'TLS' if link.endpoint.tls else 'TCP'} {link.kind.value}"
            _step(transport, lambda: anyio.run(_connect, link))  # noqa: B023
        if chosen.venue.evidence:
            _tell(True, "dialect", f"{chosen.venue.title}: {chosen.venue.evidence}")
        if chosen.venue.numbering is Numbering.CONTINUOUS:
            # Who logs on beside the tape uses up numbers that the tape does not know of.
            _warn(
                "logon",
                "not tried: numbers go on over connections here, and are kept on the tape of the desk",
            )
            say("No fault found.")
            return
        with tempfile.TemporaryDirectory(prefix="blotter-check-") as scratch:
            # A tape and comp ids of its own, so that a running blotter is not disturbed. Random ones: the ids of
            # an earlier check that was cut short may still be blocked.
            prefix = "C" + "".join(random.choices("ABCDEFGHJKLMNPQRSTUVWXYZ", k=2))  # noqa: S311 - no secret
            links = tuple(link._replace(comp_id_prefix=prefix) for link in chosen.links)
            with own_desk(config, chosen._replace(links=links), Path(scratch)) as thread:
                _session_steps(thread)
    say("All good.")


def _session_steps(thread: DeskThread) -> None:
    def logon() -> str:
        cause = thread.call(verbs.wait_until_live, thread.desk, LOGON_PATIENCE)
        if cause:
            raise Failed(cause)
        view = thread.desk.links()["OE"]
        return f"as {view.comp_id}" + (f", venue instance {view.instance}" if view.instance else "")

    def clock() -> str:
        view = thread.desk.links()["OE"]
        if view.clock_offset is None:
            raise Failed("the venue sent no time")
        offset = view.clock_offset / 1e6
        if offset < -CLOCK_AHEAD:
            raise Failed(
                f"this machine is {-offset:.0f} ms ahead of the venue: it will refuse (set the clock by NTP)"
            )
        return f"venue minus this machine: {offset:+.1f} ms"

    def limits() -> str:
        try:
            thread.desk.venue.encode(QueryLimits("check"), 0)
        except ValueError:
            return "this venue tells none"
        reply = thread.call(verbs.refresh_limits, thread.desk)
        if not reply["limits"]:
            raise Failed("the venue did not answer the limit query")
        return ", ".join(f"{label} {used}/{maximum}" for label, used, maximum in reply["limits"])

    _step("logon", logon)
    _step("clock", clock)
    _step("limits", limits)


def _alerts(rules: tuple[AlertRule, ...]) -> str:
    """Rules that make no sense were refused with the config; what they run must be there."""
    for number, rule in enumerate(rules, 1):
        if rule.command and shutil.which(rule.command[0]) is None:
            raise Failed(
                f"alerts[{number}].command: rule {rule.title}: {rule.command[0]} is not found or may not be run"
            )
    programs = sum(1 for rule in rules if rule.command)
    return f"{len(rules)} rules, {programs} of them run a program that is there"


def _resolve(link: LinkSettings) -> str:
    try:
        found = socket.getaddrinfo(link.endpoint.host, link.endpoint.port, type=socket.SOCK_STREAM)
    except socket.gaierror as error:
        raise Failed(f"{link.endpoint.host}: {error.strerror}") from None
    addresses = sorted({str(entry[4][0]) for entry in found})
    return f"{link.endpoint.host} is {', '.join(addresses[:3])}"


async def _connect(link: LinkSettings) -> str:
    try:
        with anyio.fail_after(10):
            context = tls_context(link.ca_file) if link.endpoint.tls else None
            wire = await dial(link.endpoint, context, lambda _: None, lambda _: None)
    except OSError as error:
        raise Failed(in_words(error, link.endpoint)) from None
    wire.abort("checked")
    checked = "certificate and name are right" if link.endpoint.tls else "connected"
    return f"{link.endpoint.host}:{link.endpoint.port}, {checked}"


def _step(name: str, act: Callable[[], str]) -> None:
    try:
        text = act()
    except Failed as error:
        _tell(False, name, str(error))
        sys.exit(1)
    _tell(True, name, text)


def _warn(name: str, text: str) -> None:
    say(f"warn  {name:<8} {text}")


def _tell(ok: bool, name: str, text: str) -> None:
    say(f"{'ok  ' if ok else 'FAIL'}  {name:<8} {text}")
