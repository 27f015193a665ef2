"""One evaluation, from the marts to schema ``eval``, in one transaction.

mart -> evidence -> estimates -> worth -> claims -> eval.*; whoever calls builds the models tagged ``worth`` afterwards.
"""

from datetime import UTC, datetime

from pch.errors import Refused
from pch.evaluation import claims, store
from pch.evaluation.estimate import estimate_all
from pch.evaluation.reading import read
from pch.evaluation.worth import worth
from pch.registry.evaluation import Evaluation, evaluation
from pch.settings import Settings
from pch.warehouse.answers import LEAST_CHARACTERS
from pch.warehouse.db import Connection, connect


def evaluate(settings: Settings, because: str, by: str, how: Evaluation | None = None) -> int:
    """Appends an evaluation of everything built so far and returns its id. Refused where nothing was built, or where
    nobody says why. ``how``: other than registry/evaluation.yml, for whoever tries that out."""
    if len(because.strip()) < LEAST_CHARACTERS:
        raise Refused(f"An evaluation needs a sentence of {LEAST_CHARACTERS} characters or more that says why.")
    started_at, how = datetime.now(UTC), how or evaluation()
    with connect(settings, "evaluator") as conn:
        conn.execute("set transaction isolation level repeatable read")
        evidence = read(conn) if _is_built(conn) else None
        if evidence is None:
            raise Refused("There is nothing to evaluate yet: no month was built. 'pch status' says what has arrived.")
        found = estimate_all(evidence.panels, how)
        valued = worth(found, evidence, how)
        judged = claims.judge(conn, found, evidence, how)
        number = store.begin(conn, evidence, how, by=by, because=because.strip(), started_at=started_at)
        store.append(conn, number, found, valued, judged)
    return number


def due(conn: Connection) -> bool:
    """Whether a month's refresh window has closed, and was built since, that the last evaluation has not seen."""
    row = conn.execute(
        """with closed as (
             select min(b.finished_at) as built_at
             from ref.period as p
             inner join ops.build as b
               on b.succeeded and p.period = any(b.periods) and b.started_at > p.refresh_close_at
             group by p.period)
           select exists (
             select from closed
             where built_at > coalesce((select max(e.started_at) from eval.evaluation as e), '-infinity'))"""
    ).fetchone()
    assert row is not None
    return bool(row[0])


def _is_built(conn: Connection) -> bool:
    row = conn.execute("select to_regclass('mart.fct_panel') is not null").fetchone()
    assert row is not None
    return bool(row[0])
