"""collect_drops: what sites put into drop folders is received as if they had pushed it.

Looks at every drop folder on a timer, where any is set (PCH_DROP_URLS); what it receives starts ``collect``. A folder
that cannot be looked at fails the run once the others are done. Each file's course is on record (``pch drops``).
"""

from datetime import timedelta
from typing import Any

from airflow.sdk import DAG, CronTriggerTimetable, task
from airflow.sdk.exceptions import AirflowSkipException

from pch.settings import settings

EVERY_SWEEP = CronTriggerTimetable(f"*/{settings().sweep_minutes} * * * *", timezone="Europe/London")

with DAG(
    dag_id="collect_drops",
    description="Receive what sites put into drop folders",
    schedule=EVERY_SWEEP if settings().drop_urls else None,
    catchup=False,
    max_active_runs=1,
    default_args={"retries": 1, "retry_delay": timedelta(seconds=30), "owner": "central data team"},
    tags=["collect"],
    doc_md=__doc__,
) as dag:

    @task
    def sweep_folders() -> list[dict[str, Any]]:
        """One look at every folder; what it came to, in figures."""
        from dataclasses import asdict

        from pch.errors import Temporary
        from pch.intake.drops import sweep

        if not settings().drop_urls:
            raise AirflowSkipException("No drop folder is set (PCH_DROP_URLS).")
        looked = sweep(settings())
        down = [problem for each in looked if each.is_down for problem in each.problems]
        if down:
            raise Temporary(" ".join(down))
        return [{name: value for name, value in asdict(each).items() if name != "problems"} for each in looked]

    sweep_folders()
