"""collect: what sites pushed becomes findings, verdicts and rows in use.

Starts when something arrives, and every few minutes in case a notification was lost. One task a batch of
files, each batch one transaction; the state of every single return is in the ledger (``pch status``).
"""

from datetime import timedelta
from typing import Any

from airflow.sdk import DAG, AssetOrTimeSchedule, CronTriggerTimetable, get_current_context, task
from airflow.sdk.exceptions import AirflowSkipException

from pch.orchestration.assets import ACCEPTED, SUBMISSIONS
from pch.settings import settings

with DAG(
    dag_id="collect",
    description="Decode, check and publish what waits in the queue",
    schedule=AssetOrTimeSchedule(
        timetable=CronTriggerTimetable(f"*/{settings().sweep_minutes} * * * *", timezone="Europe/London"),
        assets=[SUBMISSIONS],
    ),
    catchup=False,
    max_active_runs=1,
    default_args={"retries": 3, "retry_delay": timedelta(seconds=10), "owner": "central data team"},
    tags=["collect"],
    doc_md=__doc__,
) as dag:

    @task
    def plan_batches() -> list[dict[str, Any]]:
        """What waits, split into batches of one feed."""
        from dataclasses import asdict

        from pch.pipeline.batches import plan

        return [asdict(batch) for batch in plan(settings())]

    @task(map_index_template="{{ label }}", max_active_tis_per_dag=settings().parallel_batches)
    def load_batch(batch: dict[str, Any]) -> dict[str, int]:
        """Claim, decode, stage, check and publish one batch, in one transaction."""
        from dataclasses import asdict

        from pch.pipeline.batches import Batch
        from pch.pipeline.collect import load

        context = get_current_context()
        context["label"] = batch["label"]  # type: ignore[typeddict-unknown-key]
        return asdict(load(settings(), Batch(**batch), context["run_id"]))

    @task(trigger_rule="all_done")
    def review_months() -> list[str]:
        """Each month that changed, beside its history and across feeds."""
        from pch.pipeline.review import review

        return [
            f"{r.period:%Y-%m}: {r.submissions} submissions, {r.revised} verdicts revised"
            for r in review(settings(), get_current_context()["run_id"])
        ]

    @task(outlets=[ACCEPTED], trigger_rule="all_done")
    def announce_months(*, outlet_events: Any = None) -> list[str]:
        """The months that the warehouse has to build: one event a month."""
        from pch.pipeline.months import months_to_announce

        months = [f"{period:%Y-%m}" for period in months_to_announce(settings())]
        if not months:  # an event that names no month would be one too many
            raise AirflowSkipException("No month is ready to be built.")
        outlet_events[ACCEPTED].add_partitions(months)
        return months

    @task(trigger_rule="all_success", retries=0)
    def confirm_loaded() -> None:
        """Fails, and with it the run, when a batch did not load (its submissions wait for the next run), or the review
        failed."""

    loaded = load_batch.expand(batch=plan_batches())
    reviewed = review_months()
    loaded >> reviewed >> announce_months()
    [loaded, reviewed] >> confirm_loaded()
