"""What the programme cost and whether it was worth it: a page for the programme, one for each site.

worth facts -> AreaValue, Charts -> worth.html, worth-<site>.html

They hold true figures, small ones included: for the central team, and a site's for the site. Nothing of another site is
on a site's page.
"""

from collections.abc import Iterator, Mapping

from pch.reports.pages.render import render
from pch.reports.pages.worth_area import AreaValue, World
from pch.reports.pages.worth_charts import Charts
from pch.reports.pages.worth_facts import PROGRAMME, Area, Facts


def worth_pages(facts: Facts, sites: Mapping[str, str]) -> Iterator[tuple[str | None, str]]:
    """The programme's (None) and that of every site, by code and name."""
    world = World(facts)

    def page(area: Area, name: str) -> str:
        value = AreaValue(world, area, name)
        return render("worth", value=value, charts=Charts(value), facts=facts, names=sites)

    yield None, page(PROGRAMME, "the programme")
    for code, name in sites.items():
        yield code, page(("site", code), name)
