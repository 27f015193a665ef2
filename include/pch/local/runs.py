"""A DAG run on request, over Airflow's own API, as its user would start it in the browser."""

import time

import httpx

from pch.errors import StackError
from pch.local.airflow import address
from pch.settings import Settings

_LOOK_EVERY = 1.0  # seconds


def run_now(settings: Settings, dag_id: str, patience: float = 600) -> None:
    """Starts a run of the DAG and waits for its end; StackError where it fails or takes more than ``patience``
    seconds."""
    user = {"username": "admin", "password": settings.password("admin")}
    with httpx.Client(base_url=address(settings), trust_env=False, timeout=30) as client:
        token = client.post("/auth/token", json=user).raise_for_status().json()["access_token"]
        client.headers["Authorization"] = f"Bearer {token}"
        runs = f"/api/v2/dags/{dag_id}/dagRuns"
        run_id = client.post(runs, json={"logical_date": None}).raise_for_status().json()["dag_run_id"]
        deadline = time.monotonic() + patience
        while time.monotonic() < deadline:
            state = client.get(f"{runs}/{run_id}").raise_for_status().json()["state"]
            if state == "success":
                return
            if state == "failed":
                break
            time.sleep(_LOOK_EVERY)
        else:
            state = f"still {state} after {patience:.0f} s"
    raise StackError(f"Run {run_id} of {dag_id} is {state}. Look at {address(settings)}/dags/{dag_id}/runs/{run_id}.")
