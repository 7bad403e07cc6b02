"""Root's rights: used to open ports, then given up for good."""

import os
import pwd
from pathlib import Path

from varde.model import VardeError

NOBODY = "nobody"


def user_for(store: Path, named: str | None) -> pwd.struct_passwd:
    """Who to run on as: the user named, else the owner of the store, else nobody. Raises VardeError for an unknown one."""
    if named is None:
        owner = store.stat().st_uid if store.exists() else 0
        named = _name_of(owner) if owner else NOBODY
    try:
        user = pwd.getpwnam(named)
    except (KeyError, ValueError):
        raise VardeError(f"there is no user {named!r} to run on as. Name one with --user.") from None
    if user.pw_uid == 0:
        raise VardeError(f"{named} has root's rights. Name another with --user, or run on as root with --stay-root.")
    return user


def hand_over(store: Path, user: pwd.struct_passwd) -> None:
    """Make a store that does not exist yet, or is an empty folder, the user's own. One that holds something is left alone."""
    try:
        if not store.exists():
            store.mkdir(parents=True)
            os.chown(store, user.pw_uid, user.pw_gid)
        elif store.is_dir() and not any(store.iterdir()):
            os.chown(store, user.pw_uid, user.pw_gid)
    except OSError as error:
        raise VardeError(f"cannot make the store {store}: {(error.strerror or str(error)).lower()}") from error


def give_up(user: pwd.struct_passwd) -> None:
    """Become a user without supplementary groups. Raises VardeError where anything of root would be left."""
    try:
        os.setgroups([])
        os.setresgid(user.pw_gid, user.pw_gid, user.pw_gid)
        os.setresuid(user.pw_uid, user.pw_uid, user.pw_uid)
    except OSError as error:
        raise VardeError(f"cannot give up root's rights for those of {user.pw_name}: {(error.strerror or str(error)).lower()}. "
                         "Start as that user, or run on as root with --stay-root.") from error  # fmt: skip
    try:
        os.setuid(0)
    except PermissionError:
        return
    raise VardeError("root's rights came back after they were given up; nothing was caught")


def check_writable(store: Path, tables: tuple[str, ...]) -> None:
    """Raises VardeError, with what to do, where the present user cannot write the store or one of its tables."""
    folders = [store, *(store / table / inner for table in tables for inner in ("", "_delta_log")), store / "durable"]
    closed = next((folder for folder in folders if folder.exists() and not os.access(folder, os.W_OK | os.X_OK)), None)
    if closed is None and store.exists():
        return
    name = _name_of(os.geteuid())
    raise VardeError(f"{name} cannot write {closed or store}. Name the store's owner with --user, give the store to {name} "
                     f"(`chown -R {name} {store}`), or name another with --store.")  # fmt: skip


def _name_of(number: int) -> str:
    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return str(number)
