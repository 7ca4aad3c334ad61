"""Commands about sessions: test, reconnect, log out, log on, hand over. What cannot be done comes back with its reason.

None of them touches an order. A session that is named and does not exist is refused, never taken for all.
"""

from collections.abc import Callable, Sequence

from blotter.desk.change import Answer
from blotter.desk.command import AnyCommand, HandOver, LogOn, LogOut, Reconnect, TestLink
from blotter.desk.link import Link

ON_PURPOSE = "logged out on purpose"


class SessionCommands:
    """Of one desk's sessions."""

    def __init__(self, links: Sequence[Link], answer: Callable[[Answer], None]) -> None:
        self._links = links
        self._answer = answer

    def handle(self, command: AnyCommand) -> bool:
        """Carry it out and answer; False when it is not about a session."""
        if not isinstance(command, TestLink | Reconnect | LogOut | LogOn | HandOver):
            return False
        links = [link for link in self._links if command.session in ("", link.name)]
        if not links:
            refused = f"{command.session}: there is no such session"
            done = ""
        else:
            refused, done = self._carry_out(command, links)
        field = "session" if refused else ""
        self._answer(Answer(id=command.id, ok=not refused, text=refused or done, field=field))
        return True

    def _carry_out(self, command: AnyCommand, links: list[Link]) -> tuple[str, str]:
        """Why not, and else what was done."""
        link, done = links[0], ""
        match command:
            case TestLink():
                live = [one for one in links if one.live]
                if command.session and not live:
                    return f"{link.name} is not live: {link.reason or 'no reason known'}", ""
                for one in live:
                    one.test_request()
                done = "TestRequest sent"
            case Reconnect():
                for one in links:
                    one.reconnect()
                done = "reconnecting"
            case LogOut():
                if link.suspended:
                    return f"{link.name} is logged out already", ""
                link.suspend(ON_PURPOSE)
                done = f"{link.name} is being logged out; it stays down until it is logged on again"
            case LogOn():
                if not link.suspended:
                    return f"{link.name} was not logged out: it dials by itself", ""
                link.resume()
                done = f"{link.name} dials"
            case HandOver():
                return link.hand_over(), f"{link.name}: the next session is being opened"
        return "", done
