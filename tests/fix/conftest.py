"""Fixtures of the protocol's tests."""

from collections.abc import Iterator

import pytest
from fix_counterpart import VARIANTS, Counterpart, counterpart


@pytest.fixture(params=VARIANTS)
def peer(request: pytest.FixtureRequest) -> Iterator[Counterpart]:
    """A counterpart of our engine: both roles, with a socket and without."""
    with counterpart(request.param) as made:
        yield made
