"""`blotter acceptor` as a process: what it prints, whom it serves, how it leaves."""

import json
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from blotter.fix.codec import Decoder, Fields, Message, encode
from blotter.fix.values import utc_timestamp

ORDER = ((11, "id"), (54, "1"), (40, "1"), (38, "1"), (55, "X"), (60, "20261122-10:00:00"))


@contextmanager
def running(*options: str) -> Iterator[dict]:
    command = [sys.executable, "-m", "blotter", "acceptor", "--port", "0", "--echo", "--json", *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            yield json.loads(process.stdout.readline()) | {"process": process}
        finally:
            process.terminate()
            assert process.wait(10) == 0
            assert process.stdout.read() == process.stderr.read() == ""


class Client:
    def __init__(self, port: int, begin: str = "FIX.4.4") -> None:
        self.begin, self.seq = begin, 0
        self.sock = socket.create_connection(("127.0.0.1", port), timeout=10)
        self.decoder, self.found = Decoder(), []

    def say(self, msg_type: str, body: Fields = (), seq: int | None = None) -> None:
        self.seq = seq or self.seq + 1
        head = ((49, "TW"), (56, "ISLD"), (34, str(self.seq)), (52, utc_timestamp(time.time_ns())))
        self.sock.sendall(encode(self.begin, msg_type, head, body))

    def hear(self) -> Message:
        while not self.found:
            data = self.sock.recv(65536)
            assert data, "hung up"
            self.found += self.decoder.feed(data)
        return self.found.pop(0)

    def log_on(self, seq: int | None = None, *more: tuple[int, str]) -> Message:
        self.say("A", ((98, "0"), (108, "30"), *more), seq)
        return self.hear()


def test_it_tells_its_address_serves_and_leaves() -> None:
    with running("--sender", "ISLD", "--target", "TW") as told:
        host, port = told["fix"].split(":")
        assert next(iter(told)) == "fix"
        assert (host, int(port), told["begin_string"]) == ("127.0.0.1", told["port"], "FIX.4.4")
        client = Client(told["port"])
        with client.sock:
            assert client.log_on().msg_type == "A"
            client.say("D", ORDER)
            echo = client.hear()
            assert (echo.msg_type, [echo.text(tag) for tag, _ in ORDER]) == ("D", [v for _, v in ORDER])
            told["process"].terminate()
            assert (client.hear().text(58)) == "shutting down"
            client.say("5")


@pytest.mark.parametrize(
    ("dialect", "begin", "extra"), [("fix42", "FIX.4.2", ()), ("fixt11", "FIXT.1.1", ((1137, "9"),))]
)
def test_other_versions(dialect: str, begin: str, extra: tuple[tuple[int, str], ...]) -> None:
    with running("--dialect", dialect) as told:
        client = Client(told["port"], begin)
        with client.sock:
            answer = client.log_on(None, *extra)
            assert [answer.text(8), answer.text(49), answer.text(56)] == [begin, "ISLD", "TW"]
            assert answer.text(1137) == ("9" if extra else None)
            client.say("D", ((21, "1"), *ORDER))
            assert client.hear().msg_type == "D"
            client.say("0", ((55, "X"),))
            assert client.hear().text(373) == "2"


def test_numbers_outlive_the_process_where_there_is_a_directory(tmp_path: Path) -> None:
    options = ("--data-dir", str(tmp_path / "data"))
    with running(*options) as told, (client := Client(told["port"])).sock:
        client.log_on()
        client.say("D", ORDER)
        client.hear()
    with running(*options) as told, (client := Client(told["port"])).sock:
        assert client.log_on(3).msg_seq_num == 3
        client.say("2", ((7, "2"), (16, "2")))
        again = client.hear()
        assert (again.msg_type, again.text(34), again.text(43), again.text(11)) == ("D", "2", "Y", "id")


def test_without_one_a_client_may_begin_anew() -> None:
    with running() as told:
        for _ in range(2):
            client = Client(told["port"])
            with client.sock:
                assert client.log_on().msg_seq_num == 1
                client.say("D", ORDER)
                assert client.hear().msg_seq_num == 2


def test_a_dictionary_that_is_wrong(tmp_path: Path) -> None:
    path = tmp_path / "broker.xml"
    path.write_text("<fix><header/></fix>")
    command = [sys.executable, "-m", "blotter", "acceptor", "--echo", "--dictionary", str(path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=30)
    assert done.returncode == 1
    assert done.stderr == "Error: broker.xml, line 1: <fix >: must have <messages>\n"
