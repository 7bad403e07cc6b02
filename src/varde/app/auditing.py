"""What an administrator looks at before a program may face the Internet: who can reach it, who can read what it keeps, what leaves the machine.

Each look answers remarks: what it is, where, and what to do. Nothing is changed."""

import grp
import os
import pwd
import stat
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from pydantic import BaseModel

from varde.app import config as configuration
from varde.app.checks import is_loopback
from varde.app.config import Config, split_address
from varde.app.context import Context
from varde.app.output import octets
from varde.app.standing import standings
from varde.model import counted

FINE, NOTE, BAD = "fine", "note", "bad"
LEVELS = (FINE, NOTE, BAD)

PROC = Path("/proc")
BIND_ALONE = 1 << 10
"""CAP_NET_BIND_SERVICE, the one capability a station keeps where it opens a low port itself."""


@dataclass(frozen=True, slots=True)
class Remark:
    """One thing that was looked at. `subject`: listens, data, secrets, process or leaves."""

    subject: str
    level: str
    what: str
    advice: str = ""

    def document(self) -> dict[str, str]:
        return asdict(self)


SUBJECTS = {
    "listens": "What listens", "process": "As whom it runs", "data": "Where data lies", "secrets": "Files with secrets", "leaves": "What leaves the machine",
}  # fmt: skip


def remarks(context: Context) -> list[Remark]:
    """All looks, in the order of SUBJECTS."""
    config = context.config
    return [*_listens(context, config), *_process(context), *_data(context), *_secrets(config), *_leaves(config)]


def _listens(context: Context, config: Config) -> Iterator[Remark]:
    running = [one for one in standings(context.store.facts) if one["runs"]]
    for one in running:
        for port in one["listening"]:
            yield Remark("listens", FINE, f"process {one['pid']}: {port.get('name', '')} at {port.get('address', '')}")
    if not running:
        for name, addresses in (("syslog", config.syslog.listen), ("flows", config.flows.listen), ("page", [config.web.listen])):
            yield Remark("listens", FINE, f"{name} would at {', '.join(addresses) or 'no port'}; nothing runs on this store now")
    host, _ = split_address(config.web.listen)
    if not is_loopback(host):
        yield Remark("listens", NOTE, f"the page listens at {config.web.listen}, with a token and without TLS", "put a reverse proxy with TLS before it: docs/how-to/reverse-proxy.md")
    plain = [address for address in config.syslog.listen if address.startswith(("udp://", "tcp://"))]
    if plain and not config.syslog.accept and not config.flows.accept:
        yield Remark("listens", FINE, "syslog and flows without TLS are taken from private and link-local senders only")
    for section, accept in (("syslog", config.syslog.accept), ("flows", config.flows.accept)):
        for network in accept:
            if network.prefixlen == 0:
                yield Remark("listens", BAD, f"[{section}] accept has {network}: anybody can send lines that look like those of your firewalls", "name the senders' networks")


def _process(context: Context) -> Iterator[Remark]:
    for one in standings(context.store.facts):
        if not one["runs"] or one["host"] != os.uname().nodename:
            continue
        fields = _status_of(one["pid"])
        if not fields:
            continue
        uid, capabilities = int(fields.get("Uid", "0").split()[1]), int(fields.get("CapEff", "0"), 16)
        who = f"process {one['pid']} runs as {_user(uid)}"
        if uid == 0:
            yield Remark("process", BAD, f"{who}, with root's rights", "leave out --stay-root, or use the unit of `varde service install`")
        elif capabilities & ~BIND_ALONE:
            yield Remark("process", NOTE, f"{who} with capabilities {capabilities:#x}", "it needs none but that to open ports below 1024")
        else:
            yield Remark("process", FINE, who + (", may not gain rights" if fields.get("NoNewPrivs") == "1" else ""))


def _status_of(pid: int) -> dict[str, str]:
    """Fields of /proc/PID/status (proc(5)); empty where there is no such process, or no /proc."""
    try:
        text = (PROC / str(pid) / "status").read_text()
    except OSError:
        return {}
    return {name: value.strip() for name, _, value in (line.partition(":") for line in text.splitlines())}


def _data(context: Context) -> Iterator[Remark]:
    store = context.store
    size = octets(sum(table.octets for table in store.sizes()))
    yield from _permissions("data", store.path, f"records, {size}")
    found = configuration.find(context.config_path)
    if found is not None:
        has_token = context.config.web.token is not None
        yield from _permissions("secrets" if has_token else "data", found, "the configuration" + (", with the page's token" if has_token else ""))
    kept = context.config.store
    yield Remark("data", FINE, f"kept for {counted(kept.keep_days, 'day')}, flows for {counted(kept.keep_flows_days, 'day')}, original lines for {counted(kept.raw_days, 'day')}")


