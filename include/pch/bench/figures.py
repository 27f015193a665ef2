"""What was measured, against what was aimed at; as a table and as JSON."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from itertools import groupby
from pathlib import Path
from statistics import median
from typing import Any

from rich.console import Console
from rich.table import Table


@dataclass(frozen=True)
class Figure:
    """``at_most`` is the target, None where a figure is only for orientation."""

    section: str
    name: str
    value: float
    unit: str
    at_most: float | None = None
    note: str = ""

    @property
    def is_met(self) -> bool | None:
        return None if self.at_most is None else self.value <= self.at_most


def ratio_of(pairs: Iterable[tuple[float, float]]) -> float:
    """The median of the ratios of things that were measured side by side: noise hits both of a pair."""
    return median(one / other for one, other in pairs)


def print_figures(console: Console, figures: Sequence[Figure]) -> None:
    table = Table(title="Bench: as measured on this machine, in this run", title_justify="left")
    table.add_column("What")
    for name in ("Measured", "Target", ""):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("Note", style="dim")
    for section, members in groupby(figures, key=lambda f: f.section):
        table.add_section()
        table.add_row(f"[bold]{section}")
        for f in members:
            target = "" if f.at_most is None else f"at most {f.at_most:,g} {f.unit}".replace(" x", "x")
            verdict = {None: "", True: "[green]met", False: "[red]not met"}[f.is_met]
            table.add_row(f"  {f.name}", shown(f), target, verdict, f.note)
    console.print(table)


def shown(figure: Figure) -> str:
    """The value in as many digits as mean something: counts whole, the rest three."""
    value = f"{figure.value:,.0f}" if abs(figure.value) >= 100 else f"{figure.value:,.3g}"
    return f"{value}{'' if figure.unit == 'x' else ' '}{figure.unit}".rstrip()


def write_json(path: Path, figures: Sequence[Figure], about: dict[str, Any]) -> None:
    rows = [{**asdict(f), "is_met": f.is_met} for f in figures]
    path.write_text(json.dumps({"about": about, "figures": rows}, indent=1) + "\n")
