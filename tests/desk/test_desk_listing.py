"""The venue's filters: asked for when they are old, kept with their age, never lost to a failure."""

import contextlib
from decimal import Decimal

import anyio
import msgspec
import pytest

from blotter.desk import listing as module
from blotter.desk.listing import DELISTED, FRESH_FOR, Listing
from blotter.desk.rest import RestUnavailable
from blotter.fix.session import Instant
from blotter.trading.instrument import Instrument
from blotter.venues.rest import Question

pytestmark = pytest.mark.anyio

BTC = Instrument(symbol="BTCUSDT", base="BTC", quote="USDT", tick_size=Decimal("0.01"), status="TRADING")
ETH = Instrument(symbol="ETHUSDT", base="ETH", quote="USDT", tick_size=Decimal("0.01"), status="TRADING")


class Clock:
    def __init__(self) -> None:
        self.wall = 10 * FRESH_FOR

    def __call__(self) -> Instant:
        return Instant(mono=self.wall, wall=self.wall)


class Venue:
    def __init__(self, *listed) -> None:
        self.listed = listed
        self.error: Exception | None = None
        self.asked = 0
        self.dialect = self

    def listing(self):
        return Question("/exchangeInfo", weight=20, signed=False)

    async def ask(self, question):
        self.asked += 1
        if self.error is not None:
            raise self.error
        return b""

    def read_listing(self, body):
        return tuple(self.listed)


class Owner:
    def __init__(self) -> None:
        self.said, self.notices = [], []

    def listed(self, instruments):
        self.said.append(tuple(instruments))

    def notice(self, severity, text, order_id=""):
        self.notices.append(text)


@contextlib.asynccontextmanager
async def running(path, venue, clock, source="binance embedded"):
    owner = Owner()
    listing = Listing(venue, path, source, clock, owner)
    listing.restore()
    async with anyio.create_task_group() as group:
        group.start_soon(listing.run)
        yield listing, owner
        group.cancel_scope.cancel()


async def until(condition):
    with anyio.fail_after(5):
        while not condition():  # noqa: ASYNC110 - a file appears without an event
            await anyio.sleep(0.005)


async def test_it_is_asked_once_and_known_after_a_restart(tmp_path):
    path, venue, clock = tmp_path / "listing.json", Venue(BTC), Clock()
    async with running(path, venue, clock) as (listing, owner):
        assert listing.at is None
        listing.want()
        await until(path.exists)
        assert owner.said == [(BTC,)]
        listing.want()
        await anyio.wait_all_tasks_blocked()
        assert venue.asked == 1  # it is fresh
    clock.wall += FRESH_FOR - 1
    async with running(path, venue, clock) as (listing, owner):
        assert owner.said == [(BTC,)]
        assert listing.at == clock.wall - (FRESH_FOR - 1)
        listing.want()
        await anyio.wait_all_tasks_blocked()
        assert venue.asked == 1


async def test_an_old_one_is_asked_for_anew_and_a_person_need_not_wait(tmp_path):
    path, venue, clock = tmp_path / "listing.json", Venue(BTC), Clock()
    async with running(path, venue, clock) as (listing, owner):
        listing.want()
        await until(path.exists)
        listing.want(now=True)
        await until(lambda: len(owner.said) == 2)
        clock.wall += FRESH_FOR
        listing.want()
        await until(lambda: len(owner.said) == 3)
        assert venue.asked == 3


async def test_a_symbol_that_is_gone_is_said_to_be(tmp_path):
    path, venue, clock = tmp_path / "listing.json", Venue(BTC, ETH), Clock()
    async with running(path, venue, clock) as (listing, owner):
        listing.want()
        await until(path.exists)
        venue.listed = (BTC,)
        listing.want(now=True)
        await until(lambda: len(owner.said) == 2)
    assert [(i.symbol, i.status) for i in owner.said[1]] == [("BTCUSDT", "TRADING"), ("ETHUSDT", DELISTED)]


async def test_a_failure_is_told_and_takes_nothing_away(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "ASK_AGAIN", 0.01)
    path, venue, clock = tmp_path / "listing.json", Venue(BTC), Clock()
    venue.error = RestUnavailable("REST is away")
    async with running(path, venue, clock) as (listing, owner):
        listing.want()
        await until(lambda: owner.notices)
        assert owner.notices[0] == "no listing from the venue: REST is away; filters are not known"
        venue.error = None
        await until(lambda: owner.said)  # it is asked for again by itself
        at = listing.at
        venue.error = RestUnavailable("REST is away")
        listing.want(now=True)
        await until(lambda: "the last one is used on" in owner.notices[-1])
        assert listing.at == at


@pytest.mark.parametrize("content", [b"", b"{", b'{"at":1,"source":"x","instruments":[{"symbol":3}]}'])
async def test_a_file_that_is_none_of_ours_is_not_used(tmp_path, content):
    path = tmp_path / "listing.json"
    path.write_bytes(content)
    async with running(path, Venue(BTC), Clock()) as (listing, owner):
        assert listing.at is None
        assert owner.said == []


async def test_the_rules_of_one_environment_are_not_taken_for_anothers(tmp_path):
    path, clock = tmp_path / "listing.json", Clock()
    async with running(path, Venue(BTC), clock, "binance testnet") as (listing, _):
        listing.want()
        await until(path.exists)
    async with running(path, Venue(BTC), clock, "binance live") as (listing, owner):
        assert owner.said == []


def test_news_leave_what_they_do_not_mention():
    fix = Instrument(symbol="BTCUSDT", base="BTC", quote="USDT", tick_size=Decimal("0.1"))
    assert BTC.updated(fix) == Instrument(
        symbol="BTCUSDT", base="BTC", quote="USDT", tick_size=Decimal("0.1"), status="TRADING"
    )


async def test_what_the_user_states_is_known_at_once_has_no_age_and_is_kept_for_readers_of_the_tape(tmp_path):
    path, clock, owner = tmp_path / "listing.json", Clock(), Owner()
    listing = Listing(None, path, "fix44 live", clock, owner, (BTC,))
    listing.restore()
    assert (owner.said, listing.at) == ([(BTC,)], None)
    assert msgspec.json.decode(path.read_bytes())["instruments"][0]["symbol"] == BTC.symbol
    later = Owner()  # it is stated no more
    again = Listing(None, path, "fix44 live", clock, later)
    again.restore()
    assert (later.said, again.at) == ([], None)