def _permissions(subject: str, path: Path, what: str) -> Iterator[Remark]:
    """Who may read and write a file or folder, beside its owner."""
    try:
        status = path.stat()
    except OSError as error:
        yield Remark(subject, BAD, f"{path} ({what}): {(error.strerror or str(error)).lower()}", "put it there, or name another")
        return
    mode = stat.S_IMODE(status.st_mode)
    told = f"{path} ({what}): {_user(status.st_uid)}:{_group(status.st_gid)} {stat.filemode(status.st_mode)}"
    if mode & stat.S_IWOTH:
        yield Remark(subject, BAD, f"{told}, which anybody may change", f"chmod o-w {path}")
    elif subject == "secrets" and mode & stat.S_IROTH:
        yield Remark(subject, BAD, f"{told}, which anybody on this machine may read", f"chmod o-rwx {path}")
    elif mode & stat.S_IROTH:
        yield Remark(subject, NOTE, f"{told}, which anybody on this machine may read", f"chmod o-rwx {path}")
    elif mode & stat.S_IWGRP:
        yield Remark(subject, NOTE, f"{told}, which its group may change", f"chmod g-w {path}")
    else:
        yield Remark(subject, FINE, told)


def _secrets(config: Config) -> Iterator[Remark]:
    for name, path in sorted(set(_named_secrets(config))):
        yield from _permissions("secrets", path, name)


def _named_secrets(section: BaseModel, where: str = "") -> Iterator[tuple[str, Path]]:
    """Settings that name a file with a key, a token or a password, wherever they stand: their names end so."""
    for name in type(section).model_fields:
        value = getattr(section, name)
        at = f"{where}{name.rstrip('_')}"
        for one in value if isinstance(value, (list, tuple)) else [value]:
            if isinstance(one, BaseModel):
                yield from _named_secrets(one, f"{at}.")
            elif isinstance(one, Path) and (name == "key" or name.endswith("_file")):
                yield at, one


def _leaves(config: Config) -> Iterator[Remark]:
    """Where anything is sent or asked, by what is configured."""
    for section in config.list_:
        if (url := urlsplit(section.url)).scheme in ("http", "https"):
            yield Remark("leaves", FINE, f"list {section.name} is fetched from {url.scheme}://{url.hostname}")
    for zone in config.dnsbl:
        yield Remark("leaves", NOTE, f"DNS block list {zone.name}: addresses of warnings are asked about, which tells its servers of them")
    for sink in config.sink:
        yield from _sink(sink.name, sink.kind, sink.address or sink.server or (urlsplit(sink.url).hostname or "") or str(sink.path or ""), _is_clear(sink))
    for host in config.amavis.hosts:
        clear = config.amavis.priv_file is None
        yield Remark("leaves", NOTE if clear else FINE, f"mail filter {host} is asked over SNMP" + (", in the clear" if clear else ", encrypted"),
                     "use SNMP v3 with priv_file where the way is not your own" if clear else "")  # fmt: skip
    if config.insight.contact:
        yield Remark("leaves", FINE, "`--compare dshield` tells DShield port numbers and your contact address, when it is asked for")


def _sink(name: str, kind: str, to: str, clear: bool) -> Iterator[Remark]:
    if kind in ("stdout", "file"):
        yield Remark("data", FINE, f"sink {name} writes warnings to {to or 'standard output'}")
    else:
        advice = "use tls:// (docs/how-to/warnings-to-syslog.md), https, or security = \"tls\"" if clear else ""
        yield Remark("leaves", NOTE if clear else FINE, f"sink {name} ({kind}) sends warnings to {to or 'the address in its url_file'}" + (", in the clear" if clear else ""), advice)


def _is_clear(sink: Any) -> bool:
    if sink.kind == "mail":
        return bool(sink.security == "none" and not is_loopback(sink.server.rpartition(":")[0] or sink.server))
    return bool(sink.url.startswith("http://") or sink.address.startswith(("udp://", "tcp://")))


def _user(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)


def _group(gid: int) -> str:
    try:
        return grp.getgrgid(gid).gr_name
    except KeyError:
        return str(gid)


def worst(told: list[Remark]) -> str:
    """The gravest level there is."""
    return max((remark.level for remark in told), key=LEVELS.index, default=FINE)


