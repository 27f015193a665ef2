"""Commands about the machine itself: the stack, collecting and building in this process, a demonstration, documents."""

import os
from pathlib import Path
from typing import Annotated

import typer

from pch.cli.answers import By
from pch.cli.common import code, console, progress, the_settings
from pch.cli.declare import signed

PANEL = "The machine"


def add_to(app: typer.Typer) -> None:
    for command in (up, down, ps, collect, build, demo, bench, docs, reset):
        app.command(rich_help_panel=PANEL)(command)


def up() -> None:
    """Start Postgres, the front door and Airflow on this machine, and say where they are."""
    from pch.local import stack

    settings = the_settings()
    stack.up(settings, say=lambda step: typer.echo(f"{step} ...", err=True))
    ps()
    typer.echo(
        f"Airflow: user admin; its password and those of the database's roles are in {settings.secrets_file}.\n"
        "'pch db url' prints the warehouse's address with its password."
    )


def down() -> None:
    """Stop them; the data stay."""
    from pch.local import stack

    stack.down(the_settings(), say=lambda step: typer.echo(f"{step} ...", err=True))


def ps() -> None:
    """What runs, where it listens, where its log is."""
    from pch.local import stack
    from pch.reports.screen import plain, table

    shown = table("Part", "Process", "Address", "Log", right=("Process",))
    for part in stack.state(the_settings()):
        shown.add_row(
            part.name, str(part.pid) if part.pid else plain("not running", "red"), part.address, str(part.log_file)
        )
    console().print(shown)


def prepare() -> None:
    """Make or update roles, databases and tables. Safe at any time."""
    from pch.warehouse.bootstrap import prepare as make_ready

    settings = the_settings()
    with progress("Preparing the database"):
        make_ready(settings)
    typer.echo(f"The database at {settings.db_host}:{settings.db_port} is ready.")


def site_role(
    site: Annotated[str, typer.Argument(metavar="SITE", help="Code of the site.")],
    revoke: Annotated[bool, typer.Option("--revoke", help="Take it away, and end its connections.")] = False,
    by: By = None,
) -> None:
    """Give a site a role of the database that reads schema bi, of the sites' rows its own only.

    Prints its address with a new password, once; asked again, the old password ends.
    """
    from pch.warehouse import site_roles

    who, name = signed(by), code(site) or ""
    if revoke:
        ended = site_roles.revoke(the_settings(), name, who)
        typer.echo(f"Site {name} cannot log in any more; {ended} connection(s) were ended.")
        return
    typer.echo(site_roles.allow(the_settings(), name, who))


def collect() -> None:
    """Judge and load what waits, review its months, then build the marts: in this process, without Airflow."""
    from pch.errors import StackError
    from pch.pipeline.batches import plan
    from pch.pipeline.collect import load
    from pch.pipeline.review import review

    settings = the_settings()
    batches = plan(settings)
    accepted = warned = rejected = rows = lost = 0
    with progress("Collecting", sum(len(b.submission_ids) for b in batches)) as done:
        for batch in batches:
            loaded = load(settings, batch)
            accepted += loaded.accepted
            warned += loaded.accepted_with_warnings
            rejected += loaded.rejected
            rows += loaded.rows
            lost += loaded.lost
            done(len(batch.submission_ids))
    typer.echo(
        f"Judged {accepted + warned + rejected:,} submission(s), {rows:,} rows: {accepted:,} accepted, {warned:,} "
        f"accepted with warnings, {rejected:,} rejected."
    )
    with progress("Reviewing"):
        reviewed = review(settings)
    if reviewed:
        typer.echo(f"Reviewed {len(reviewed):,} month(s); {sum(r.revised for r in reviewed):,} verdict(s) are revised.")
    build()
    if lost:
        raise StackError(
            f"The landing store no longer holds the bytes of {lost:,} submission(s), which wait on: restore it from "
            "the backup, then collect again."
        )


def build() -> None:
    """Build and test the marts of the months that changed."""
    #  dbt's own log would run through ours; every model and test is in ops.dbt_node
    os.environ.setdefault("DBT_QUIET", "true")
    from pch.pipeline.build import build as make

    with progress("Building the marts"):
        built = make(the_settings())
    if built.build_id is None:
        typer.echo("Nothing was pending: the marts are up to date.")
    else:
        months = f"{built.periods[0]:%Y-%m} to {built.periods[-1]:%Y-%m}"
        typer.echo(f"Build {built.build_id} made and tested {len(built.periods):,} month(s), {months}.")


def bench(
    sites: Annotated[int, typer.Option(min=1, help="How many simulated sites.")] = 185,
    json_file: Annotated[
        Path | None, typer.Option("--json", metavar="FILE", help="Write the figures there, too.")
    ] = None,
    questions: Annotated[bool, typer.Option("--questions", help="How quickly schema bi answers, instead.")] = False,
    history: Annotated[
        bool, typer.Option("--history", help="What a build costs with 6 and with 36 months, instead.")
    ] = False,
    door: Annotated[bool, typer.Option("--door", help="The front door in the rush before a close, instead.")] = False,
    proof: Annotated[bool, typer.Option("--proof", help="How often the evaluation is right, instead.")] = False,
) -> None:
    """How fast, beside the floor and the conventional way; in a warehouse of its own."""
    if questions:
        from pch.bench import questions as readers

        readers.run(the_settings(), sites)
        return
    if history:
        from pch.bench import history as builds

        builds.run(the_settings(), sites)
        return
    if door:
        from pch.bench import door as rush

        rush.run(the_settings(), sites)
        return
    if proof:
        from pch.bench import proof as truth

        truth.run()
        return
    from pch import bench as measurements

    measurements.run(the_settings(), sites, json_file)


def docs(
    to: Annotated[
        Path | None, typer.Option("--to", metavar="DIR", help="Write it there; else docs in the home folder.")
    ] = None,
) -> None:
    """Write the metric dictionary, with dbt's pages of the warehouse, and say where: plain files, no data needed."""
    os.environ.setdefault("DBT_QUIET", "true")
    from pch.local import documents

    with progress("Writing the documents"):
        index = documents.make(the_settings(), to)
    typer.echo(f"The documents begin at {index.as_uri()}")


def reset(yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False) -> None:
    """Stop everything and DELETE all data of this machine's stack: submissions, warehouse, passwords."""
    from pch.local import stack

    settings = the_settings()
    if not yes:
        typer.confirm(f"This deletes everything in {settings.home}. Go on?", abort=True)
    stack.reset(settings)
    typer.echo(f"{settings.home} is empty.")


def demo(
    sites: Annotated[int, typer.Option(min=1, help="How many simulated sites.")] = 185,
    months: Annotated[int, typer.Option(min=1, help="How many months each pushes.")] = 13,
) -> None:
    """Start everything, let simulated sites push, and watch it become figures."""
    from pch.local import demo as demonstration

    demonstration.run(the_settings(), sites, months)
