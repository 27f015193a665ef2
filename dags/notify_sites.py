"""notify_sites: mail to sites about what arrived, what was decided, what is due and what is asked.

Runs with every sweep, and not at all unless ``PCH_MAIL_FROM`` is set. Sends over the connection ``smtp_default``; what
a mail server did not take waits for the next run. What was told to whom, and what became of it: ``pch notices``.
"""

from datetime import timedelta

from airflow.sdk import DAG, CronTriggerTimetable, task
from airflow.sdk.exceptions import AirflowSkipException

from pch.settings import settings

with DAG(
    dag_id="notify_sites",
    description="Mail sites what arrived, what was decided, what is due",
    schedule=CronTriggerTimetable(f"*/{settings().sweep_minutes} * * * *", timezone="Europe/London")
    if settings().mail_from
    else None,
    catchup=False,
    max_active_runs=1,
    default_args={"retries": 2, "retry_delay": timedelta(seconds=20), "owner": "central data team"},
    tags=["notify"],
    doc_md=__doc__,
) as dag:

    @task
    def send_mails() -> dict[str, int]:
        """Write down what sites were not told yet, and hand it to the mail server."""
        from dataclasses import asdict

        from airflow.providers.smtp.hooks.smtp import SmtpHook

        from pch.notices import post

        if not post.queue(settings()):
            raise AirflowSkipException("There is nothing to tell.")
        with SmtpHook() as hook:
            #  the hook's own sending knows HTML only, and keeps to itself which addresses were refused
            return asdict(post.send(settings(), hook._smtp_client.send_message))

    send_mails()
