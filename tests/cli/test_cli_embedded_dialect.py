"""The exchange that a blotter starts for a venue of its own: in the venue's dialect, with what the desk must know."""

from decimal import Decimal
from pathlib import Path

import pytest

from blotter.cli.embedded import EmbeddedExchange
from blotter.config import ConfigError, VenueConfig
from blotter.desk.setup import account
from blotter.venues.base import SessionKind


def test_it_speaks_the_dialect_and_says_what_it_lists(tmp_path: Path) -> None:
    with EmbeddedExchange(tmp_path / "exchange", dialect="fix44", arguments=("--rate", "0")) as exchange:
        said = exchange.announced
    assert said.venue == "fix44"
    config = VenueConfig(venue="fix44", sender_comp_id="DESK", target_comp_id="BROKER")
    chosen = account("plain", config, said)
    (link,) = chosen.links
    assert link.kind is SessionKind.ORDER_ENTRY
    assert f"{link.endpoint.host}:{link.endpoint.port}" == said.fix["oe"]
    listed = {each.symbol: each for each in chosen.instruments}
    assert list(listed) == list(said.symbols)
    assert (listed["BTC-USD"].base, listed["BTC-USD"].tick_size) == ("BTC", Decimal("0.1"))
    with pytest.raises(ConfigError, match="the exchange speaks fix44"):
        account("other", VenueConfig(), said)
