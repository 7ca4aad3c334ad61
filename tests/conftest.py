"""What holds for every test: the collector does not walk the suite itself again and again."""

import gc

import pytest


@pytest.hookimpl(trylast=True)
def pytest_collection_finish() -> None:
    """Some hundred megabytes of modules and test items stay to the end. A full collection while a test runs need not
    look for garbage among them."""
    gc.collect()
    gc.freeze()
