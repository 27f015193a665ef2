"""Templates -> pages of the dictionary, in the style of the quality pages, every value escaped.

A page stands alone and loads nothing. The index alone runs a script, a few lines that filter its tables; its policy
names that script by its hash, and no other runs.
"""

import base64
import hashlib
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from pch import registry
from pch.reports import pages
from pch.reports.dictionary.words import words
from pch.reports.pages.words import LAYERS, month, month_name, number, plural

TEMPLATES = Path(__file__).with_name("templates")
FILTER = (TEMPLATES / "filter.js").read_text(encoding="utf-8")


def render(template: str, **values: Any) -> str:
    return _environment().get_template(f"{template}.html.j2").render(**values)


@cache
def _environment() -> Environment:
    styles = Path(pages.__file__).with_name("templates")
    made = Environment(
        loader=FileSystemLoader([TEMPLATES, styles]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    for function in (number, month, month_name, plural, day, months, metric_file, feed_file, plain, figure):
        made.filters[function.__name__] = function
    digest = base64.b64encode(hashlib.sha256(FILTER.encode()).digest()).decode()
    made.globals |= {"said": words(), "layers": LAYERS, "script": FILTER, "script_hash": f"sha256-{digest}"}
    made.globals |= {"feeds": registry.feeds()}
    return made


def day(value: date) -> str:
    return f"{value:%-d %B %Y}"


def months(numbers: list[int]) -> str:
    """Calendar months by name; all twelve are every month."""
    return "every month" if len(numbers) == 12 else ", ".join(f"{date(2000, n, 1):%B}" for n in numbers)


def metric_file(code: str) -> str:
    return f"metric.{code}.html"


def feed_file(feed: str) -> str:
    return f"feed.{feed}.html"


def plain(name: str) -> str:
    return name.replace("_", " ")


def figure(value: float) -> str:
    return f"{value:,.6g}" if value < 1000 else f"{value:,.0f}"
