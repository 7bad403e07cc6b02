"""intel catalogue and add: well-known public lists, and the [[list]] that takes one of them."""

from dataclasses import asdict
from pathlib import Path

from varde.app import config as configuration
from varde.app.context import Context
from varde.app.output import print_json, say
from varde.collect.catalogue import CATALOGUE, Known
from varde.model import VardeError, visible

_WORDS = {True: "yes", False: "no", None: "not stated"}


def catalogue_command(*, as_json: bool) -> None:
    """The table, or all that is known of each list. Nothing is fetched."""
    if as_json:
        print_json({"lists": [{**asdict(one), "needs_key": one.needs_key} for one in CATALOGUE.values()]})
        return
    for one in CATALOGUE.values():
        print(f"{one.name}: {one.holds}")
        print(f"    {one.url}")
        print(f"    every {_every(one.every_minutes)}; licence: {one.licence}; may be passed on: {_WORDS[one.redistribute]}"
              f"{'; needs a key' if one.needs_key else ''}; {one.terms}")
        print(f"    {f'terms read in {one.read}' if one.read else 'terms not verified: read that page before you rely on them'}")  # fmt: skip


def _every(minutes: int) -> str:
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h"


def add_command(context: Context, name: str, *, write: bool) -> None:
    """Print the [[list]] of a well-known list, or write it at the end of the configuration. Raises VardeError."""
    if name not in CATALOGUE:
        raise VardeError(f"the catalogue has no {visible(name)}. There are {', '.join(CATALOGUE)}.")
    one = CATALOGUE[name]
    if any(section.name == name for section in context.config.list_):
        raise VardeError(f"the configuration has a list {name} already", status=1)
    if write:
        path = _written(context.config_path, one)
        say(f"list {name} written to {path}; `varde intel update {name}` fetches it now, a running `varde up` when it is reloaded")
    else:
        print(one.section(), end="")
    if not one.read:
        say(f"its terms were not verified: read {one.terms} before you publish anything made of it")
    if one.needs_key:
        say(f"it needs a key: write it into /etc/varde/{name}.key, which only Varde should be able to read ({one.terms})")


def _written(named: Path | None, one: Known) -> Path:
    """Put the section at the end of the configuration file, if it is right with it. Raises VardeError."""
    path = configuration.find(named)
    if path is None:
        raise VardeError("there is no configuration file yet: `varde config init` writes one, or name it with --config.")
    try:
        text = path.read_text(encoding="utf-8") if path.exists() else ""
        addition = ("" if not text or text.endswith("\n") else "\n") + "\n" + one.section()
        configuration.parse(text + addition, str(path))
        # at the end of the same file: who owns it and who may read it stays
        with path.open("a", encoding="utf-8") as file:
            file.write(addition)
    except (OSError, UnicodeDecodeError) as error:
        raise VardeError(f"cannot write {path}: {str(getattr(error, 'strerror', None) or error).lower()}") from error
    return path
