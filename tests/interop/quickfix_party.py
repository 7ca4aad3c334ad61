"""QuickFIX in a process of its own: one session, driven by lines of JSON, which it answers with what happens.

Arguments: role, port, directory for its store and dictionary, then settings as NAME=VALUE. It keeps its numbers in
files, so that a new process goes on where a killed one stopped. It never imports what it is tested against.
"""

import json
import os
import sys
import threading
from pathlib import Path

import quickfix as fix

ROLE, PORT, HOME = sys.argv[1], sys.argv[2], Path(sys.argv[3])
REPORTING = "Reporting=Y" in sys.argv
reports = 0
_writing = threading.Lock()


def tell(event: str, **facts: object) -> None:
    with _writing:
        sys.stdout.write(json.dumps({"event": event, **facts}) + "\n")
        sys.stdout.flush()


def value(part: fix.FieldMap, tag: int) -> str:
    return part.getField(tag) if part.isSetField(tag) else ""


class Application(fix.Application):
    def onCreate(self, session_id):  # noqa: N802 - QuickFIX's names
        self.session_id = session_id

    def onLogon(self, session_id):  # noqa: N802
        tell("logon")

    def onLogout(self, session_id):  # noqa: N802
        tell("logout")

    def toAdmin(self, message, session_id):  # noqa: N802
        self._admin("admin out", message)

    def fromAdmin(self, message, session_id):  # noqa: N802
        self._admin("admin in", message)

    def toApp(self, message, session_id):  # noqa: N802
        pass

    def fromApp(self, message, session_id):  # noqa: N802
        header = message.getHeader()
        tell(
            "app",
            type=value(header, 35),
            seq=int(value(header, 34)),
            id=value(message, 11),
            dup=value(header, 43) == "Y",
        )
        if REPORTING and value(header, 35) == "D":
            fix.Session.sendToTarget(report(message, "0", "0", "0", "100"), session_id)

    def _admin(self, event, message):
        header = message.getHeader()
        tell(
            event,
            type=value(header, 35),
            seq=int(value(header, 34)),
            text=value(message, 58),
            begin=value(message, 7),
        )


def settings() -> Path:
    lines = {
        "ConnectionType": ROLE,
        "StartTime": "00:00:00",
        "EndTime": "00:00:00",
        "FileStorePath": str(HOME / "store"),
        "FileLogPath": str(HOME / "log"),
        "DataDictionary": str(HOME / "FIX44.xml"),
        "HeartBtInt": "2",
        "ReconnectInterval": "1",
        "SocketAcceptPort": PORT,
        "SocketReuseAddress": "Y",
        "SocketConnectHost": "127.0.0.1",
        "SocketConnectPort": PORT,
        "SocketNodelay": "Y",
        "LogonTimeout": "5",
        "LogoutTimeout": "2",
        **dict(argument.split("=", 1) for argument in sys.argv[4:] if argument != "Reporting=Y"),
    }
    text = "[DEFAULT]\n" + "".join(f"{name}={setting}\n" for name, setting in lines.items())
    text += "[SESSION]\nBeginString=FIX.4.4\nSenderCompID=QF\nTargetCompID=BLOTTER\n"
    path = HOME / "session.cfg"
    path.write_text(text)
    return path


def order(name: str) -> fix.Message:
    message = fix.Message()
    message.getHeader().setField(fix.MsgType("D"))
    for tag, content in (
        (11, name),
        (21, "1"),
        (55, "INTC"),
        (54, "1"),
        (38, "100"),
        (40, "2"),
        (44, "12.5"),
    ):
        message.setField(tag, content)
    message.setField(fix.TransactTime())
    return message


def report(asked: fix.Message, kind: str, status: str, cum: str, leaves: str) -> fix.Message:
    """ExecutionReport of the order that was asked for."""
    global reports
    reports += 1
    message = fix.Message()
    message.getHeader().setField(fix.MsgType("8"))
    name = value(asked, 11)
    same = [(tag, value(asked, tag)) for tag in (38, 40, 44, 54, 55, 59) if value(asked, tag)]
    fill = [(31, value(asked, 44)), (32, cum)] if kind == "F" else []
    for tag, content in (
        (37, f"O-{name}"),
        (11, name),
        (17, f"E{reports}"),
        (150, kind),
        (39, status),
        (151, leaves),
        (14, cum),
        (6, "0"),
        *same,
        *fill,
    ):
        message.setField(tag, content)
    message.setField(fix.TransactTime())
    return message


def main() -> None:
    application = Application()
    configured = fix.SessionSettings(str(settings()))
    store, log = fix.FileStoreFactory(configured), fix.FileLogFactory(configured)
    kind = fix.SocketInitiator if ROLE == "initiator" else fix.SocketAcceptor
    engine = kind(application, store, configured, log)
    engine.start()
    session = fix.Session.lookupSession(application.session_id)
    tell("started", out=session.getExpectedSenderNum(), into=session.getExpectedTargetNum())
    for line in sys.stdin:
        command = json.loads(line)
        match command["do"]:
            case "send":
                for name in command["names"]:
                    fix.Session.sendToTarget(order(name), application.session_id)
                tell("sent")
            case "fill":
                asked = order(command["id"])
                fix.Session.sendToTarget(report(asked, "F", "2", "100", "0"), application.session_id)
                tell("sent")
            case "numbers":
                if "out" in command:
                    session.setNextSenderMsgSeqNum(command["out"])
                if "into" in command:
                    session.setNextTargetMsgSeqNum(command["into"])
                tell("numbers", out=session.getExpectedSenderNum(), into=session.getExpectedTargetNum())
            case "logout":
                session.logout()
            case "logon":
                session.logon()
            case "stop":
                engine.stop()
                tell("stopped")
                os._exit(0)  # its objects do not like to be torn down by the interpreter


main()
