"""The commands of `varde check`, made of the table of checks: for help, completion and the manual. They run in `varde.app.check`."""

import inspect
from collections.abc import Callable
from typing import Annotated, Any, NoReturn

import typer

from varde.faces.checks import CHECKS, Check, Option

check_app = typer.Typer(no_args_is_help=True)


@check_app.callback(invoke_without_command=True)
def check(
    definitions: Annotated[str | None, typer.Option("--definitions", metavar="PROGRAM", help="Print what to put into its configuration: icinga2, nrpe or nagios.")] = None,
    store: Annotated[str | None, typer.Option("--store", metavar="DIR", help="Whose store is meant in it.")] = None,
) -> None:  # fmt: skip
    """Checks for Nagios, Icinga and NRPE: one line, numbers behind its bar, exit status 0 OK, 1 WARNING, 2 CRITICAL, 3 UNKNOWN.

    What cannot be known, a wrong option, the help and the version of a check end with 3, and never look well.

    \b
    Examples:
      varde check collector
      varde check loss -w 1 -c 5 --over 10m
      varde check metric logins.accepted -c 0
      varde check signatures clamav
      varde check sophos --dir /opt/sophos-av/lib/sav
      varde check --definitions nrpe
    """
    if definitions is not None:
        _end(["--definitions", definitions, *(["--store", store] if store else [])])


def _end(words: list[str]) -> NoReturn:
    from varde.app.check import answer

    raise typer.Exit(answer(words))


def _command(one: Check) -> Callable[..., None]:
    """A function with the options of a check, as typer reads them."""

    def run(**values: Any) -> None:
        from varde.app.check import words_of

        _end([one.name, *words_of(one, {name.replace("_", "-"): value for name, value in values.items()})])

    parameters = [_parameter(option) for option in sorted(one.all_options, key=lambda option: not option.placed)]
    verbose = Annotated[int, typer.Option("--verbose", "-v", count=True, metavar="", help="Lines behind the first; still more where it is given twice.", show_default=False)]
    parameters.append(inspect.Parameter("verbose", inspect.Parameter.KEYWORD_ONLY, default=0, annotation=verbose))
    run.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    run.__annotations__ = {each.name: each.annotation for each in parameters}
    run.__doc__ = f"{one.about}\n\n\b\nExample:\n  {' '.join(('varde check', one.name, *one.example))}"
    return run


def _parameter(option: Option) -> inspect.Parameter:
    if option.kind == "flag":
        flag = Annotated[bool, typer.Option(f"--{option.name}", help=option.about)]
        return inspect.Parameter(option.name.replace("-", "_"), inspect.Parameter.KEYWORD_ONLY, default=False, annotation=flag)
    kind: Any = list[str] if option.repeated else str
    default: Any = [] if option.repeated else option.default
    if option.placed:
        told: Any = typer.Argument(metavar=option.shown, help=option.about)
    else:
        names = [f"--{option.name}", *([f"-{option.short}"] if option.short else [])]
        told = typer.Option(*names, metavar=option.shown, help=option.about)
    needs = inspect.Parameter.empty if option.required else default
    annotation: Any = Annotated[kind if option.required or option.repeated else kind | None, told]
    return inspect.Parameter(option.name.replace("-", "_"), inspect.Parameter.KEYWORD_ONLY, default=needs, annotation=annotation)


for _one in CHECKS.values():
    check_app.command(_one.name)(_command(_one))
