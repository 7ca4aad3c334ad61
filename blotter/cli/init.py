"""`blotter init NAME`: a signing key of one's own, a commented config, and what to do with them at the venue."""

import os
from pathlib import Path

import click

from blotter.cli.context import Context, say
from blotter.config import default_config_path
from blotter.venues.signing import KeyFileError, generate_ed25519

PROFILES = {
    "binance-testnet": (
        "testnet",
        "https://testnet.binance.vision (log in, Generate Ed25519 key, permission FIX_API)",
        "Play money. Wiped about monthly, without notice.",
    ),
    "binance-demo": (
        "demo",
        "https://demo.binance.com (API management, Ed25519, permission FIX_API)",
        "Play money at live prices.",
    ),
    "binance-live": (
        "live",
        "https://www.binance.com (API management, self-generated Ed25519 key, Enable FIX API, restrict to your IP)",
        "REAL MONEY.",
    ),
}

TABLE = """\
# {remark}
[venues.{name}]
venue = "binance"
environment = "{environment}"       # testnet, demo or live
api_key_file = "{api_key}"     # holds the API key alone; mode 0600
private_key_file = "{private_key}"   # Ed25519, PEM; mode 0600
symbols = ["BTCUSDT", "ETHUSDT"]  # best bid and offer are subscribed for these
heart_bt_int = 30                 # seconds, 5 to 60
comp_id_prefix = "BLT"            # first letters of SenderCompID; another one on each machine of the account
"""

HEAD = """\
# Blotter configuration. Unknown keys are errors. No secrets in here: they live in files of mode 0600.

venue = "{name}"          # which of the [venues] tables runs; "embedded" is the exchange that ships with Blotter

[desk]
on_exit = "leave"                 # open orders on leaving: leave, cancel, or stay (the desk goes on without a screen)
on_ui_loss = "leave"              # the same when the terminal is lost, hangs, or the screen fails
ui_hung_after = 60.0              # seconds without a sign of the screen that count as lost
ack_timeout = 10.0                # seconds without an answer after which a request is unconfirmed
durability = "full"               # full: an order survives loss of power before it leaves; process: a crash only

[screen]
theme = "desk-dark"               # desk-dark, desk-light, high-contrast, or one of your own
fps = 30                          # lower it on slow links

[risk]                            # every order is judged before it leaves; `blotter config schema` prints every rule
# notional = {{ warn = 10000, block = 50000 }}   # worth of one order, in the symbol's quote asset
# [risk.instruments.BTCUSDT]
# position = {{ warn = 1, block = 2 }}           # in base asset, open orders included
# [risk.stop]
# loss = 1000                     # in USDT, or in the asset `unit` names: stops entry and cancels everything

"""


@click.command()
@click.argument("name", type=click.Choice(sorted(PROFILES)))
@click.pass_obj
def init(context: Context, name: str) -> None:
    """Make a key and a config for a venue, and say what to register there."""
    environment, site, remark = PROFILES[name]
    config = context.config_path or default_config_path()
    folder = config.parent
    private_key, api_key = folder / f"{name}.pem", folder / f"{name}.api-key"
    try:
        existing = config.read_text(encoding="utf-8") if config.exists() else ""
        if f"[venues.{name}]" in existing:
            raise click.ClickException(f"{config} has a [venues.{name}] already; nothing was changed")
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        public = generate_ed25519(private_key)
        if not api_key.exists():
            os.close(os.open(api_key, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        table = TABLE.format(
            name=name,
            environment=environment,
            remark=remark,
            api_key=_toml(api_key),
            private_key=_toml(private_key),
        )
        head = "" if existing else HEAD.format(name=name)
        with config.open("a", encoding="utf-8") as file:
            file.write(head + ("\n" if existing else "") + table)
    except KeyFileError as error:
        raise click.ClickException(str(error)) from None
    except OSError as error:
        raise click.ClickException(f"{error.filename or config}: {error.strerror or error}") from None
    say(f"Wrote {private_key} (secret, mode 0600) and {config}.\n")
    say(f"1. Register this public key at {site}:\n")
    say(public.strip() + "\n")
    say(f"2. Put the API key the site gives you into {api_key}, alone on one line:\n")
    say(f"   cat > {api_key}\n")
    say("3. Try it, without sending an order, then start:\n")
    option = f"--config {config} " if context.config_path else ""
    say(f"   blotter {option}--venue {name} check")
    say(f"   blotter {option}--venue {name}")


def _toml(path: Path) -> str:
    """For a basic TOML string."""
    return str(path).replace("\\", "\\\\").replace('"', '\\"')
