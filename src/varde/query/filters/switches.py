"""Switches of the command line as conditions: every row of KEYS has some."""

from collections.abc import Mapping

from varde.model import VardeError
from varde.model.filters import EQUAL, KEYS, UNEQUAL
from varde.query.filters.condition import Condition
from varde.query.filters.values import LoadSet, values_of


def chosen(given: Mapping[str, str], load: LoadSet) -> list[Condition]:
    """A condition for each switch that is given, by its name without dashes. Raises VardeError that names the switch."""
    found = []
    for key in KEYS:
        for switch in (*key.switches, *key.refusing):
            if switch in given:
                try:
                    values = values_of(key.kind, given[switch], load)
                except VardeError as error:
                    spellings = key.refusing if switch in key.refusing else key.switches  # whichever was written is among them
                    raise VardeError(f"{', '.join(f'--{name}' for name in spellings)}: {error}", status=error.status) from error
                found.append(Condition(key, UNEQUAL if switch in key.refusing else EQUAL, values))
    return found
