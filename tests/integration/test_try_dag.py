import os, runpy, pytest
from pathlib import Path
from worth_world import world
def test_try(server, tmp_path, monkeypatch):
    with world(server, tmp_path) as desk:
        for k, v in desk.settings.environment().items(): monkeypatch.setenv(k, v)
        monkeypatch.setenv("AIRFLOW_HOME", str(tmp_path/"af")); monkeypatch.setenv("AIRFLOW__CORE__LOAD_EXAMPLES","false")
        from pch.settings import settings; settings.cache_clear()
        dag = runpy.run_path("dags/evaluate.py")["dag"]
        n = dag.get_task("evaluate_programme").python_callable(); print("N", n)
        print(dag.get_task("build_worth").python_callable(n))
        print(dag.get_task("write_pages").python_callable(n))
        from airflow.sdk.exceptions import AirflowSkipException
        with pytest.raises(AirflowSkipException): dag.get_task("evaluate_programme").python_callable()
        print(sorted(p.name for p in (desk.settings.home/"pages"/"quality").glob("worth*")))
        settings.cache_clear()
