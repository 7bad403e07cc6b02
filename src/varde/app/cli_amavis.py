"""The commands about mail filters: amavis."""

from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

READ = "read"


class _ReadsWhereNothingElseIsNamed(TyperGroup):
    """`varde amavis HOST` is `varde amavis read HOST`."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        if not args or args[0] not in (*self.commands, "-h", "--help"):
            args = [READ, *args]
        return super().parse_args(ctx, args)


amavis_app = typer.Typer(cls=_ReadsWhereNothingElseIsNamed, help="Mail filters: what amavisd counts, over SNMP, and what its set-up lacks.")

StoreOption = Annotated[Path | None, typer.Option("--store", help="Folder of the store.", show_default="VARDE_STORE, or the data directory")]
ConfigOption = Annotated[Path | None, typer.Option("--config", help="Configuration file.", show_default="~/.config/varde/varde.toml")]
JsonOption = Annotated[bool, typer.Option("--json", help="One JSON document on standard output.")]
SecretFile = Path | None


@amavis_app.command(READ)
def amavis_read(
    hosts: Annotated[list[str] | None, typer.Argument(metavar="HOST", help="A name or an address, with a port where it is not 161.", show_default="those of [amavis], else this machine")] = None,
    every: Annotated[float | None, typer.Option("--every", metavar="SECONDS", help="Read twice, so far apart, and tell what a minute has between them.", min=1, max=3600, show_default="once: since amavisd started")] = None,
    all_: Annotated[bool, typer.Option("--all", help="Also what is 0.")] = False,
    community_file: Annotated[SecretFile, typer.Option("--community-file", help="File with the community of SNMP v2c.", show_default="[amavis], else public")] = None,
    user: Annotated[str | None, typer.Option("--user", help="User of SNMP v3.")] = None,
    auth: Annotated[str | None, typer.Option("--auth", help="MD5, SHA, SHA224, SHA256, SHA384 or SHA512.", show_default="SHA")] = None,
    auth_file: Annotated[SecretFile, typer.Option("--auth-file", help="File with the passphrase of authentication.")] = None,
    priv: Annotated[str | None, typer.Option("--priv", help="DES, AES, AES192 or AES256.", show_default="AES")] = None,
    priv_file: Annotated[SecretFile, typer.Option("--priv-file", help="File with the passphrase of encryption.")] = None,
    timeout: Annotated[float | None, typer.Option("--timeout", help="Seconds that all answers may take.", min=0.5, max=60, show_default="10")] = None,
    json_: JsonOption = False, config: ConfigOption = None,
) -> None:  # fmt: skip
    """Read a mail filter: messages, what was in them, what became of them, processes and queues. No MIB file is needed.

    Names are those of AMAVIS-MIB. Secrets are read from files, because everybody on a machine sees what programs are started with. Exit status 1
    where one of several could not be read.

    \b
    Examples:
      varde amavis
      varde amavis mx1.example.net
      varde amavis 192.0.2.5:1161 --community-file /etc/varde/amavis.community --every 60
      varde amavis mx1 --user varde --auth SHA256 --auth-file auth --priv-file priv --json
    """
    from varde.app.commands.amavis import ReadOptions, read_command
    from varde.app.context import Context

    given = {"user": user, "auth": auth, "priv": priv, "timeout": timeout, "community_file": community_file, "auth_file": auth_file, "priv_file": priv_file}
    options = ReadOptions(tuple(hosts or ()), every, all_, {name: value for name, value in given.items() if value is not None})
    read_command(Context(None, config), options, as_json=json_)


@amavis_app.command("names")
def amavis_names(
    part: Annotated[str, typer.Argument(metavar="PART", help="Only names and meanings that have this in them.", show_default="all")] = "", json_: JsonOption = False,
) -> None:  # fmt: skip
    """What AMAVIS-MIB has: names, numbers, types and meanings.

    \b
    Examples:
      varde amavis names
      varde amavis names spam
    """
    from varde.app.commands.amavis import names_command

    names_command(part, as_json=json_)


@amavis_app.command("doctor")
def amavis_doctor(
    root: Annotated[Path, typer.Option("--root", help="Look at the files of a machine that is mounted here.")] = Path("/"),
    json_: JsonOption = False, config: ConfigOption = None,
) -> None:  # fmt: skip
    """Say what a Debian or Ubuntu machine lacks for amavisd to be read over SNMP, with the exact lines to add. Changes nothing.

    Walks the whole way: packages, configuration of snmpd, AgentX, what may be seen, the subagent, the services, an answer. Exit status 1 where
    something is missing.

    \b
    Examples:
      varde amavis doctor
      varde amavis doctor --json
    """
    from varde.app.commands.amavis_doctor import doctor_command
    from varde.app.context import Context

    doctor_command(Context(None, config), root, as_json=json_)
