"""Bad days on request, through the control port of an embedded exchange that is running.

A command or a worker thread calls `rehearse`, which blocks until the exchange has answered (`TIMEOUT` at most). In a
running event loop, the screen's say, `await converse` and `await choices` instead: they never block it. None of them
knows the exchange but by its socket; which faults there are is asked there.
"""

import asyncio
from typing import Any, Final

import msgspec

TIMEOUT: Final = 3.0
STATUS: Final = "status"
LIST: Final = "list"


class RehearsalFailed(Exception):
    """Nothing listens there, or the exchange does not take the fault. The text is for people."""


class Choice(msgspec.Struct, frozen=True):
    """A fault that can be asked for: its name, an example of how it is written, what happens."""

    name: str
    example: str
    text: str


class _Stands(msgspec.Struct, frozen=True):
    fault: str
    left: float | None = None


class _Status(msgspec.Struct, frozen=True):
    standing: tuple[_Stands, ...]
    sessions: dict[str, int]


class _Answer(msgspec.Struct, frozen=True):
    ok: bool
    error: str = ""
    status: _Status | None = None
    faults: tuple[Choice, ...] = ()


def rehearse(control: str, text: str) -> list[str]:
    """`converse`, blocking."""
    return asyncio.run(converse(control, text))


async def converse(control: str, text: str) -> list[str]:
    """Let faults happen (`stall:5s,lost-ack:0.1`) and tell what stands then, one line each. `status` (or nothing) only
    tells, `list` tells which faults there are. `control` is host:port. Raises `RehearsalFailed`.
    """
    wanted = text.strip() or STATUS
    if wanted == LIST:
        found = await choices(control)
        width = max((len(choice.example) for choice in found), default=0)
        return [f"{choice.example:{width}}  {choice.text}" for choice in found]
    if wanted != STATUS:
        await _ask(control, {"fault": wanted})
    answer = await _ask(control, {"ask": "status"})
    return [] if answer.status is None else _lines(answer.status)


async def choices(control: str) -> tuple[Choice, ...]:
    """Which faults this exchange knows. Raises `RehearsalFailed`."""
    return (await _ask(control, {"ask": "faults"})).faults


def _lines(status: _Status) -> list[str]:
    sessions = ", ".join(f"{kind} {count}" for kind, count in status.sessions.items())
    stands = [
        each.fault if each.left is None else f"{each.fault}  ({each.left:.0f} s left)"
        for each in status.standing
    ]
    return [f"sessions: {sessions}", *(stands or ["no fault stands"])]


async def _ask(control: str, request: dict[str, Any]) -> _Answer:
    host, _, port = control.rpartition(":")
    if not port.isdecimal():
        raise RehearsalFailed(f"control {control!r} is not host:port")
    try:
        async with asyncio.timeout(TIMEOUT):
            reader, writer = await asyncio.open_connection(host, int(port), limit=1 << 20)
            try:
                writer.write(msgspec.json.encode(request) + b"\n")
                line = await reader.readline()
            finally:
                writer.close()
        answer = msgspec.json.decode(line, type=_Answer)
    except TimeoutError:
        raise RehearsalFailed(f"the exchange at {control} did not answer within {TIMEOUT:.0f} s") from None
    except OSError:
        raise RehearsalFailed(f"no exchange listens at {control}") from None
    except (msgspec.MsgspecError, ValueError) as error:
        raise RehearsalFailed(f"what listens at {control} is no exchange: {error}") from None
    if not answer.ok:
        raise RehearsalFailed(answer.error)
    return answer
