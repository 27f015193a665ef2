"""Commands that declare: targets, a site's local priorities, how far the model of care is in place."""

from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pch.cli import sites, team
from pch.cli.answers import Because, By
from pch.cli.common import Json, Site, SomeSite, code, console, period_of, progress, some_period, the_settings

if TYPE_CHECKING:
    from pch.warehouse.programme.rows import Declared, Kind

Metric = Annotated[str, typer.Option(metavar="CODE", help="Code of the metric, e.g. PH01.")]
SomeMetric = Annotated[str | None, typer.Option("--metric", metavar="CODE", help="Only this metric.")]
OrProgramme = Annotated[str | None, typer.Option("--site", metavar="CODE", help="Of this site; without it, of all.")]
First = Annotated[str, typer.Option("--from", metavar="YYYY-MM", help="The first month.")]


def add_to(app: typer.Typer) -> None:
    _group(
        app, "target", "What is aimed at, by site or for the whole programme.", team.PANEL,
        {"set": set_target, "import": import_targets, "withdraw": withdraw_target, "list": targets},
    )  # fmt: skip
    _group(
        app, "priority", "Metrics of the set that a site chose to see first.", sites.PANEL,
        {"set": set_priority, "end": end_priority, "withdraw": withdraw_priority, "list": priorities},
    )  # fmt: skip
    _group(
        app, "characteristic", "How far each site has the four characteristics of the model in place.", team.PANEL,
        {"record": record, "import": import_characteristics, "withdraw": withdraw_fact, "list": characteristics},
    )  # fmt: skip


def _group(app: typer.Typer, name: str, help: str, panel: str, commands: dict[str, Callable[..., None]]) -> None:
    group = typer.Typer(no_args_is_help=True, help=help)
    for verb, command in commands.items():
        group.command(verb)(command)
    app.add_typer(group, name=name, rich_help_panel=panel)


def set_target(
    metric: Metric,
    value: Annotated[float, typer.Option(help="The figure aimed at, in the metric's unit.")],
    first: First,
    because: Because,
    site: OrProgramme = None,
    to: Annotated[
        str | None, typer.Option("--to", metavar="YYYY-MM", help="Of a trajectory, the month in which it is there.")
    ] = None,
    to_value: Annotated[float | None, typer.Option(help="Of a trajectory, the figure it leads to.")] = None,
    by: By = None,
) -> None:
    """Set a target, or a trajectory: a straight line from a month to another. It holds until the next one begins."""
    from pch.warehouse.db import connect
    from pch.warehouse.programme.declared import Target, set_targets

    target = Target(metric.upper(), code(site), period_of(first), value, because, some_period(to), to_value)
    with connect(the_settings(), "owner") as conn:
        done = set_targets(conn, [target], signed(by))
    aim = f"{value:g} from {first}" + (f" to {to_value:g} in {to}" if to_value is not None else "")
    tell(done, f"The target of {target.metric_code} {of(target.site_code)} is {aim}.")


def import_targets(
    file: Annotated[Path, typer.Argument(help="CSV, one line a target; see below.")], by: By = None
) -> None:
    """Set targets from a file: all its lines, or none.

    Columns metric_code, from_period, value, because, and if meant site_code (empty: the whole programme), to_period,
    to_value.
    """
    from pch.warehouse.db import connect
    from pch.warehouse.programme.files import import_targets as take

    with progress("Importing"), connect(the_settings(), "owner") as conn:
        done = take(conn, file, signed(by))
    tell(done, f"{done.added:,} target(s) set.")


def withdraw_target(metric: Metric, first: First, because: Because, site: OrProgramme = None, by: By = None) -> None:
    """Take back the target that begins with a month."""
    key = {"metric_code": metric.upper(), "site_code": code(site), "from_period": period_of(first)}
    withdrawn("target", key, f"target of {metric.upper()} {of(code(site))} from {first}", because, by)


def targets(metric: SomeMetric = None, site: SomeSite = None, json: Json = False) -> None:
    """Every target in force; with --site, its own and those of the programme."""
    from pch.reports.declared import targets as find
    from pch.reports.plain import as_json

    found = find(the_settings(), code(metric), code(site))
    if json:
        typer.echo(as_json(found))
        return
    from pch.reports.screen.declared import print_targets

    print_targets(console(), found)


def set_priority(
    site: Site,
    metric: Metric,
    first: First,
    because: Because,
    last: Annotated[
        str | None, typer.Option("--to", metavar="YYYY-MM", help="The last month; without it, until it is ended.")
    ] = None,
    rank: Annotated[int | None, typer.Option(min=1, help="1 comes first; without it, after the others.")] = None,
    by: By = None,
) -> None:
    """Make a metric of the set a local priority: it is shown first."""
    from pch.warehouse.db import connect
    from pch.warehouse.programme.declared import choose_priority

    with connect(the_settings(), "owner") as conn:
        done = choose_priority(
            conn, code(site) or "", metric.upper(), period_of(first), because, signed(by), to_period=some_period(last),
            rank=rank,
        )  # fmt: skip
    until = f" to {last}" if last else ""
    tell(done, f"{metric.upper()} is a priority {of(code(site))} from {first}{until}.")


