"""Comp ids, reconnects and message limits at a scripted venue: what would get a session refused or logged out."""

import contextlib

import anyio
import pytest
from counterparty import counterparty
from desk_running import running_desk

from blotter.config import VenueConfig
from blotter.desk import command
from blotter.desk.change import LinkState
from blotter.desk.setup import Announced, account
from blotter.fix.session import Draft
from blotter.journal.tape import Kind, Tape
from blotter.venues.base import Environment, SessionKind
from blotter.venues.signing import generate_ed25519

pytestmark = pytest.mark.anyio


@pytest.fixture
def keys(tmp_path):
    private, api = tmp_path / "key.pem", tmp_path / "api-key"
    generate_ed25519(private)
    api.write_text("key-of-a-test")
    api.chmod(0o600)
    return {"private_key_file": str(private), "api_key_file": str(api)}


async def live(desk, name="OE"):
    assert await desk.until(lambda: desk.links()[name].state is LinkState.LIVE, 5), desk.links()


def said(directory, msg_type):
    """The connections on which we said it."""
    with contextlib.closing(Tape.open(directory / "tape.sqlite3")) as tape:
        entries = [row.entry for row in tape.rows()]
    return [one.connection for one in entries if one.kind is Kind.OUT and one.msg_type == msg_type]


async def test_trap_2_a_comp_id_that_broke_off_is_not_used_again(peer, tmp_path):
    venue, endpoint = peer
    async with running_desk(endpoint, tmp_path) as desk:
        for number in (1, 2, 3):
            assert await desk.until(lambda number=number: len(venue.logons) == number, 5)
            await live(desk)
            if number < 3:
                venue.drop()
        desk._links[0].cut("killed")  # without a Logout
        desk.stop()
    async with running_desk(endpoint, tmp_path) as desk:
        await live(desk)
        used = [logon.text(49) for logon in venue.logons]
        assert len(set(used)) == len(used) == 4
        assert all(len(name) == 8 for name in used)


async def test_trap_2_a_comp_id_that_was_logged_out_is_free(peer, tmp_path):
    venue, endpoint = peer
    async with running_desk(endpoint, tmp_path) as desk:
        await live(desk)
        desk.handle(command.Reconnect(id="r"))
        assert await desk.until(lambda: len(venue.logons) == 2, 5)
        await live(desk)
    async with running_desk(endpoint, tmp_path) as desk:
        await live(desk)
    assert len({logon.text(49) for logon in venue.logons}) == 1


async def test_trap_3_a_venue_that_refuses_is_not_hammered(peer, tmp_path):
    venue, endpoint = peer
    venue.accept, venue.refusal = False, Draft("3", ((373, "99"), (25016, "-1034"), (58, "Too many.")))
    async with running_desk(endpoint, tmp_path) as desk:
        assert await desk.until(lambda: desk.links()["OE"].refusals == 2, 5)
        await anyio.sleep(0.5)
        assert len(venue.connections) == 2
        view = desk.links()["OE"]
        assert view.retry_at - desk.clock().mono > 25 * 10**9
        assert "Too many. (-1034)" in view.reason


async def test_trap_3_neither_is_one_that_drops_every_session(peer, tmp_path):
    venue, endpoint = peer
    async with running_desk(endpoint, tmp_path) as desk:
        for _ in range(9):
            seen = len(venue.logons)
            if not await desk.until(lambda seen=seen: len(venue.logons) > seen, 1):
                break
            venue.drop()
        assert len(venue.connections) == 7, "half of the 15 in 30 s that the account may have"
        assert desk.links()["OE"].state is LinkState.WAITING


async def test_trap_4_leaving_and_reconnecting_say_logout_first(peer, tmp_path):
    venue, endpoint = peer
    async with running_desk(endpoint, tmp_path) as desk:
        await live(desk)
        desk.handle(command.Reconnect(id="r"))
        assert await desk.until(lambda: len(venue.logons) == 2, 5)
        await live(desk)
        desk._departure._suspend("the screen is gone")
        assert await desk.until(lambda: desk.links()["OE"].state is LinkState.DOWN, 5)
        desk._links[0].resume()
        await live(desk)
    assert said(tmp_path, "5") == said(tmp_path, "A") == [1, 2, 3]


async def test_trap_29_whatever_is_asked_for_a_drop_copy_stays_within_its_60_messages(tmp_path):
    async with (
        counterparty() as (_, where),
        counterparty() as (copy, copied),
        running_desk(where, tmp_path, drop_copy=copied) as desk,
    ):
        await live(desk, "DC")
        sent = desk._links[-1]
        for number in range(90):
            desk.handle(command.TestLink(id=str(number)))
            await desk.until(lambda: not sent.view().test_request_pending, 0.2)
            copy.newest.send(Draft("1", ((112, f"you-{number}"),))) if number < 3 else None
        assert await desk.until(lambda: sent.view().messages_out >= 55, 5)
        assert desk.links()["DC"].messages_out < 60
        assert desk.links()["DC"].state is LinkState.LIVE


def test_trap_29_a_drop_copy_beats_its_heart_no_more_than_every_ten_seconds(keys):
    config = VenueConfig(environment=Environment.TESTNET, heart_bt_int=5, **keys)
    links = {link.kind: link for link in account("t", config, None).links}
    assert links[SessionKind.DROP_COPY].heart_bt_int == 10
    assert links[SessionKind.DROP_COPY].endpoint.host == "fix-dc.testnet.binance.vision"
    assert links[SessionKind.ORDER_ENTRY].heart_bt_int == 5
    said = {"oe": "127.0.0.1:1", "md": "127.0.0.1:2", "dc": "127.0.0.1:3"}
    key = keys["private_key_file"]
    announced = Announced(fix=said, ca_file="ca.pem", api_key="k", private_key_file=key, symbols=())
    ports = {link.kind: link.endpoint.port for link in account("e", VenueConfig(), announced).links}
    assert ports[SessionKind.DROP_COPY] == 3, "on by default at the embedded exchange"
    off = VenueConfig(environment=Environment.TESTNET, drop_copy="off", **keys)
    assert SessionKind.DROP_COPY not in {link.kind for link in account("t", off, None).links}
    other = VenueConfig(environment=Environment.TESTNET, drop_copy="127.0.0.1:9300", **keys)
    ports = {link.kind: link.endpoint.port for link in account("t", other, None).links}
    assert ports[SessionKind.DROP_COPY] == 9300
