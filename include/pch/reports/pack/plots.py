"""The charts of the programme's page as files of their own, drawn from what schema bi shows.

schema bi -> facts -> charts (pch.reports.pages) -> plots/<name>.svg
"""

from pathlib import Path

from pch.reports.pages.render import svg
from pch.reports.pages.worth_area import AreaValue, World
from pch.reports.pages.worth_charts import Charts
from pch.reports.pages.worth_facts import PROGRAMME
from pch.reports.pages.worth_reading import read_shown
from pch.warehouse.db import Connection


def write(conn: Connection, folder: Path) -> None:
    folder.mkdir(parents=True)
    for plot in Charts(AreaValue(World(read_shown(conn)), PROGRAMME, "the programme")).plots:
        (folder / f"{plot.name}.svg").write_text(svg(plot), encoding="utf-8")
