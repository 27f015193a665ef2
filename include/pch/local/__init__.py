"""The embedded stack of one machine: Postgres and Airflow as processes of ours, started and stopped by us."""
