"""A day traded, searched and exported, left with its summary, and then replayed, all in a terminal."""

import csv

from robot import LARGE, Home, Robot


def test_a_day_is_searched_exported_summed_up_and_replayed(home: Home) -> None:
    with Robot(home, LARGE) as robot:
        robot.wait_until_live()
        robot.send_order("buy 0.01 btc market")
        robot.wait_for_line("000001", "FILLED")
        robot.send_order("sell 0.004 btc market")
        robot.wait_for_line("000002", "FILLED")

        robot.command("find 55=BTCUSDT 150=F")
        robot.wait_for_line("find 55=BTCUSDT 150=F", "hits", "the whole tape")
        robot.press("escape", "3")
        robot.command(f"export {home.directory}/orders.csv")
        robot.wait_for(f"2 rows of orders written to {home.directory}/orders.csv")
        robot.press("Q")
        robot.wait_for("QUIT?")
        robot.answer("y", lambda screen: "QUIT?" in screen.text)
        robot.wait_for("orders     2: 2 filled", "realised", "answers    median")
        assert robot.wait_for_end() == 0, robot.dump()

    with open(home.directory / "orders.csv", newline="") as file:
        assert [row["id"] for row in csv.DictReader(file)] == ["A-000002", "A-000001"]
    tape = home.tape().path
    before = tape.read_bytes()

    with Robot(home, LARGE, "replay", str(tape)) as robot:
        robot.wait_for("RECORDING", "paused", "No orders yet")
        robot.press("F")
        robot.wait_for_line("000001", "0.01")
        robot.press("n")
        robot.wait_for("this is a recording: nothing can be sent, cancelled or changed")
        robot.press("f8")
        robot.command("speed 1000")
        robot.wait_for("×1000")
        robot.press("p")
        robot.wait_for("end", timeout=30)
        robot.wait_for_line("000002", "FILLED")
        robot.press("Q")
        assert robot.wait_for_end() == 0, robot.dump()
    assert tape.read_bytes() == before
