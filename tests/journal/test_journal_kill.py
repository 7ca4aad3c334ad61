"""kill -9 in the middle of writing: the tape opens, verifies, and holds whatever was acknowledged."""

import random
import subprocess
import sys
from pathlib import Path

import pytest

from blotter.journal.tape import Entry, Kind, Tape
from blotter.journal.verify import verify

# Writes in all three ways without end, and says which rows were acknowledged.
WRITING = """
import os, random, sys
from pathlib import Path
from blotter.journal.tape import Entry, Kind, Tape, TapeFailed

numbers = random.Random(int(sys.argv[2]))
tape = Tape.open(Path(sys.argv[1]), checkpoint_every=64)

def entries():
    return [
        Entry(1, Kind.OUT, "OE", 1, 7, "D", b"%d" % numbers.getrandbits(64) * numbers.randrange(1, 40))
        for _ in range(numbers.randrange(1, 4))
    ]

def acknowledge(rows):
    os.write(1, b"%d\\n" % rows[-1])

while True:
    way = numbers.random()
    if way < 0.4:
        acknowledge(tape.write(entries()))
    elif way < 0.6:
        tape.append(entries())
    elif way < 0.62:
        tape.save_snapshot(tape.last_id, 1, bytes(200_000)) if tape.last_id else None
    else:
        tape.commit(entries(), acknowledge)
"""


@pytest.mark.parametrize("seed", range(4))
def test_a_killed_process_leaves_a_sound_tape(tmp_path: Path, seed: int) -> None:
    path = tmp_path / "tape.sqlite3"
    lines = random.Random(seed).randrange(20, 600)
    with subprocess.Popen(
        [sys.executable, "-c", WRITING, str(path), str(seed)], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        acknowledged = [int(process.stdout.readline()) for _ in range(lines)]
        process.kill()
        acknowledged += [
            int(line) for line in process.stdout.read().splitlines(keepends=True) if line[-1] == "\n"
        ]
    assert process.returncode != 0
    before = verify(path)
    assert before.bad_row is None
    assert before.rows >= max(acknowledged)

    tape = Tape.open(path)
    assert tape.warnings == []
    assert tape.last_id == before.rows
    tape.write([Entry(2, Kind.OUT, "OE", 1, 7, "D", b"after")])
    assert tape.snapshot(1) is None or tape.snapshot(1)[1] == bytes(200_000)
    assert tape.warnings == []
    tape.close()
    assert verify(path) == verify(path)._replace(rows=before.rows + 1, bad_row=None)
