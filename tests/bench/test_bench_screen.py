"""The full screen at 200x50 in a pty while reports stream in: share of a core, and how late both loops are.

Run: pytest tests/bench/test_bench_screen.py -n 0 -s (30 s each)
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import pexpect
import pytest

HERE = Path(__file__).parent
SECONDS = float(os.environ.get("BLOTTER_BENCH_SECONDS", "30"))


@pytest.mark.parametrize("rate", [1000])
def test_reports_stream_through_the_full_screen(rate, tmp_path):
    blaster = [sys.executable, str(HERE / "report_blaster.py"), str(rate)]
    with subprocess.Popen(blaster, stdout=subprocess.PIPE) as acceptor:
        try:
            port = int(acceptor.stdout.readline())
            screen = pexpect.spawn(
                sys.executable,
                [str(HERE / "screen_under_load.py"), str(port), str(SECONDS), str(tmp_path)],
                dimensions=(50, 200),
                env={**os.environ, "TERM": "xterm-256color", "COLORTERM": "truecolor"},
                timeout=SECONDS + 60,
            )
            written = 0
            while True:
                try:
                    written += len(screen.read_nonblocking(65536))
                except pexpect.EOF:
                    break
            screen.close()
        finally:
            acceptor.kill()
    result = json.loads((tmp_path / "result.json").read_text())
    print(f"{rate}/s for {SECONDS:g} s: {result}, {written / 1024 / SECONDS:.0f} KiB/s to the terminal")
    assert result["reports_per_second"] > rate * 0.95
    assert result["core_share"] < 0.5
    assert result["screen_lag_p99_ms"] < 20
