"""Every estimate of an evaluation: each outcome, each area, each method that can speak of it.

panels (one an outcome) -> staggered for programme, regions, waves, sites; before_after beside it; for the outcome that
single sites have enough of, interrupted series and synthetic control -> list of Found, always in the same order
"""

from collections.abc import Callable, Iterator, Mapping

from pch.evaluation import before_after, series, synthetic
from pch.evaluation.panel import Panel
from pch.evaluation.results import PROGRAMME, Area, AreaType, Found
from pch.evaluation.staggered import Staggered
from pch.registry.evaluation import Evaluation

BY_SITE = "emergency_admissions"  # of the rarer outcomes a single site has too few


def areas(panel: Panel) -> dict[Area, list[str]]:
    """The sites of every area: programme, regions, waves, sites."""
    frame, made = panel.frame, {PROGRAMME: panel.sites}
    columns: dict[AreaType, str] = {"region": "region", "wave": "wave", "site": "site_code"}
    for kind, column in columns.items():
        for code, rows in frame.groupby(column, sort=True):
            made[Area(kind, str(code))] = sorted(rows["site_code"].unique())
    return made


def estimate_all(
    panels: Mapping[str, Panel], settings: Evaluation, progress: Callable[[str], None] | None = None
) -> list[Found]:
    """``panels`` by outcome. ``progress`` is told the title of each outcome as it begins."""
    placebo = next((panels[name] for name, o in settings.outcomes.items() if o.is_placebo and name in panels), None)
    found: list[Found] = []
    for name, outcome in settings.outcomes.items():
        if name in panels and not outcome.is_placebo:
            if progress:
                progress(outcome.title)
            found += _of_outcome(panels[name], placebo, settings)
    return found


def _of_outcome(panel: Panel, placebo: Panel | None, settings: Evaluation) -> Iterator[Found]:
    made = Staggered.of(panel, settings, placebo)
    wide = synthetic.Sites.of(panel)
    for area, sites in areas(panel).items():
        yield made.estimate(area, sites)
        if area.area_type in ("programme", "region"):
            yield before_after.estimate(panel, area, sites, settings)
        if area.area_type == "site" and panel.outcome == BY_SITE:
            yield series.estimate(panel, area.area_code, settings)
            yield synthetic.estimate(wide, area.area_code, settings)
