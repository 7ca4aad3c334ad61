"""The screen on a scripted desk, for a look: `python tests/tui/demo_app.py [empty|busy|down] [theme]`.

A small echo stands in for the venue: orders are acknowledged, amends and cancels granted, after a moment.
"""

import random
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import msgspec
from fake_desk import SECOND, FakeDesk, busy, down, make_order

from blotter.desk.change import Frame
from blotter.desk.command import Amend, AnyCommand, Cancel, CancelAll, Resume, Stop, Submit
from blotter.trading.order import Order, OrderState
from blotter.tui.app import BlotterApp
from blotter.tui.options import ScreenOptions


class EchoDesk(FakeDesk):
    """Time passes here, and whatever is asked is granted."""

    def __init__(self) -> None:
        super().__init__()
        self._began = time.monotonic_ns()
        self._random = random.Random(7)
        self._number = 5000
        self._orders: dict[str, Order] = {}
        self._first_mono, self._first_wall = self._mono, self._wall

    def drain(self) -> Frame:
        past = time.monotonic_ns() - self._began
        self._mono, self._wall = self._first_mono + past, self._first_wall + past
        if self.desk is not None and past // SECOND != getattr(self, "_last", -1):
            self._last = past // SECOND
            self.set_desk()
        if self._random.random() < 0.2:
            mid = 60123 + self._random.random()
            self.quote("BTCUSDT", f"{mid:.2f}", f"{mid + 0.2:.2f}", age=0)
        self._orders.update(self.frame.orders)
        return super().drain()

    def post(self, command: AnyCommand) -> None:
        super().post(command)
        if isinstance(command, Submit):
            self._number += 1
            order = make_order(self._number, now=self._wall)
            place = msgspec.structs.replace(order.placements[0], request=command.request,
                                            order_qty=command.request.order_qty)  # fmt: skip
            self.frame.orders[order.id] = msgspec.structs.replace(
                order, symbol=command.request.symbol, placements=(place,), created_at=self._wall
            )
            self.answer(command, order_ids=(order.id,))
        elif isinstance(command, Cancel | CancelAll) or (isinstance(command, Stop) and command.cancel):
            ids = command.order_ids if isinstance(command, Cancel) else list(self._orders)
            for id in ids:
                if self._orders[id].open:
                    self.frame.orders[id] = msgspec.structs.replace(
                        self._orders[id], state=OrderState.CANCELED, pending=()
                    )
            self.answer(command)
        elif isinstance(command, Amend):
            self.answer(command, ok=False, text="the echo does not amend", field="price")
        else:
            self.answer(command)
        if isinstance(command, Stop | Resume):
            self.set_desk(stopped=isinstance(command, Stop))


def main() -> None:
    scene = sys.argv[1] if len(sys.argv) > 1 else "busy"
    theme = sys.argv[2] if len(sys.argv) > 2 else "desk-dark"
    desk = EchoDesk()
    {"empty": FakeDesk.up, "busy": busy, "down": down}[scene](desk)
    BlotterApp(desk, options=ScreenOptions(theme=theme)).run()


if __name__ == "__main__":
    main()
