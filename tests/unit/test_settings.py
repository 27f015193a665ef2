"""Settings as a program that we start gets them."""

from pathlib import Path

import pytest

from pch.settings import Settings


@pytest.mark.parametrize("certificate", [None, Path("/run/tls/fullchain.pem")])
def test_a_program_started_with_these_settings_has_them(
    certificate: Path | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = Settings(door_port=443, door_tls_cert=certificate, drop_urls="", batch_rows=7)
    for name, value in settings.environment().items():
        monkeypatch.setenv(name, value)
    assert Settings() == settings
    assert Settings().door_address == ("https" if certificate else "http") + "://127.0.0.1:443"


def test_a_variable_that_is_empty_is_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PCH_DB_PORT", "")
    assert Settings().db_port == 55432
