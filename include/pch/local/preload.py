"""Imports what every task needs once, in the process that forks the tasks.

``airflow_local_settings.py`` calls ``preload`` whenever Airflow starts. In the scheduler (LocalExecutor) and
in a Celery worker it costs some seconds and 200 MB, which the forked tasks then share: a task that uses
Great Expectations or dbt begins in 0.2 s instead of 7 to 35 s. Everywhere else it does nothing.
"""

import importlib
import sys

PARENTS_OF_TASKS = ("scheduler", "celery")
MODULES = ("great_expectations", "dbt.cli.main")

LOCAL_SETTINGS = '''"""Read by Airflow at every start; see pch.local.preload."""

from pch.local.preload import preload

preload()
'''
"""What ``AIRFLOW_HOME/config/airflow_local_settings.py`` says, here and in the container image."""


def preload() -> None:
    if sys.argv[1:2] and sys.argv[1] in PARENTS_OF_TASKS:
        for module in MODULES:
            importlib.import_module(module)
