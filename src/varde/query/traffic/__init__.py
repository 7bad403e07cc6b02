"""SiLK's questions: what passes a filter, its fields, the largest groups, all groups, sums over time, and addresses.

    records --passing--> records --shown--> fields          --groups--> sums by key      --spread--> sums by time"""

from varde.query.traffic.columns import columns_of, fields_of, labelled, shown, values_of
from varde.query.traffic.groups import Group, Limit, Ranking, groups, ranking
from varde.query.traffic.passing import Totals, Volume, of_policy, passing, totals, totals_of
from varde.query.traffic.spread import SCHEMES, spread

__all__ = ["SCHEMES", "Group", "Limit", "Ranking", "Totals", "Volume", "columns_of", "fields_of", "groups", "labelled", "of_policy", "passing", "ranking", "shown", "spread", "totals", "totals_of", "values_of"]
