"""QuickFIX against itself over the loopback, in one process: prints the processor seconds a message takes, both sides.

Arguments: how many messages, a directory, a port. Memory store, no log, no dictionary: session and codec alone.
"""

import json
import sys
import threading
import time
from pathlib import Path

import quickfix as fix

COUNT, HOME, PORT = int(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]


class Application(fix.Application):
    def __init__(self):
        super().__init__()
        self.live, self.done, self.count = threading.Event(), threading.Event(), 0

    def onCreate(self, session_id):  # noqa: N802 - QuickFIX's names
        self.session_id = session_id

    def onLogon(self, session_id):  # noqa: N802
        self.live.set()

    def onLogout(self, session_id):  # noqa: N802
        pass

    def toAdmin(self, message, session_id):  # noqa: N802
        pass

    def fromAdmin(self, message, session_id):  # noqa: N802
        pass

    def toApp(self, message, session_id):  # noqa: N802
        pass

    def fromApp(self, message, session_id):  # noqa: N802
        message.getField(11)
        self.count += 1
        if self.count == COUNT:
            self.done.set()


def started(kind, role: str, ours: str, theirs: str):
    path = HOME / f"{role}.cfg"
    path.write_text(
        f"[DEFAULT]\nConnectionType={role}\nStartTime=00:00:00\nEndTime=00:00:00\nUseDataDictionary=N\nHeartBtInt=30\n"
        f"ReconnectInterval=1\nSocketAcceptPort={PORT}\nSocketConnectPort={PORT}\nSocketConnectHost=127.0.0.1\n"
        f"SocketNodelay=Y\n[SESSION]\nBeginString=FIX.4.4\nSenderCompID={ours}\nTargetCompID={theirs}\n"
    )
    application, settings = Application(), fix.SessionSettings(str(path))
    store = fix.MemoryStoreFactory()
    engine = kind(application, store, settings)
    engine.start()
    return application, engine, store, settings


def order(number: int) -> fix.Message:
    message = fix.Message()
    message.getHeader().setField(fix.MsgType("D"))
    for tag, value in (
        (38, "1"),
        (40, "2"),
        (44, "730"),
        (54, "2"),
        (55, "BNBUSDT"),
        (59, "1"),
        (60, "20261122-10:00:00"),
    ):
        message.setField(tag, value)
    message.setField(11, f"m{number}")
    return message


there = started(fix.SocketAcceptor, "acceptor", "B", "A")
here = started(fix.SocketInitiator, "initiator", "A", "B")
assert here[0].live.wait(20)
assert there[0].live.wait(20)
began = time.process_time()
for at in range(COUNT):
    fix.Session.sendToTarget(order(at), here[0].session_id)
assert there[0].done.wait(60)
print(json.dumps({"seconds": (time.process_time() - began) / COUNT}), flush=True)
here[1].stop()
there[1].stop()
