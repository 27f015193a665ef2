"""Every setting of the system, in one place.

A setting comes from the environment (``PCH_...``), else from its default here. Passwords come from the
environment too (``PCH_PASSWORD_LOADER`` and so on) or, on the embedded stack, from ``secrets.json`` in the
home folder, which is written once with random values and readable by its owner alone.
"""

import json
import secrets
from functools import cache
from pathlib import Path
from typing import Literal, get_args
from urllib.parse import quote

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from pch.errors import Refused

Role = Literal["owner", "intake", "door", "loader", "dbt", "evaluator", "analyst", "bi_reader", "airflow"]
ROLES: tuple[Role, ...] = get_args(Role)

PROJECT = Path(__file__).resolve().parents[2]
"""The checkout; meaningless where the package is installed without one."""

_HOME = (PROJECT if (PROJECT / "pyproject.toml").is_file() else Path.home()) / ".pch"


class Settings(BaseSettings):
    """Where things are and how large they may grow. ``docs`` of each field are its description."""

    model_config = SettingsConfigDict(env_prefix="PCH_", frozen=True, env_ignore_empty=True)

    home: Path = Field(_HOME, description="the one folder that holds all data of this machine")
    landing_url: str = Field("", description="where submitted bytes are kept: a path or any fsspec URL")

    db_host: str = Field("127.0.0.1", description="address of the warehouse's Postgres")
    db_port: int = Field(55432, description="its port")
    db_name: str = Field("pch", description="the warehouse's database")
    airflow_db_name: str = Field("airflow", description="the database of Airflow's own metadata")
    airflow_host: str = Field("127.0.0.1", description="address of Airflow's api-server")
    airflow_port: int = Field(58080, description="port of Airflow's api-server")

    door_host: str = Field("127.0.0.1", description="address the front door (HTTP API and portal) listens on")
    door_port: int = Field(58180, description="its port")
    door_url: str = Field("", description="what sites call it, where a proxy stands before it: https://...")
    door_tls_cert: Path | None = Field(None, description="certificate, where the door itself speaks TLS")
    door_tls_key: Path | None = Field(None, description="its key")
    door_proxies: str = Field("127.0.0.1", description="proxies whose word on a caller's address is taken")
    door_header_seconds: float = Field(10, description="for the headers of a request, from the connection on")
    door_silence_seconds: float = Field(30, description="between two chunks of a body")
    door_grace_seconds: float = Field(60, description="after which a body must have come at 4 KB a second at least")
    check_processes: int = Field(2, description="processes that look at files as they arrive at the door")
    drop_urls: str = Field("", description="drop folders, separated by spaces: a path, s3://..., sftp://...")
    drop_settle_seconds: int = Field(60, description="a dropped file is taken once it has not changed for so long")
    mail_from: str = Field("", description="sender of the mails to sites; empty: no mail is sent")

    batch_rows: int = Field(400_000, description="rows a load batch aims at; bounds the memory of a task")
    parallel_batches: int = Field(2, description="load batches that run side by side")
    sweep_minutes: int = Field(5, description="a timer that collects whatever no notification announced")
    max_file_mb: int = Field(512, description="a submission larger than this after decompression is refused")
    max_expansion: int = Field(200, description="a compressed file may grow by this factor at most")
    first_period: str = Field("", description="first month of collection, YYYY-MM; empty: the first that arrived")

    def environment(self) -> dict[str, str]:
        """These settings as variables, for a program that we start; what is empty there is the default."""
        values = self.model_dump(mode="json")
        return {f"PCH_{name.upper()}": "" if value is None else str(value) for name, value in values.items()}

    @property
    def door_address(self) -> str:
        """The door's own address, as sites are told it; without a slash at its end."""
        scheme = "https" if self.door_tls_cert else "http"
        return self.door_url.rstrip("/") or f"{scheme}://{self.door_host}:{self.door_port}"

    @property
    def landing(self) -> str:
        return self.landing_url or (self.home / "landing").as_uri()

    @property
    def secrets_file(self) -> Path:
        return self.home / "secrets.json"

    def password(self, name: str) -> str:
        """The password of a database role, or of ``admin`` (Airflow's own user)."""
        from_env = _Passwords().of(name)
        if from_env:
            return from_env
        try:
            return str(json.loads(self.secrets_file.read_text())[name])
        except (FileNotFoundError, KeyError):
            raise Refused(
                f"No password for '{name}': set PCH_PASSWORD_{name.upper()}, or run 'make up' to create one."
            ) from None

    def dsn(self, role: Role, database: str | None = None, driver: str = "postgresql") -> str:
        """A connection URL for ``role``, its password included: for programs, never for logs."""
        name = database or (self.airflow_db_name if role == "airflow" else self.db_name)
        return f"{driver}://{role}:{quote(self.password(role), safe='')}@{self.db_host}:{self.db_port}/{name}"


class _Passwords(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="PCH_PASSWORD_", extra="ignore")

    owner: SecretStr | None = None
    intake: SecretStr | None = None
    door: SecretStr | None = None
    loader: SecretStr | None = None
    dbt: SecretStr | None = None
    evaluator: SecretStr | None = None
    analyst: SecretStr | None = None
    bi_reader: SecretStr | None = None
    airflow: SecretStr | None = None
    postgres: SecretStr | None = None
    admin: SecretStr | None = None

    def of(self, name: str) -> str | None:
        value: SecretStr | None = getattr(self, name, None)
        return value.get_secret_value() if value else None


@cache
def settings() -> Settings:
    return Settings()


def ensure_secrets(home: Path) -> None:
    """Writes random passwords once; a file that exists is only completed, never changed."""
    file = home / "secrets.json"
    known: dict[str, str] = json.loads(file.read_text()) if file.exists() else {}
    missing = [name for name in (*ROLES, "postgres", "admin") if name not in known]
    if missing:
        home.mkdir(parents=True, exist_ok=True)
        known |= {name: secrets.token_urlsafe(18) for name in missing}
        file.touch(mode=0o600)
        file.chmod(0o600)
        file.write_text(json.dumps(known, indent=1) + "\n")
