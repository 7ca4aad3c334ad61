import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from counter_venue import Exchange
from robot import Home

if sys.platform == "win32":
    collect_ignore_glob = ["*"]  # no pseudo terminals there


def _directory(prefix: str) -> Path:
    """Short, because the control socket lives below it and a Unix socket's path may have some 100 bytes."""
    return Path(tempfile.mkdtemp(prefix=prefix, dir="/tmp"))


@pytest.fixture
def home() -> Iterator[Home]:
    directory = _directory("blt-")
    yield Home(directory)
    shutil.rmtree(directory, ignore_errors=True)


@pytest.fixture
def exchange(home: Home) -> Iterator[Exchange]:
    """An exchange of one's own, with `home` configured to trade on it."""
    with Exchange(home) as running:
        running.config(home)
        yield running
