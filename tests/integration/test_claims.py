"""The register of public claims: what can be registered, what is refused and why, and what is never lost."""

from datetime import date
from pathlib import Path

import psycopg
import pytest
import yaml
from desk import Desk
from terminal import Terminal

from pch.settings import Settings
from pch.warehouse.calendar import ensure_periods

SAVED = {
    "claim": "THANET-1", "site": "AAA01", "statement": "270,000 pounds were saved by the frailty team.",
    "source": "Annual report 2025/26, page 4", "claimed_on": date(2026, 5, 1), "quantity": "gbp_saved",
    "metric": "CE02", "version": 1, "first_period": "2025-04", "last_period": "2026-03", "claimed": 270_000,
    "overlap_group": "frailty", "because": "Said at the board of the programme.",
}  # fmt: skip
WAITS = {
    "claim": "THANET-2", "site": "AAA01", "statement": "Waits fell from 14 to 8 days.", "source": "Local newspaper",
    "claimed_on": date(2026, 5, 1), "quantity": "change", "metric": "AC01", "version": 1, "first_period": "2025-04",
    "last_period": "2026-03", "claimed": 8, "claimed_before": 14, "overlap_group": "waits",
    "because": "Sent in by a reader.",
}  # fmt: skip


@pytest.fixture
def pch(settings: Settings, desk: Desk) -> Terminal:
    desk.register({"AAA01": ["A10001"]})
    ensure_periods(desk.owner, date(2026, 3, 1), date(2026, 4, 1))
    return Terminal(settings)


def file_of(folder: Path, *claims: dict[str, object]) -> Path:
    path = folder / "claims.yml"
    path.write_text(yaml.safe_dump({"claims": list(claims)}))
    return path


def test_claims_are_registered_listed_corrected_and_withdrawn(pch: Terminal, desk: Desk, tmp_path: Path) -> None:
    assert pch.says("claims", "list") == "No claim is registered."
    add = ("claims", "add", file_of(tmp_path, SAVED, WAITS), "--by", "Ann")
    assert pch.says(*add) == (
        "2 claim(s) registered. The next evaluation tests them ('pch evaluate run'). 1 month(s) wait to be built for it."
    )
    assert "in force already, word for word" in pch.says(*add)
    listed = {c["claim_code"]: c for c in pch.json("claims", "list")}
    assert [listed["THANET-1"][k] for k in ("claimed", "first_period", "status", "finding")] == [
        270_000, "2025-04-01", None, None,
    ]  # fmt: skip
    assert "Waits fell from 14 to 8 days. (Local newspaper, 2026-05-01)" in pch.says("claims", "list")

    pch.says("claims", "add", file_of(tmp_path, SAVED | {"claimed": 250_000}), "--by", "Ann")
    assert [c["claimed"] for c in pch.json("claims", "list") if c["claim_code"] == "THANET-1"] == [250_000]
    withdraw = ("claims", "withdraw", "thanet-1", "--because", "The site took it back.", "--by", "Ann")
    assert "The claim THANET-1 is withdrawn." in pch.says(*withdraw)
    assert [c["claim_code"] for c in pch.json("claims", "list")] == ["THANET-2"]
    assert "nothing to withdraw" in pch.says(*withdraw, code=1)
    kept = "select claimed, is_withdrawn, registered_by from ops.claim where claim_code = 'THANET-1' order by claim_id"
    assert desk.rows(kept) == [(270_000, False, "Ann"), (250_000, False, "Ann"), (250_000, True, "Ann")]
    with pytest.raises(psycopg.Error):
        desk.owner.execute("delete from ops.claim")


@pytest.mark.parametrize(
    ("said", "refusal"),
    [
        ({"site": "ZZZ01"}, "There is no site 'ZZZ01' in the register."),
        ({"metric": "PH01"}, "A claim of gbp_saved is bound to one of CE02, CO01, not to 'PH01'."),
        ({"version": 9}, "CE02 has no version 9; it has 1."),
        ({"last_period": "2025-03"}, "It would end with 2025-03, before it begins."),
        ({"claimed_before": 5}, "A change needs claimed_before"),
        ({"claimed": 0}, "An amount is above 0, and 0 is not."),
        ({"claimed": float("inf")}, "What is claimed is no number."),
        ({"claimed_on": date(2999, 1, 1)}, "2999-01-01 is still to come."),
        ({"because": "because"}, "needs a sentence"),
        ({"claimed_on": "soon"}, "claimed_on"),
        ({"first_period": "April"}, "'April' is not a period"),
        ({"colour": "red"}, "colour"),
        ({"claim": "no spaces"}, "claim"),
    ],
)
def test_what_cannot_be_a_claim_is_refused_and_nothing_registered(
    pch: Terminal, tmp_path: Path, said: dict[str, object], refusal: str
) -> None:
    assert refusal in pch.says("claims", "add", file_of(tmp_path, WAITS, SAVED | said), "--by", "Ann", code=1)
    assert pch.json("claims", "list") == []


def test_every_claim_that_is_wrong_is_named(pch: Terminal, tmp_path: Path) -> None:
    file = file_of(tmp_path, SAVED | {"site": "ZZZ01"}, WAITS | {"claimed": 14}, WAITS | {"claim": "THANET-1"})
    said = pch.says("claims", "add", file, "--by", "Ann", code=1)
    assert said.startswith("Nothing was registered. THANET-1: There is no site 'ZZZ01'")
    assert "THANET-2: Nothing would have changed." in said and "THANET-1: is in the file twice." in said
    assert "There is no file" in pch.says("claims", "add", tmp_path / "none.yml", "--by", "Ann", code=1)


def test_before_the_first_build_there_is_nothing_to_evaluate(pch: Terminal) -> None:
    because = ("--because", "To see what happens.", "--by", "Ann")
    assert pch.says("evaluate", "run", *because, code=1).startswith("There is nothing to evaluate yet")
    assert "Nothing was built yet" in pch.says("evaluate", "show", code=1)
    assert "Nothing is due" in pch.says("evaluate", "due", code=1)
