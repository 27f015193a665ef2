"""The defined set on a terminal: a line a metric, those of cost-effectiveness last."""

from collections.abc import Collection, Sequence

from rich.console import Console

from pch.registry import Metric
from pch.registry.worth_metric import WorthMetric
from pch.reports.screen import plain, table


def print_metrics(screen: Console, shown: Sequence[Metric | WorthMetric], late: Collection[str]) -> None:
    """``late``: codes of all whose review is overdue."""
    made = table("Code", "Name", "Aim", "Method", "Unit", "Version", "Next review")
    for m in shown:
        review = f"{m.next_review:%Y-%m-%d}" + (" overdue" if m.code in late else "")
        words = (m.code, m.name, m.aim, *_method_and_unit(m), str(m.version), review)
        made.add_row(*(plain(word) for word in words))
    screen.print(made)
    screen.print(f"{len(shown)} metric(s), {len(late)} review(s) overdue")


def _method_and_unit(metric: Metric | WorthMetric) -> tuple[str, str]:
    if isinstance(metric, Metric):
        return metric.method, metric.unit.replace("_", " ")
    units = dict.fromkeys(variant.unit for variant in metric.variants.values())
    return "evaluation", ", ".join(units).replace("_", " ")
