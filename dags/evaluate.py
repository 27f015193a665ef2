"""evaluate: what the programme changed and whether it was worth it, after each refresh close.

Looks every morning whether the refresh window of a month has closed, and been built, since the last evaluation; only
then does it evaluate. The result is appended to schema ``eval`` and shown by the marts tagged ``worth`` and by the
pages. By hand: ``pch evaluate run``.
"""

from datetime import timedelta

from airflow.sdk import DAG, CronTriggerTimetable, task
from airflow.sdk.exceptions import AirflowSkipException

from pch.settings import settings

with DAG(
    dag_id="evaluate",
    description="Evaluate the programme after each refresh close",
    schedule=CronTriggerTimetable("0 5 * * *", timezone="Europe/London"),
    catchup=False,
    max_active_runs=1,
    default_args={"retries": 2, "retry_delay": timedelta(minutes=1), "owner": "central data team"},
    tags=["evaluate"],
    doc_md=__doc__,
) as dag:

    @task
    def evaluate_programme() -> int:
        """Estimates, worth and claims from the marts as they stand."""
        from pch.evaluation.run import due, evaluate
        from pch.warehouse.db import connect

        with connect(settings(), "evaluator") as conn:
            if not due(conn):
                raise AirflowSkipException("No refresh window has closed since the last evaluation.")
        return evaluate(settings(), "A refresh window has closed.", "evaluate")

    @task
    def build_worth(evaluation: int) -> int:
        """The marts that show the evaluation."""
        from pch.pipeline import build

        build.build_worth(settings())
        return evaluation

    @task
    def write_pages(evaluation: int) -> str:
        """The pages of cost and value, for people to read; those of the months stay as they are."""
        from pch.reports import pages

        return str(pages.write_pages(settings(), []))

    write_pages(build_worth(evaluate_programme()))  # type: ignore[arg-type]
