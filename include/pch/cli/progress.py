"""Commands of progress: is a site better than it was, and what that is held against."""

from typing import Annotated

import typer

from pch.cli import sites, team
from pch.cli.answers import Because, By
from pch.cli.common import Json, Period, Site, SomePeriod, SomeSite, code, console, period_of, some_period, the_settings
from pch.cli.declare import First, Metric, OrProgramme, SomeMetric, of, signed, tell, withdrawn


def add_to(app: typer.Typer) -> None:
    app.command(rich_help_panel=sites.PANEL)(progress)
    app.command(rich_help_panel=team.PANEL)(rebase)
    group = typer.Typer(no_args_is_help=True, help="The figures against which later ones are held.")
    for verb, command in (("set", set_baseline), ("withdraw", withdraw_baseline), ("list", baselines)):
        group.command(verb)(command)
    app.add_typer(group, name="baseline", rich_help_panel=team.PANEL)


def progress(site: Site, metric: SomeMetric = None, period: SomePeriod = None, json: Json = False) -> None:
    """What has become better or worse at a site since its baseline, its own priorities first.

    Without --period, the newest month with figures.
    """
    from pch.reports.plain import as_json
    from pch.reports.progress import progress as look

    found = look(the_settings(), code(site) or "", code(metric), some_period(period))
    if json:
        typer.echo(as_json(found))
        return
    from pch.reports.screen.progress import print_progress

    print_progress(console(), found)


def rebase(
    metric: Metric,
    first: First,
    because: Because,
    site: OrProgramme = None,
    withdraw: Annotated[bool, typer.Option("--withdraw", help="Take it back instead.")] = False,
    by: By = None,
) -> None:
    """Let an XmR chart begin anew with a month, with limits of its own. 'pch baseline list' has those declared."""
    from pch.warehouse.db import connect
    from pch.warehouse.programme.declared import declare_rebase

    what, period = metric.upper(), period_of(first)
    if withdraw:
        key = {"metric_code": what, "site_code": code(site), "from_period": period}
        withdrawn("rebase", key, f"re-basing of {what} {of(code(site))} from {first}", because, by)
        return
    with connect(the_settings(), "owner") as conn:
        done = declare_rebase(conn, what, code(site), period, because, signed(by))
    tell(done, f"The chart of {what} {of(code(site))} begins anew with {first}.")


def set_baseline(metric: Metric, site: Site, period: Period, because: Because, by: By = None) -> None:
    """Freeze another baseline: the figure of the twelve months (or the month) that end with a period."""
    from pch.warehouse.db import connect
    from pch.warehouse.programme.baselines import rebaseline

    with connect(the_settings(), "owner") as conn:
        done = rebaseline(conn, metric.upper(), code(site) or "", period_of(period), because, signed(by))
    typer.echo(
        f"The baseline of {metric.upper()} {of(code(site))} is {done.value:.6g}, {done.first_period:%Y-%m} to "
        f"{done.last_period:%Y-%m}. {done.months:,} month(s) wait to be built for it."
    )


def withdraw_baseline(metric: Metric, site: Site, because: Because, by: By = None) -> None:
    """Take a frozen baseline back: the next build freezes the site's first complete months anew."""
    key = {"metric_code": metric.upper(), "site_code": code(site)}
    withdrawn("baseline", key, f"baseline of {metric.upper()} {of(code(site))}", because, by)


def baselines(metric: SomeMetric = None, site: SomeSite = None, json: Json = False) -> None:
    """Every frozen baseline, and the months with which charts begin anew."""
    from pch.reports.declared import baselines as find
    from pch.reports.plain import as_json

    found = find(the_settings(), code(metric), code(site))
    if json:
        typer.echo(as_json(found))
        return
    from pch.reports.screen.declared import print_baselines

    print_baselines(console(), found)
