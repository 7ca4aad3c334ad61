"""The two sides of an interoperation test, each one to be killed and started again in mid-stream."""

import contextlib
import json
import queue
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from blotter.acceptor.store import Store
from blotter.fix.codec import Decoder, Message
from blotter.fix.fix44_grammar import fix44
from blotter.fix.grammar import HEADER, TRAILER, Shape
from blotter.fix.session import (
    Deliver,
    Disconnect,
    Draft,
    Effect,
    Instant,
    Numbering,
    Numbers,
    NumbersChanged,
    Phase,
    ResendAsked,
    Role,
    Send,
    Session,
    SessionConfig,
    Warn,
)

PARTY = Path(__file__).with_name("quickfix_party.py")
DEADLINE = 30.0
NAME = "BLOTTER QF"


def dictionary_xml() -> str:
    """Our own tables of FIX 4.4 in QuickFIX's form: one definition, two engines."""
    grammar, used = fix44(), set[int]()

    def fields(shape: Shape) -> str:
        lines = []
        for tag, entry in shape.members.items():
            used.add(int(tag))
            name, needed = grammar.names.field_name(int(tag)), "Y" if tag in shape.required else "N"
            inside = "" if entry is None else fields(entry)
            kind = "field" if entry is None else "group"
            lines.append(f'<{kind} name="{name}" required="{needed}">{inside}</{kind}>')
        return "\n".join(lines)

    messages = "".join(
        f'<message name="{grammar.names.message_name(kind)}" msgtype="{kind}" '
        f'msgcat="{"admin" if kind in "0123 45A" else "app"}">{fields(grammar.shape(kind))}</message>\n'
        for kind in ("0", "1", "2", "3", "4", "5", "A", "D", "j", "8")
    )
    header, trailer = fields(grammar.shape(HEADER)), fields(grammar.shape(TRAILER))
    types = {"MULTIPLESTRINGVALUE": "MULTIPLEVALUESTRING"}
    defined = "".join(
        f'<field number="{tag}" name="{grammar.names.field_name(tag)}" '
        f'type="{types.get(grammar.types[tag], grammar.types[tag])}"/>\n'
        for tag in sorted(used)
    )
    return (
        '<fix type="FIX" major="4" minor="4" servicepack="0">\n'
        f"<header>{header}</header>\n<messages>{messages}</messages>\n<trailer>{trailer}</trailer>\n"
        f"<components/>\n<fields>{defined}</fields>\n</fix>\n"
    )


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


def until(true: Callable[[], bool], what: str, seconds: float = DEADLINE) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, f"not within {seconds:g} s: {what}"
        time.sleep(0.01)


class QuickFix:
    """The process; `events` so far, and what its application got."""

    def __init__(self, role: str, port: int, home: Path, **settings: str) -> None:
        self.role, self.port, self.home, self.settings = role, port, home, settings
        self.events: list[dict[str, Any]] = []
        home.mkdir(exist_ok=True)
        (home / "FIX44.xml").write_text(dictionary_xml())
        self.start()

    def start(self, **settings: str) -> None:
        self.settings |= settings
        extra = [f"{name}={value}" for name, value in self.settings.items()]
        self._process = subprocess.Popen(
            [sys.executable, PARTY, self.role, str(self.port), self.home, *extra],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._from = len(self.events)
        self._listener = threading.Thread(target=self._listen, args=(self._process,), daemon=True)
        self._listener.start()
        self.wait_for("started")

    def _listen(self, process: subprocess.Popen[str]) -> None:
        assert process.stdout is not None
        for line in process.stdout:
            if line.startswith("{"):
                self.events.append(json.loads(line))

    def do(self, what: str, **facts: object) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps({"do": what, **facts}) + "\n")
        self._process.stdin.flush()

    def send(self, names: list[str]) -> None:
        self.do("send", names=names)

    def mark(self) -> None:
        """What comes from here on is waited for."""
        self._from = len(self.events)

    def since(self, event: str, **facts: object) -> list[dict[str, Any]]:
        wanted = {"event": event, **facts}
        return [e for e in self.events[self._from :] if all(e.get(k) == v for k, v in wanted.items())]

    def wait_for(self, event: str, **facts: object) -> dict[str, Any]:
        until(lambda: bool(self.since(event, **facts)), f"QuickFIX: {event} {facts}")
        return self.since(event, **facts)[0]

    def numbers(self, **numbers: int) -> dict[str, Any]:
        self.mark()
        self.do("numbers", **numbers)
        return self.wait_for("numbers")

    @property
    def got(self) -> Counter[str]:
        """How often its application was given each order."""
        return Counter(e["id"] for e in self.events if e["event"] == "app" and e["type"] == "D")

    def kill(self) -> None:
        self._process.kill()
        self._process.wait(10)
        self._let_go()

    def stop(self) -> None:
        self.do("stop")
        self._process.wait(15)
        self._let_go()

    def close(self) -> None:
        if self._process.poll() is None:
            self.kill()
        self._let_go()

    def _let_go(self) -> None:
        self._listener.join(10)
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None and not pipe.closed:
                with contextlib.suppress(BrokenPipeError):
                    pipe.close()


