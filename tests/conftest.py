"""What holds for every test: how many run side by side, and the collector does not walk the suite itself again."""

import gc
import os

import pytest


def pytest_xdist_auto_num_workers() -> int:
    """One worker more than there are cores: sessions wait for sockets and clocks, and a core that waits is free."""
    return len(os.sched_getaffinity(0)) + 1 if hasattr(os, "sched_getaffinity") else (os.cpu_count() or 1) + 1


@pytest.hookimpl(trylast=True)
def pytest_collection_finish() -> None:
    """Some hundred megabytes of modules and test items stay to the end. A full collection while a test runs need not
    look for garbage among them."""
    gc.collect()
    gc.freeze()
