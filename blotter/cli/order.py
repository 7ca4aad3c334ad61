"""Headless trading: the same verbs as on screen, from a script or another terminal.

Exit codes: 0 done, 1 refused or rejected, 3 nobody knows (unconfirmed).
"""

import json
import sys
from typing import Any

import click

from blotter.cli.context import Context, say
from blotter.cli.reach import ask_one, everywhere, perform_one
from blotter.desk.verbs import ANSWER_TIMEOUT, READY_TIMEOUT, RECONCILE_TIMEOUT, Reply

PATIENCE = READY_TIMEOUT + ANSWER_TIMEOUT + 15

_json = click.option("--json", "as_json", is_flag=True, help="Print the answer as one JSON object.")

_yes = click.option(
    "--yes",
    "--accept-warnings",
    "accept_warnings",
    is_flag=True,
    help="Send it although rules warn; what blocks, blocks.",
)


@click.command()
@click.argument("line", nargs=-1, required=True)
@click.option(
    "--wait", type=click.FloatRange(0, 86_400), default=0.0, help="Seconds to wait for the order's end."
)
@_yes
@_json
@click.pass_obj
def order(context: Context, line: tuple[str, ...], wait: float, accept_warnings: bool, as_json: bool) -> None:
    """Send an order or an order list given in one line, as in: blotter order 'buy 0.01 BTCUSDT @ 60000 gtc'"""
    request = _line("order", context, line, wait, accept_warnings)
    _finish(perform_one(context, request, timeout=wait + PATIENCE), as_json)


@click.command("do")
@click.argument("line", nargs=-1, required=True)
@click.option(
    "--wait", type=click.FloatRange(0, 86_400), default=5.0, help="Seconds to wait for the answers."
)
@_yes
@_json
@click.pass_obj
def do(context: Context, line: tuple[str, ...], wait: float, accept_warnings: bool, as_json: bool) -> None:
    """Do what a line of the command line says, as in: blotter do 'amend 12 @bid'"""
    request = _line("line", context, line, wait, accept_warnings)
    _finish(perform_one(context, request, timeout=wait + PATIENCE), as_json)


def _line(verb: str, context: Context, words: tuple[str, ...], wait: float, accept: bool) -> dict[str, Any]:
    presets = context.load().presets
    return {
        "verb": verb,
        "line": " ".join(words),
        "wait": wait,
        "accept_warnings": accept,
        "presets": presets,
    }


@click.command()
@click.argument("targets", nargs=-1, required=True)
@click.option(
    "--wait", type=click.FloatRange(0, 86_400), default=5.0, help="Seconds to wait for the answers."
)
@_json
@click.pass_obj
def cancel(context: Context, targets: tuple[str, ...], wait: float, as_json: bool) -> None:
    """Cancel orders by id (A-000012 or 12), `all`, a symbol, `buys` or `sells`, a list (L-31)."""
    request = {"verb": "cancel", "targets": list(targets), "wait": wait}
    _finish(perform_one(context, request, timeout=wait + PATIENCE), as_json)


@click.command()
@click.option("--open", "open_only", is_flag=True, help="Only those that may still trade.")
@_json
@click.pass_obj
def orders(context: Context, open_only: bool, as_json: bool) -> None:
    """List orders."""
    _finish(perform_one(context, {"verb": "orders", "open_only": open_only}, timeout=PATIENCE), as_json)


@click.command()
@click.option(
    "--wait", type=click.FloatRange(0, 86_400), default=5.0, help="Seconds to wait for the answers."
)
@_json
@click.pass_obj
def stop(context: Context, wait: float, as_json: bool) -> None:
    """Entry off at once, then cancel every open order; without --venue, at every desk that is running."""
    replies = everywhere(context, {"verb": "stop", "wait": wait}, timeout=wait + PATIENCE)
    if len(replies) == 1:
        _finish(next(iter(replies.values())), as_json)
        return
    every = {"ok": all(reply["ok"] for reply in replies.values()), "venues": replies}
    if as_json:
        _finish(every, as_json)
        return
    for venue, reply in replies.items():
        for line in _lines(reply):
            say(f"{venue}: {line}")
    if not every["ok"]:
        sys.exit(1)


