"""The demo's store: days of synthetic background and one synthetic day with campaigns; a honeypot with recorded terminals,
ports that listen, and a simulated mail server."""

import time
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

from varde.app.commands.simulate import write_config
from varde.app.context import Context
from varde.app.output import say
from varde.decode import Origin
from varde.decode.payload.capture import captures_batch
from varde.live import Writer
from varde.simulate import (
    HONEYPOT_FILE,
    HONEYPOT_SENSOR,
    MAIL_FILE,
    MAIL_SENSOR,
    honeypot_captures,
    honeypot_day,
    honeypot_recordings,
    spam_day,
    synthetic_day,
)

DAYS_BEFORE = 3
"""Days of firewalls, honeypot and mail before the day with campaigns, so that it has something to differ from."""

MONTH = range(DAYS_BEFORE + 2, 34)
"""Ages in days of what firewalls alone tell of: a port is new that nobody wanted for a month."""

PROBES = range(13_500, 16_500)
"""Refused packets of the background on a day: those of a small office, and a month of them is read in seconds."""

NEWCOMERS = 40
"""Sessions of the last day at the honeypot that try what was never tried before."""


def prepare(folder: Path, *, quiet: bool) -> Context:
    """Write and import the synthetic logs. The day with campaigns is yesterday, because it is whole."""
    config = write_config(folder)
    with config.open("a", encoding="utf-8") as file:
        file.write(f'\n[[sensor]]\nname = "{HONEYPOT_SENSOR}"\nhome = "{(folder / HONEYPOT_SENSOR).resolve()}"\n')
    context = Context(folder / "store", config, quiet=True)
    today = context.now().date()
    _read_month(context, folder, today, quiet=quiet)
    for age in range(DAYS_BEFORE + 1, 0, -1):
        day = today - timedelta(days=age)
        last = age == 1
        if not quiet:
            say(f"making the synthetic day {day}" + (", with scans, a surge and a drawing" if last else ""))
        for sensor, name, text in _logs(context, folder, day, age, last=last):
            path = folder / f"synthetic-{day}-{name}"
            path.write_bytes(text)
            context.sensor = sensor
            context.importer(str(path), context.store).read(str(path))
        _catch(context, day, age)
    context.sensor = None
    return context


def _read_month(context: Context, folder: Path, today: date, *, quiet: bool) -> None:
    """Write and import one file of each firewall's background for the weeks before."""
    if not quiet:
        say(f"making {len(MONTH)} synthetic days before, of firewalls alone")
    texts: dict[tuple[str, str], list[bytes]] = {}
    for age in reversed(MONTH):
        day = today - timedelta(days=age)
        for log in synthetic_day(day, zone=context.zone, seed=age, probes=_probes(day), campaigns=False):
            texts.setdefault((log.sensor, log.name), []).append(log.text)
    for (sensor, name), days in texts.items():
        path = folder / f"synthetic-month-{name}"
        path.write_bytes(b"".join(days))
        context.sensor = sensor
        context.importer(str(path), context.store).read(str(path))


def _probes(day: date) -> int:
    """No two days are alike."""
    return PROBES[day.toordinal() * 7919 % len(PROBES)]


def _logs(context: Context, folder: Path, day: date, seed: int, *, last: bool) -> Iterator[tuple[str, str, bytes]]:
    """Sensor, file name and text of each log of a day; writes the honeypot's recordings beside them."""
    for log in synthetic_day(day, zone=context.zone, seed=seed, probes=_probes(day), campaigns=last):
        yield log.sensor, log.name, log.text
    newcomers = NEWCOMERS if last else 0
    yield HONEYPOT_SENSOR, HONEYPOT_FILE, honeypot_day(day, zone=context.zone, seed=seed, newcomers=newcomers)[0]
    for path, recording in honeypot_recordings(day, zone=context.zone, seed=seed, newcomers=newcomers).items():
        place = folder / HONEYPOT_SENSOR / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(recording)
    yield MAIL_SENSOR, MAIL_FILE, spam_day(day, zone=context.zone, seed=seed)


def _catch(context: Context, day: date, seed: int) -> None:
    """Store what was sent to ports that listened on a day."""
    now = time.time_ns() // 1000
    origin = Origin("catch1", f"catch:demo:{day}", "synthetic", now, context.zone, now, live=True)
    writer = Writer(context.store, context.geography)
    writer.add(captures_batch(honeypot_captures(day, zone=context.zone, seed=seed), origin), origin)
    writer.commit()
