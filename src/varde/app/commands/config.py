"""config init, check, show."""

import json
from pathlib import Path

from varde.app import config as configuration
from varde.app.output import say
from varde.collect import JOURNAL, Address
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
    """Exit status 2 and a sentence for each mistake that would keep `varde up` from starting; else say which file is right."""
    from varde.app.checks import check_start
    from varde.app.context import Context

    found = configuration.find(path)
    config = configuration.load(path)
    try:
        check_start(Context(None, path), [Address.parse(text) for text in config.syslog.listen], config.web.listen)
    except VardeError as error:
        raise VardeError(f"{found or 'without a configuration'}: {error}") from error
    for absent in (name for name in config.files if name != JOURNAL and not Path(name).exists()):
        say(f"{found}: files: {absent} does not exist yet; `varde up` waits for it")
    say(f"{found}: no mistakes" if found else "there is no configuration file, and none is needed; `varde config init` writes one")


def config_show_command(path: Path | None) -> None:
    """All settings in force as JSON."""
    config = configuration.load(path)
    document = config.model_dump(mode="json", by_alias=True)
    if document["web"]["token"]:
        document["web"]["token"] = "(set)"
    for sink in document["sink"]:
        sink["url"] = "(set)" if sink["url"] else ""  # whoever has it may post
    print(json.dumps(document, indent=1))
