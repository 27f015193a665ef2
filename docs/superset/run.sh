#!/usr/bin/env bash
# Apache Superset for one person, on this machine alone: its own records in SQLite, no Redis, no workers.
# Settings: SUPERSET_HOME (where its records, its key and the password of admin are kept), SUPERSET_PORT.
set -euo pipefail
cd "$(dirname "$0")"
project=$(cd ../..; pwd) port=${SUPERSET_PORT:-8088}
export PATH="$project/.venv/superset/bin:$PATH"
export SUPERSET_HOME=${SUPERSET_HOME:-$project/.pch/superset} SUPERSET_CONFIG_PATH=$PWD/superset_config.py
umask 077
mkdir -p "$SUPERSET_HOME"

secret() { # made once
    local file="$SUPERSET_HOME/$1"
    [ -s "$file" ] || head -c 36 /dev/urandom | base64 -w 0 | tr '+/' '-_' > "$file"
    cat "$file"
}
SUPERSET_SECRET_KEY=$(secret key)
export SUPERSET_SECRET_KEY

echo "Preparing Superset in $SUPERSET_HOME ..."
log=$SUPERSET_HOME/prepare.log
{
    superset db upgrade
    superset fab create-admin --username admin --firstname Super --lastname Set --email admin@example.org --password "$(secret password)"
    superset init
} > "$log" 2>&1 || { tail -n 20 "$log"; exit 1; }
python -m zipfile -c "$SUPERSET_HOME/pch.zip" pch/
echo "http://127.0.0.1:$port   user admin, password in $SUPERSET_HOME/password, dashboard to import: $SUPERSET_HOME/pch.zip"
exec gunicorn --bind "127.0.0.1:$port" --worker-class gthread --threads 8 --timeout 120 --log-level warning --no-control-socket 'superset.app:create_app()'
