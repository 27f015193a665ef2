"""Templates -> files: every value escaped, every file replaced whole.

A page stands alone: its style is in it, it loads nothing and runs nothing (its own policy says so, too).
"""

import os
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from pch import registry
from pch.reports.pages import charts, charts_plot, charts_spc, progress_words, words, worth_words
from pch.reports.pages.cells import TROUBLE

HIGH_PCT, MIDDLE_PCT = 98, 90


def render(template: str, **values: Any) -> str:
    return _environment().get_template(f"{template}.html.j2").render(**values)


def svg(plot: charts_plot.Plot) -> str:
    """As a file of its own."""
    drawn = _environment().get_template("plot.svg.j2").module.drawn(plot, is_alone=True)  # type: ignore[attr-defined]
    return "\n".join(line for line in str(drawn).splitlines() if line.strip()) + "\n"


def put(path: Path, text: str) -> None:
    """Whoever reads at the same time has the old page or the new one, never a part."""
    aside = path.with_name(f".{path.name}.{os.getpid()}")
    aside.write_text(text, encoding="utf-8")
    aside.replace(path)


@cache
def _environment() -> Environment:
    made = Environment(
        loader=FileSystemLoader(Path(__file__).with_name("templates")),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    for function in (
        words.number, words.pct, words.change, words.month, words.month_name, words.moment, words.plural,
        words.month_file, words.site_file, words.progress_file, words.worth_file, charts.of_trouble, charts.top_of,
        level, title_of, words.day, anchor, place,
    ):  # fmt: skip
        made.filters[function.__name__] = function
    made.globals |= {"outcomes": words.OUTCOMES, "layers": words.LAYERS, "trouble": TROUBLE}
    made.globals |= {"say": progress_words, "chart_key": charts_spc.key(), "frame": charts_spc.FRAME}
    made.globals |= {"say_worth": worth_words, "plot_frame": charts_plot.FRAME}
    return made


def level(in_order_pct: float) -> str:
    """The shade of a share in order; the key on the index says what they mean."""
    return "high" if in_order_pct >= HIGH_PCT else "middle" if in_order_pct >= MIDDLE_PCT else "low"


def title_of(feed: str) -> str:
    return registry.feeds()[feed].title


def anchor(heading: str) -> str:
    return heading.lower().replace(" ", "-")


def place(at: float) -> str:
    """A coordinate of a chart."""
    return f"{at:.1f}"
