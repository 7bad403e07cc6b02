"""config init, check, show."""

import json
from pathlib import Path

from varde.app import config as configuration
from varde.app.output import say
from varde.model import VardeError


def config_init_command(path: str) -> None:
    """Write the example; an existing file is left alone."""
    if path == "-":
        print(configuration.EXAMPLE, end="")
        return
    target = Path(path) if path else Path.home() / ".config" / "varde" / "varde.toml"
    if target.exists():
        raise VardeError(f"{target} exists and is left alone. `varde config init -` prints the example.")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(configuration.EXAMPLE, encoding="utf-8")
    except OSError as error:
        raise VardeError(f"cannot write {target}: {(error.strerror or str(error)).lower()}") from error
    say(f"{target}: written; every setting in it is optional")


def config_check_command(path: Path | None) -> None:
    """Exit status 2 and a sentence for each mistake; else say which file is right."""
    configuration.load(path)
    found = configuration.find(path)
    say(f"{found}: no mistakes" if found else "there is no configuration file, and none is needed; `varde config init` writes one")


def config_show_command(path: Path | None) -> None:
    """All settings in force as JSON."""
    config = configuration.load(path)
    document = config.model_dump(mode="json", by_alias=True)
    if document["web"]["token"]:
        document["web"]["token"] = "(set)"
    print(json.dumps(document, indent=1))