@click.command()
@_json
@click.pass_obj
def reconcile(context: Context, as_json: bool) -> None:
    """Ask the venue what became of every order; lists those that stay unknown."""
    _finish(perform_one(context, {"verb": "reconcile"}, timeout=PATIENCE + RECONCILE_TIMEOUT), as_json)


@click.command()
@_json
@click.pass_obj
def resume(context: Context, as_json: bool) -> None:
    """Turn order entry on again after stop."""
    _finish(perform_one(context, {"verb": "resume"}, timeout=PATIENCE), as_json)


@click.command()
@_json
@click.pass_obj
def status(context: Context, as_json: bool) -> None:
    """Show sessions, numbers, ages and limits."""
    _finish(ask_one(context, {"verb": "status"}, timeout=PATIENCE), as_json)


def _finish(reply: Reply, as_json: bool) -> None:
    if as_json:
        say(json.dumps(reply, ensure_ascii=False))
    else:
        for line in _lines(reply):
            say(line)
    if reply.get("outcome") == "unconfirmed":
        sys.exit(3)
    if not reply["ok"]:
        sys.exit(1)


def _lines(reply: Reply) -> list[str]:
    lines = []
    if victims := reply.get("victims"):
        lines.append(str(victims))
    if mistakes := reply.get("mistakes"):
        lines.append(reply["line"])
        for mistake in mistakes:
            lines.append(" " * mistake["start"] + "^" * max(1, mistake["end"] - mistake["start"]))
            lines.append(mistake["text"])
    elif warnings := reply.get("warnings"):
        lines += [f"warning: {warning}" for warning in warnings]
        lines.append("nothing was sent; --yes sends it all the same")
    elif (text := reply.get("text")) and text != reply.get("victims"):
        lines.append(str(text))
    if "list" in reply:
        lines.append(f"{reply['list']}  {reply['outcome'].upper()}")
    shown = [reply["order"]] if "order" in reply else reply.get("orders", [])
    if outcomes := reply.get("outcomes"):
        lines.extend(_outcome_line(one) for one in outcomes)
    else:
        lines.extend(_order_line(one) for one in shown)
    if "orders" in reply and not shown and "text" not in reply:
        lines.append("no orders")
    for fill in reply.get("fills", []):
        lines.append(f"  fill {fill['last_qty']} @ {fill['last_px']}")
    for name, link in reply.get("sessions", {}).items():
        ages = link["last_in_age"]
        heard = f"heard {ages:.1f}s ago" if ages is not None else "nothing heard"
        lines.append(
            f"{name} {link['state']} {link['reason']} in {link['next_in']} out {link['next_out']} {heard}".replace(
                "  ", " "
            )
        )
    if "open_orders" in reply:
        lines.append(f"{reply['open_orders']} open, {reply['unconfirmed']} unconfirmed")
        if reply["entry_blocked"]:
            lines.append(f"new orders are refused: {reply['entry_blocked']}")
    return lines


def _outcome_line(one: Reply) -> str:
    """What a stop did to one order."""
    text = f"{one['order_id']}  {one['side']} {one['symbol']}  {one['result'].upper()}"
    return text + (f"  {one['text']}" if one["text"] else "")


def _order_line(one: Reply) -> str:
    terms = f"{one['side']} {one['order_qty'] or '?'} {one['symbol']} {one['ord_type']}"
    if one["price"]:
        terms += f" @ {one['price']}"
    if one["time_in_force"]:
        terms += f" {one['time_in_force']}"
    if one["expire_time"]:
        terms += f" {one['expire_time']}"
    state = one["state"].upper() + (" (unverified)" if one["unverified"] else "")
    text = f"{one['id']}  {terms}  {state}  filled {one['cum_qty']}"
    if one["avg_px"]:
        text += f" @ {one['avg_px']}"
    if one["reason"]:
        text += f"  {one['reason']}"
    return text
