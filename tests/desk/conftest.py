import pytest
from counterparty import counterparty


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
async def peer():
    async with counterparty() as pair:
        yield pair
