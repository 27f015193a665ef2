"""The metric dictionary: what every figure of the programme is, what it is made of and where it comes from.

    registry + expectations + Lineage (of dbt's compiled SQL)
      -> index (metrics by aim), a page a metric, a page a feed, measures, methods, evaluation, tables, words
      -> HTML files
    what dbt knows of the warehouse -> warehouse.html, to which they link

Plain files that need neither a server nor a network, and that hold no figure of any site. Everything said in them is
said once, where it is declared; nothing is written here.
"""

from datetime import date
from pathlib import Path
from typing import get_args

from pch import registry
from pch.registry.evaluation import evaluation
from pch.registry.measure import measures
from pch.registry.metric import Aim
from pch.registry.reference import reference_tables
from pch.registry.worth_metric import worth_metrics
from pch.reports.dictionary import feeds, metrics, worth
from pch.reports.dictionary.render import feed_file, metric_file, render
from pch.reports.dictionary.warehouse import warehouse_page
from pch.reports.lineage import Lineage
from pch.reports.pages.render import put
from pch.warehouse.version import code_version

WAREHOUSE = "warehouse.html"


def write_documents(folder: Path, target: Path, today: date) -> Path:
    """Writes every page into ``folder``; returns the index. ``target``: what ``dbt docs generate`` wrote. What is
    ``today`` decides which reviews are overdue and which rules are in force."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in dictionary(Lineage.of(target / "manifest.json"), today).items():
        put(folder / name, text)
    put(folder / WAREHOUSE, warehouse_page(target))
    return folder / "index.html"


def dictionary(lineage: Lineage, today: date) -> dict[str, str]:
    """The pages by the name of their file."""
    everywhere = {"today": today, "version": code_version(), "warehouse": WAREHOUSE}
    of_metrics = [metrics.facts(versions, lineage, today) for versions in registry.definitions().values()]
    of_feeds = [feeds.facts(feed, of_metrics, today) for feed in registry.feeds().values()]
    how = evaluation()
    of_worth = [worth.facts(metric, how, today) for metric in worth_metrics().values()]
    by_aim = {aim: [f for f in of_metrics if f.metric.aim == aim] for aim in get_args(Aim)}
    uses = {
        code: [f.metric.code for f in of_metrics if any(t.measure == code for t in f.all_terms)] for code in measures()
    }
    made = {code: lineage.of_measure(code) for code in measures()}
    pages = {
        "index.html": render("index", by_aim=by_aim, of_worth=of_worth, of_feeds=of_feeds, **everywhere),
        "measures.html": render("measures", descriptions=measures(), uses=uses, made=made, **everywhere),
        "methods.html": render("methods", of_metrics=of_metrics, **everywhere),
        "evaluation.html": render(
            "evaluation", outcomes=how.outcomes, thresholds=worth.thresholds(how), of_worth=of_worth, **everywhere
        ),
        "tables.html": render("tables", tables=reference_tables(), **everywhere),
        "words.html": render("words", **everywhere),
    }
    pages |= {metric_file(f.metric.code): render("metric", facts=f, **everywhere) for f in of_metrics}
    pages |= {metric_file(f.metric.code): render("worth", facts=f, **everywhere) for f in of_worth}
    return pages | {feed_file(f.feed.feed): render("feed", facts=f, **everywhere) for f in of_feeds}