def end_priority(
    site: Site,
    metric: Metric,
    last: Annotated[str, typer.Option("--to", metavar="YYYY-MM", help="The last month.")],
    because: Because,
    by: By = None,
) -> None:
    """End a local priority with a month."""
    from pch.warehouse.db import connect
    from pch.warehouse.programme.declared import end_priority as end

    with connect(the_settings(), "owner") as conn:
        done = end(conn, code(site) or "", metric.upper(), period_of(last), because, signed(by))
    tell(done, f"{metric.upper()} is a priority {of(code(site))} up to {last}.")


def withdraw_priority(site: Site, metric: Metric, first: First, because: Because, by: By = None) -> None:
    """Take back the priority that begins with a month, as if it had never been."""
    key = {"site_code": code(site), "metric_code": metric.upper(), "from_period": period_of(first)}
    withdrawn("priority", key, f"priority {metric.upper()} {of(code(site))} from {first}", because, by)


def priorities(site: SomeSite = None, json: Json = False) -> None:
    """Every local priority, ended ones included."""
    from pch.reports.declared import priorities as find
    from pch.reports.plain import as_json

    found = find(the_settings(), code(site))
    if json:
        typer.echo(as_json(found))
        return
    from pch.reports.screen.declared import print_priorities

    print_priorities(console(), found)


_Characteristic = Annotated[
    str, typer.Option(metavar="NAME", help="population_30_50k, integrated_workforce, personalised_population_health or "
                      "unified_capitated_budget.")
]  # fmt: skip
_AsOf = Annotated[str, typer.Option(metavar="YYYY-MM-DD", help="The day of which it is true.")]


def record(
    site: Site,
    characteristic: _Characteristic,
    level: Annotated[str, typer.Option("--level", metavar="LEVEL", help="not_started, partly or in_place.")],
    as_of: _AsOf,
    evidence: Annotated[str, typer.Option(metavar="TEXT", help="A sentence that says how it is known.")],
    by: By = None,
) -> None:
    """Record how far a site has a characteristic of the model in place. It holds until the day of the next fact."""
    from pch.warehouse.db import connect
    from pch.warehouse.programme.declared import CHARACTERISTICS, Fact, record_characteristics

    fact = Fact(code(site) or "", characteristic, level, _day(as_of), evidence)
    with connect(the_settings(), "owner") as conn:
        done = record_characteristics(conn, [fact], signed(by))
    tell(done, f"{fact.site_code}, {CHARACTERISTICS[characteristic]}: {level.replace('_', ' ')} as of {as_of}.")


def import_characteristics(
    file: Annotated[Path, typer.Argument(help="CSV, one line a fact; see below.")], by: By = None
) -> None:
    """Record characteristics from a file: all its lines, or none.

    Columns site_code, characteristic, level, as_of, evidence.
    """
    from pch.warehouse.db import connect
    from pch.warehouse.programme.files import import_characteristics as take

    with progress("Importing"), connect(the_settings(), "owner") as conn:
        done = take(conn, file, signed(by))
    tell(done, f"{done.added:,} fact(s) recorded.")


def withdraw_fact(site: Site, characteristic: _Characteristic, as_of: _AsOf, because: Because, by: By = None) -> None:
    """Take back what was recorded as of a day."""
    key = {"site_code": code(site), "characteristic": characteristic, "as_of": _day(as_of)}
    withdrawn("characteristic", key, f"{characteristic} {of(code(site))} as of {as_of}", because, by)


def characteristics(site: SomeSite = None, json: Json = False) -> None:
    """The course of each characteristic, with the evidence."""
    from pch.reports.declared import characteristics as find
    from pch.reports.plain import as_json

    found = find(the_settings(), code(site))
    if json:
        typer.echo(as_json(found))
        return
    from pch.reports.screen.declared import print_characteristics

    print_characteristics(console(), found)


def signed(by: str | None) -> str:
    """Who declares: the name given, else whoever runs this."""
    from pch.intake.push import sender

    return by or sender().name


def of(site: str | None) -> str:
    return f"of {site}" if site else "of the whole programme"


def tell(done: "Declared", sentence: str) -> None:
    if done.added:
        typer.echo(f"{sentence} {done.months:,} month(s) wait to be built for it.")
    else:
        typer.echo("That is in force already, word for word: nothing changed.")
    for warning in done.warnings:
        typer.echo(f"Look again: {warning}", err=True)


def withdrawn(kind: "Kind", key: Mapping[str, object], what: str, because: str, by: str | None) -> None:
    """Withdraws what is in force of ``key`` and says so."""
    from pch.warehouse.db import connect
    from pch.warehouse.programme.rows import withdraw

    with connect(the_settings(), "owner") as conn:
        months = withdraw(conn, kind, key, because, signed(by))
    typer.echo(f"The {what} is withdrawn. {months:,} month(s) wait to be built for it.")


def _day(text: str) -> date:
    from pch.errors import Refused

    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Refused(f"'{text}' is not a day. A day is written like 2026-04-01.") from None
