"""BIND's lines about answers that a response policy zone changed or let pass: categories `rpz` and `rpz-passthru`.

    2026-11-21T17:08:54.387Z rpz: info: client @0x7fc016d08098 192.0.2.7#47733 (evil.example): rpz QNAME NXDOMAIN rewrite evil.example/A/IN via evil.example.rpz.varde
    Nov 21 17:08:54 ns named[212]: client @0x7fc016d08098 192.0.2.7#47733 (ok.example): view home: rpz IP NODATA rewrite ok.example/A/IN via 32.5.113.0.203.rpz-ip.rpz.varde

Source: BIND 9 Administrator Reference Manual, logging categories and response-policy; lines of BIND 9.18."""

import numpy as np
import polars as pl

from varde.decode.headers import PRI, WORD
from varde.decode.lines import Lines
from varde.decode.sightings._dialect import ROW, Dialect, Found, sightings
from varde.decode.stamps import MONTHS

_CLOCK = r"[0-9]{2}:[0-9]{2}:[0-9]{2}"
_ISO = rf"(?P<iso>[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}[T ]{_CLOCK}(?:[.,][0-9]+)?(?:Z|[+-][0-9:]{{4,6}})?)"
_OWN = rf"(?P<day>[0-9]{{2}})-(?P<month>[A-Z][a-z]{{2}})-(?P<year>[0-9]{{4}}) (?P<clock>{_CLOCK}(?:\.[0-9]+)?)"
_BSD = rf"(?P<bsd>[A-Z][a-z]{{2}} +[0-9]{{1,2}} {_CLOCK})"
_SYSLOG = rf"(?:1 )?(?:{_ISO}|{_BSD}) {WORD} named(?:\[[0-9]+\]:| [!-~]+ [!-~]+ (?:-|\[[^\]]*\]))"
_HEADS = (
    rf"^{_ISO} (?:[a-z-]+: )?(?:[a-z]+: )?client ", rf"^{_OWN} (?:[a-z-]+: )?(?:[a-z]+: )?client ",
    rf"^{PRI}{_SYSLOG} (?:[a-z-]+: )?(?:[a-z]+: )?client ",
)  # fmt: skip
"""What stands before `client`: a file's time as `print-time` has it, or a syslog header; category and severity where they are printed."""

_TAIL = (
    r"client (?:@0x[0-9a-f]+ )?(?P<src>[0-9A-Fa-f:.%a-z]+)#(?P<src_port>[0-9]{1,5})(?: \([^ ]*\))?: (?:view [!-~]+: )?(?P<off>disabled )?"
    r"rpz (?P<seen>[A-Z-]+) (?P<outcome>[A-Za-z-]+) rewrite (?P<name>[!-~]+)/(?P<asked>[A-Z0-9-]+)/[A-Z]+ via (?P<rule>[!-~]+)"
)
_TRIGGERS = {"CLIENT-IP": ".rpz-client-ip.", "IP": ".rpz-ip.", "NSIP": ".rpz-nsip.", "NSDNAME": ".rpz-nsdname."}
_MONTHS = {name.capitalize(): f"{number:02}" for number, name in enumerate(MONTHS, start=1)}
_MAY_BE = r"\): (?:view [!-~]+: )?(?:disabled )?rpz [A-Z-]+ [A-Za-z-]+ rewrite "


def _read(lines: Lines) -> Found:
    mine = lines.text.str.contains(_MAY_BE)
    frame = pl.DataFrame({ROW: np.arange(len(lines)), "text": lines.text}).filter(mine)
    said = frame.with_columns(frame["text"].str.extract_groups(_TAIL).struct.unnest().get_columns())
    parts = []
    for head in _HEADS:
        groups = said["text"].str.extract_groups(head).struct.unnest()
        hit = groups.select(pl.any_horizontal(pl.all().is_not_null())).to_series() & said["src"].is_not_null()
        parts.append(_stamped(said.with_columns(groups.get_columns()).filter(hit)))
        said = said.filter(~hit)
    return Found(sightings(pl.concat(parts).sort(ROW)), {"form": said[ROW].to_numpy().astype(np.intp)} if len(said) else {})


def _stamped(frame: pl.DataFrame) -> pl.DataFrame:
    for name in ("iso", "bsd", "day", "month", "year", "clock"):
        frame = frame if name in frame.columns else frame.with_columns(pl.lit(None, pl.String).alias(name))
    own = pl.concat_str("year", pl.lit("-"), pl.col("month").replace_strict(_MONTHS, default=None, return_dtype=pl.String), pl.lit("-"), "day", pl.lit("T"), "clock")
    stamp = frame.with_columns(own.alias("own"))
    return sightings(stamp.with_columns(
        stamp=pl.coalesce("iso", "bsd", "own", pl.lit("")), kind=pl.when(pl.col("bsd").is_not_null()).then(pl.lit("bsd")).otherwise(pl.lit("iso")),
        src=pl.col("src").str.replace("%.*$", ""), lists=_zone(), indicator=_indicator(),
        outcome=pl.when(pl.col("off").is_not_null()).then(pl.lit("disabled")).otherwise(pl.col("outcome").str.to_lowercase()),
    ))  # fmt: skip


def _zone() -> pl.Expr:
    """The policy zone: what follows the trigger in the rule's name, or the name that was asked for."""
    zone = pl.col("rule").str.extract(r"\.rpz-(?:client-ip|ip|nsip|nsdname)\.(.*)$")
    plain = pl.col("rule").str.slice(pl.col("name").str.len_chars() + 1)
    return pl.coalesce(zone, pl.when(pl.col("rule").str.starts_with(pl.col("name"))).then(plain), "rule")


def _indicator() -> pl.Expr:
    """The address or name server that the rule is about; else the name."""
    about = pl.col("rule").str.extract(r"^(.*)\.rpz-(?:client-ip|ip|nsip|nsdname)\.")
    return pl.when(pl.col("seen") == "NSDNAME").then(about).otherwise(pl.coalesce(about.map_elements(_network, return_dtype=pl.String), "name"))


def _network(owner: str) -> str | None:
    """`24.0.113.0.203` is 203.0.113.0/24, `128.1.zz.bad.2001` is 2001:bad::1/128 (draft-vixie-dnsop-dns-rpz section 4.1.1)."""
    prefix, *labels = owner.split(".")
    labels.reverse()
    is_v4 = len(labels) == 4 and "zz" not in labels
    address = ".".join(labels) if is_v4 else ":".join("" if label == "zz" else label for label in labels)
    if not is_v4 and "zz" in labels:
        address = (":" if labels[0] == "zz" else "") + address + (":" if labels[-1] == "zz" else "")
    whole = prefix == ("32" if is_v4 else "128")
    return address if whole else f"{address}/{prefix}"


BIND = Dialect(
    name="bind-rpz",
    title="BIND, response policy zones",
    manual="https://bind9.readthedocs.io/en/stable/reference.html#logging-statement-definition-and-usage",
    pivots=(": rpz ", ": disabled rpz "),
    read=_read,
    example="2026-11-21T17:08:54.387Z rpz: info: client @0x7fc016d08098 192.0.2.7#47733 (evil.example): rpz QNAME NXDOMAIN rewrite evil.example/A/IN via evil.example.rpz.varde",
    fix="log the categories rpz and rpz-passthru: `logging { channel rpz { file \"rpz.log\" versions 5 size 20m; print-time iso8601-utc; print-category yes; }; "
        "category rpz { rpz; }; category rpz-passthru { rpz; }; };`",
    clock="`print-time iso8601-utc;` in the channel",
)  # fmt: skip