class Acceptor:
    """`blotter acceptor --echo` in a process of its own."""

    def __init__(self, home: Path, *options: str) -> None:
        self._home, self._options = home, options
        self.port = 0
        self.start()

    def start(self, *options: str) -> None:
        command = [sys.executable, "-m", "blotter", "acceptor", "--echo", "--json", "--port", str(self.port)]
        command += ["--sender", "BLOTTER", "--target", "QF", "--data-dir", str(self._home)]
        self._process = subprocess.Popen([*command, *self._options, *options], stdout=subprocess.PIPE)
        assert self._process.stdout is not None
        self.port = json.loads(self._process.stdout.readline())["port"]

    def kill(self) -> None:
        self._process.kill()
        self._process.wait(10)
        self._let_go()

    def terminate(self) -> int:
        """Its exit code."""
        self._process.terminate()
        code = self._process.wait(10)
        self._let_go()
        return code

    def _let_go(self) -> None:
        if self._process.stdout is not None:
            self._process.stdout.close()

    def renumber(self, *, out: int | None = None, into: int | None = None) -> None:
        """Falsify its numbers while it is down."""
        store = Store(self._home / "acceptor.sqlite3")
        before = store.numbers(NAME)
        store.set_numbers(NAME, Numbers(out or before.next_out, into or before.next_in))
        store.close()

    @property
    def numbers(self) -> Numbers:
        store = Store(self._home / "acceptor.sqlite3")
        try:
            return store.numbers(NAME)
        finally:
            store.close()

    def close(self) -> None:
        if self._process.poll() is None:
            self.kill()


class Initiator:
    """Our session as initiator: a thread with a socket and a store in a file. It dials again when it is cut off."""

    def __init__(self, port: int, home: Path, **settings: Any) -> None:
        self.port, self._path = port, home / "initiator.sqlite3"
        self._settings = {"heart_bt_int": 2, "logout_timeout": 2.0, "validate": fix44().check, **settings}
        self._got: dict[str, int] = {}
        self.reasons: list[str] = []
        self.warnings: list[str] = []
        self.session: Session | None = None
        self.start()

    def start(self, **settings: Any) -> None:
        self._settings |= settings
        self._commands: queue.SimpleQueue[Callable[[Session], list[Effect]]] = queue.SimpleQueue()
        self._killed = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    @property
    def got(self) -> Counter[str]:
        """How often each order was delivered."""
        return Counter(self._got.copy())

    @property
    def live(self) -> bool:
        return self.session is not None and self.session.phase is Phase.LIVE

    def log_on(self) -> None:
        until(lambda: self.live, f"logged on; {self.reasons[-1:]}")

    def do(self, what: Callable[[Session], list[Effect]]) -> None:
        self._commands.put(what)

    def send(self, names: list[str]) -> None:
        for name in names:
            fields = [(11, name), (21, "1"), (55, "INTC"), (54, "1"), (38, "100"), (40, "2"), (44, "12.5")]
            draft = Draft("D", [*fields, (60, time.strftime("%Y%m%d-%H:%M:%S", time.gmtime()))])
            self.do(lambda _, draft=draft: [Send(draft)])

    def kill(self) -> None:
        """Gone between two messages, without a word; what is in the file remains."""
        self._killed.set()
        self._thread.join(10)
        assert not self._thread.is_alive()

    def renumber(self, *, out: int | None = None, into: int | None = None) -> None:
        store = Store(self._path)
        before = store.numbers(NAME)
        store.set_numbers(NAME, Numbers(out or before.next_out, into or before.next_in))
        store.close()

    # --- the thread ----------------------------------------------------------------------------------------

    def _run(self) -> None:
        self._store = Store(self._path)
        try:
            while not self._killed.is_set():
                try:
                    with socket.create_connection(("127.0.0.1", self.port)) as sock:
                        self._serve(sock)
                except ConnectionError:
                    pass
                self._killed.wait(0.2)
        finally:
            self._store.close()

    def _serve(self, sock: socket.socket) -> None:
        config = SessionConfig(
            "BLOTTER",
            "QF",
            Role.INITIATOR,
            numbering=Numbering.CONTINUOUS,
            time_precision=3,
            **self._settings,
        )
        self.session = session = Session(config, self._store.numbers(NAME))
        decoder = Decoder()
        sock.settimeout(0.005)
        self._out(sock, session, session.connected(self._now()))
        while session.phase is not Phase.CLOSED and not self._killed.is_set():
            try:
                data = sock.recv(65536)
                if not data:
                    session.disconnected(self._now(), "hung up")
            except TimeoutError:
                data = b""
            for message in decoder.feed(data):
                assert isinstance(message, Message), message
                self._out(sock, session, session.receive(message, self._now()))
            while session.phase is Phase.LIVE and not self._commands.empty():
                self._out(sock, session, self._commands.get()(session))
            self._out(sock, session, session.tick(self._now()))
        self.reasons.append(session.reason)

    def _out(self, sock: socket.socket, session: Session, effects: list[Effect]) -> None:
        out = b""
        for effect in effects:
            match effect:
                case Send(draft):
                    stamped = session.stamp(draft, self._now())
                    self._store.add_sent(NAME, stamped.msg_seq_num, stamped.data)
                    session.wrote(stamped, self._now())
                    out += stamped.data
                case Deliver(message):
                    name = message.text(11) or ""
                    self._got[name] = self._got.get(name, 0) + 1
                case ResendAsked(begin, end):
                    stored = self._store.sent(NAME, begin, end)
                    out += b"".join(again.data for again in session.resend(effect, stored, self._now()))
                case NumbersChanged(1, 1):
                    self._store.forget(NAME)
                case Warn(text):
                    self.warnings.append(text)
                case Disconnect(reason):
                    self.reasons.append(reason)
        self._store.set_numbers(NAME, Numbers(session.next_out, session.next_in))
        self._store.commit()
        if out:
            sock.settimeout(10)
            sock.sendall(out)
            sock.settimeout(0.005)

    def _now(self) -> Instant:
        return Instant(time.time_ns(), time.monotonic_ns())


def names(prefix: str, count: int) -> list[str]:
    return [f"{prefix}{number}" for number in range(count)]
