"""The assets that tie the DAGs together; a DAG file never imports another."""

from airflow.sdk import Asset, AssetWatcher

from pch.orchestration.submissions import SubmissionsWaiting

#  Something waits in the queue. The event carries no address: what waits is looked up in the ledger.
SUBMISSIONS = Asset("landing/submission", watchers=[AssetWatcher(name="queue", trigger=SubmissionsWaiting())])  # type: ignore[no-untyped-call]

#  Accepted data of a month changed; partitioned by month, ``YYYY-MM``.
ACCEPTED = Asset("raw/accepted")

#  The marts of a month were made and tested; partitioned by month.
MARTS = Asset("mart/month")
