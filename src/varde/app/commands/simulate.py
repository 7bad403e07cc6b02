"""simulate: the logs of a synthetic day as files."""

import os
from pathlib import Path

from varde.app.context import Context
from varde.app.output import say
from varde.app.period import day_of
from varde.model import VardeError, counted
from varde.simulate import HOME_TOML, HONEYPOT_FILE, HONEYPOT_SENSOR, honeypot_day, synthetic_day

CONFIG_NAME = "synthetic.toml"


def write_config(folder: Path) -> Path:
    """The made-up networks, and the words that mark pictures of them."""
    path = folder / CONFIG_NAME
    path.write_text(f'[view]\nnote = "synthetic data"\n\n{HOME_TOML}', encoding="utf-8")
    return path


def simulate_command(context: Context, folder: Path, day: str, probes: int, seed: int, *, campaigns: bool) -> None:
    """Write the logs and the configuration that goes with them."""
    when = day_of(day, context.now(), context.zone)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for log in synthetic_day(when, zone=context.zone, seed=seed, probes=probes, campaigns=campaigns):
            path = folder / log.name
            path.write_bytes(log.text)
            # the day is over: a line at its end is whole, and stamps are not in the future of the file
            os.utime(path, (context.now().timestamp() - 3600,) * 2)
            say(f"{path}: {counted(log.records, 'packet')} of {log.sensor}, {sum(log.planes.values()):,} of them refused (synthetic)")
        path, (text, lines) = folder / HONEYPOT_FILE, honeypot_day(when, zone=context.zone, seed=seed)
        path.write_bytes(text)
        os.utime(path, (context.now().timestamp() - 3600,) * 2)
        say(f"{path}: {lines:,} events of {HONEYPOT_SENSOR} (synthetic)")
        write_config(folder)
    except OSError as error:
        raise VardeError(f"cannot write to {folder}: {(error.strerror or str(error)).lower()}") from error
    say(f"{folder / CONFIG_NAME}: the made-up networks; use it with --config")
