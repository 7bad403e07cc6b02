"""Sources that bear a tool's mark: how many in a day, tool by tool. It says what is in use out there, and accuses nobody."""

from collections.abc import Iterator

import polars as pl

from varde.detect.campaign import Campaign
from varde.detect.cells import DAY_US
from varde.detect.marks import TOOLS, tool_of
from varde.detect.shape import campaign, cells_of

SOURCES_MIN = 5
"""Sources of a day, each with at least two cells that all bear the mark: of masscan's a packet in 65,536 has it by chance."""

CELLS_MIN = 2


def of_tools(cells: pl.DataFrame) -> Iterator[Campaign]:
    """Campaigns of kind tool of the newest UTC day of the cells."""
    if cells.is_empty():
        return
    begin = int(cells["first"].to_numpy().max()) // DAY_US * DAY_US
    today = cells.filter(pl.col("first") >= begin)
    today = today.with_columns(tool=pl.Series(tool_of(today["mark"].to_numpy())))
    each = today.group_by("src").agg(pl.len(), low=pl.col("tool").min(), high=pl.col("tool").max())
    whole = each.filter(pl.col("len") >= CELLS_MIN, pl.col("low") == pl.col("high"), pl.col("low") > 0)
    marked = today.join(whole.select("src"), on="src", how="semi").sort("first")
    for (tool,), part in sorted(marked.partition_by("tool", as_dict=True).items()):
        if part["src"].n_unique() >= SOURCES_MIN:
            ended = part.with_columns(pl.col("last").clip(upper_bound=begin + DAY_US - 1))  # what goes on tomorrow is tomorrow's
            yield campaign("tool", cells_of(ended), tools={TOOLS[tool]: 1.0}, outline=(), confidence="high")
