"""What Airflow must be able to import from a package: its triggers. The DAGs themselves stand in ``dags/``."""
