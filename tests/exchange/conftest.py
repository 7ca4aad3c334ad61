"""Fixtures of the exchange's tests: the async backend and a TLS venue with empty books."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from exchange_client import Venue, venue


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
async def quiet(tmp_path: Path, anyio_backend: str) -> AsyncIterator[Venue]:
    """No house, empty books."""
    async with venue(tmp_path / "exchange") as running:
        yield running
