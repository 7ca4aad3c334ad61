"""Starting the blotter where it cannot run."""

import os
import subprocess
import sys
from pathlib import Path


def test_without_a_terminal_it_says_so_and_starts_nothing(tmp_path: Path) -> None:
    data = tmp_path / "data"
    ran = subprocess.run(
        [sys.executable, "-m", "blotter", "--data-dir", str(data)],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=30,
        env={**os.environ, "HOME": str(tmp_path), "XDG_CONFIG_HOME": str(tmp_path / "config")},
        check=False,
    )
    assert ran.returncode == 1
    assert "needs a terminal" in ran.stderr
    assert not data.exists()
