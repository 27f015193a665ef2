"""The register of public claims: what somebody said in public was saved, avoided or changed, each bound to a metric.

file (YAML) -> Claim, checked -> ops.claim (appended) -> ops.current_claim, which every evaluation holds against what it
found. As the owner, in the caller's transaction.
"""

from collections.abc import Collection, Iterator, Sequence
from datetime import date
from math import isfinite
from pathlib import Path
from typing import Literal

from pydantic import Field, field_validator

from pch import registry
from pch.errors import Refused
from pch.registry.evaluation import evaluation
from pch.registry.strict import Declared as Strict
from pch.registry.strict import read
from pch.registry.worth_metric import worth_metrics
from pch.warehouse.calendar import parse_period
from pch.warehouse.db import Connection
from pch.warehouse.programme.rows import Declared, declare, no_site, one_at_a_time, sites_of, wrong_with_sentence

Quantity = Literal["gbp_saved", "admissions_avoided", "change"]


class Claim(Strict):
    """``metric`` of gbp_saved: CE02, less what was put in, or CO01, before that; of admissions_avoided: CE01; of
    change: any metric of the set, whose figure went from ``claimed_before`` to ``claimed``. ``site`` None: of the
    programme."""

    claim: str = Field(pattern=r"^[A-Z0-9][A-Z0-9-]{1,39}$")
    site: str | None = None
    statement: str
    source: str = Field(min_length=5)
    claimed_on: date
    quantity: Quantity
    metric: str
    version: int
    first_period: date
    last_period: date
    claimed: float
    claimed_before: float | None = None
    overlap_group: str = Field(min_length=1)
    because: str

    @field_validator("first_period", "last_period", mode="before")
    @classmethod
    def _month(cls, text: object) -> object:
        try:
            return parse_period(text) if isinstance(text, str) else text
        except Refused as e:
            raise ValueError(str(e)) from None


class Claims(Strict):
    claims: list[Claim] = Field(min_length=1)


def add_claims(conn: Connection, path: Path, by: str) -> Declared:
    """Registers the claims of a file, all or none; Refused naming every one that cannot be. A claim of a code that
    is known stands for the earlier one."""
    if not path.is_file():
        raise Refused(f"There is no file {path}.")
    claims = read(path, Claims).claims
    one_at_a_time(conn)
    sites = sites_of(conn)
    wrong = [f"{c.claim}: {sentence}" for c in claims for sentence in wrong_with(c, sites)]
    codes = [c.claim for c in claims]
    wrong += [f"{code}: is in the file twice." for code in sorted({c for c in codes if codes.count(c) > 1})]
    if wrong:
        raise Refused("Nothing was registered.\n" + "\n".join(wrong))
    return declare(conn, "claim", rows_of(claims), by, date.max)  # no figure moves: one month shows them


def rows_of(claims: Sequence[Claim]) -> list[dict[str, object]]:
    return [
        {
            "claim_code": c.claim, "site_code": c.site, "statement": c.statement.strip(), "source": c.source.strip(),
            "claimed_on": c.claimed_on, "quantity": c.quantity, "metric_code": c.metric,
            "definition_version": c.version, "first_period": c.first_period, "last_period": c.last_period,
            "claimed": c.claimed, "claimed_before": c.claimed_before, "overlap_group": c.overlap_group,
            "because": c.because.strip(),
        }
        for c in claims
    ]  # fmt: skip


def wrong_with(claim: Claim, sites: Collection[str]) -> Iterator[str]:
    """Sentences, each a reason why it cannot be registered."""
    if claim.site is not None and claim.site not in sites:
        yield no_site(claim.site)
    versions = _versions(claim.quantity)
    if claim.metric not in versions:
        yield f"A claim of {claim.quantity} is bound to one of {', '.join(versions)}, not to '{claim.metric}'."
    elif claim.version not in versions[claim.metric]:
        yield f"{claim.metric} has no version {claim.version}; it has {', '.join(map(str, versions[claim.metric]))}."
    for period in (claim.first_period, claim.last_period):
        if period.day != 1:
            yield f"{period} is no month; a month is written like 2026-04."
    if claim.last_period < claim.first_period:
        yield f"It would end with {claim.last_period:%Y-%m}, before it begins."
    if (claim.quantity == "change") != (claim.claimed_before is not None):
        yield "A change needs claimed_before, the figure it came from; an amount has none."
    if claim.quantity != "change" and not claim.claimed > 0:
        yield f"An amount is above 0, and {claim.claimed:g} is not."
    if not all(isfinite(x) and abs(x) < 1e15 for x in (claim.claimed, claim.claimed_before or 0.0)):
        yield "What is claimed is no number."
    if claim.claimed_before is not None and claim.claimed_before == claim.claimed:
        yield "Nothing would have changed."
    if claim.claimed_on > date.today():
        yield f"{claim.claimed_on} is still to come."
    yield from wrong_with_sentence(claim.statement, "The claim")
    yield from wrong_with_sentence(claim.because, "A registration")


def _versions(quantity: Quantity) -> dict[str, list[int]]:
    """What a claim can be bound to: versions by metric."""
    if quantity == "change":
        return {code: [m.version for m in versions] for code, versions in registry.definitions().items()}
    if quantity == "admissions_avoided":
        return {"CE01": [worth_metrics()["CE01"].version]}
    before_inputs = {o.metric for o in evaluation().outcomes.values() if o.is_money}
    found = {code: [m.version for m in registry.definitions()[code]] for code in sorted(before_inputs)}
    return {"CE02": [worth_metrics()["CE02"].version]} | found
