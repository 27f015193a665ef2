"""build_warehouse: the marts of the months whose accepted data changed.

Starts by itself for each month announced. A run builds everything that is pending, its own month included, so
that a burst of months costs one build; runs that find their month built already have nothing to do. The
outcome of every model and test is in ``ops.dbt_node``.
"""

from datetime import timedelta
from typing import Any

from airflow.sdk import DAG, PartitionedAssetTimetable, get_current_context, task
from airflow.sdk.exceptions import AirflowSkipException

from pch.orchestration.assets import ACCEPTED, MARTS
from pch.settings import settings

with DAG(
    dag_id="build_warehouse",
    description="Build and test the marts of the months that changed",
    schedule=PartitionedAssetTimetable(assets=ACCEPTED),
    catchup=False,
    max_active_runs=1,
    default_args={"retries": 2, "retry_delay": timedelta(seconds=15), "owner": "central data team"},
    tags=["build"],
    doc_md=__doc__,
) as dag:

    @task(outlets=[MARTS])
    def build_months(*, outlet_events: Any = None) -> list[str]:
        """dbt, once, for all months that are pending."""
        from pch.pipeline.build import build

        built = build(settings(), get_current_context()["run_id"], settled=True)
        months = [f"{period:%Y-%m}" for period in built.periods]
        if not months:
            raise AirflowSkipException("Nothing was pending: an earlier run built this month.")
        outlet_events[MARTS].add_partitions(months)
        return months

    @task
    def write_pages(months: list[str]) -> str:
        """The data quality pages of the months built, for people to read."""
        from pch.reports import pages
        from pch.warehouse.calendar import parse_period

        return str(pages.write_pages(settings(), [parse_period(month) for month in months]))

    write_pages(build_months())
