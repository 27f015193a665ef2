# One image for every service of docker-compose.yml that is ours: Airflow, its workers and the `pch` command.
# It holds programs and declarations only; data live in volumes, secrets come from the environment.

FROM python:3.11-slim AS libraries
# Only for networks with a package mirror of their own; without it pip asks its usual index.
ARG PIP_INDEX_URL
RUN python -m venv /opt/venv
ENV PATH=/opt/venv/bin:$PATH PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
COPY requirements.lock /tmp/requirements.lock
# pip compiles bytecode as it installs; without it every task start would pay twice.
RUN pip install --require-hashes --no-deps --only-binary :all: --compile -r /tmp/requirements.lock

FROM python:3.11-slim
ARG APP_UID=10001
# No library telephones home: the services have no way out of their network in any case.
ENV PATH=/opt/venv/bin:$PATH \
    AIRFLOW_HOME=/opt/airflow \
    AIRFLOW__CORE__DAGS_FOLDER=/opt/pch/dags \
    PCH_HOME=/var/lib/pch \
    DO_NOT_TRACK=1 \
    DBT_SEND_ANONYMOUS_USAGE_STATS=False \
    GX_ANALYTICS_ENABLED=false
# A new named volume takes the owner of the folder it covers, so those folders are made here. Airflow's home is
# writable (it writes its airflow.cfg there), the code below it is not.
RUN useradd --uid "$APP_UID" --create-home pch \
 && install -d -o pch -g pch /opt/airflow /opt/airflow/logs /var/lib/pch /var/lib/pch/landing
COPY --from=libraries /opt/venv /opt/venv
WORKDIR /opt/pch
COPY pyproject.toml README.md LICENSE ./
COPY include include
COPY dags dags
COPY dbt_project dbt_project
COPY expectations expectations
# Editable, because the project finds its registry, models and suites beside its own source.
# The second half is what pch.local writes on a machine of one's own: it preloads the heavy libraries in workers.
RUN pip install --no-deps --no-build-isolation --no-cache-dir -e . \
 && python -m compileall -q include dags \
 && mkdir "$AIRFLOW_HOME/config" \
 && python -c "from pch.local.preload import LOCAL_SETTINGS as text; print(text, end='')" \
      > "$AIRFLOW_HOME/config/airflow_local_settings.py"
USER pch
CMD ["pch", "--help"]
