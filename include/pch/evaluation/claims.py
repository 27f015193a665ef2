"""Public claims held against what was found: supported, not supported, or not yet testable, and why in a sentence.

ops.current_claim -> tested (an amount: the estimated effect over the claim's months; a change: the published figures)
                  -> its overlap group, whose claims share one saving -> eval.claim_result
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

import pandas as pd
from psycopg.rows import class_row

from pch.evaluation.basis import ADMISSIONS, COST, in_area, pick, with_effect
from pch.evaluation.changes import change_of
from pch.evaluation.reading import Evidence
from pch.evaluation.results import PROGRAMME, Area, Estimate, Found, Interval
from pch.evaluation.words import amount, month
from pch.registry.evaluation import Evaluation
from pch.warehouse.calendar import months_between
from pch.warehouse.db import Connection

Status = Literal["supported", "not_supported", "not_yet_testable"]
NET_OF_INPUTS = "CE02"


@dataclass(frozen=True)
class Claim:
    """A row of ops.current_claim, as far as it is tested."""

    claim_id: int
    claim_code: str
    site_code: str | None
    quantity: str
    metric_code: str
    definition_version: int
    first_period: date
    last_period: date
    claimed: float
    claimed_before: float | None
    overlap_group: str

    @property
    def area(self) -> Area:
        return Area("site", self.site_code) if self.site_code else PROGRAMME

    @property
    def months(self) -> str:
        return f"{month(self.first_period)} to {month(self.last_period)}"


@dataclass(frozen=True)
class Tested:
    """``found`` None: not testable, and ``said`` is why; else the measured amount, in the direction of the claim."""

    claim: Claim
    found: Interval | None
    method: str | None
    said: str


@dataclass(frozen=True)
class ClaimResult:
    """A row of eval.claim_result."""

    claim_id: int
    status: Status
    method: str | None
    found: Interval | None
    share_of_group_pct: float | None
    finding: str


def judge(conn: Connection, found: Sequence[Found], evidence: Evidence, settings: Evaluation) -> list[ClaimResult]:
    """Every claim in force, in the order of their codes."""
    columns = ", ".join(Claim.__dataclass_fields__)
    with conn.cursor(row_factory=class_row(Claim)) as cursor:
        claims = cursor.execute(f"select {columns} from ops.current_claim order by claim_code".encode()).fetchall()
    tested = [
        Tested(c, *change_of(conn, c)) if c.quantity == "change" else amount_of(c, found, evidence, settings)
        for c in claims
    ]
    return [result_of(t, tested) for t in tested]


def amount_of(claim: Claim, found: Sequence[Found], evidence: Evidence, settings: Evaluation) -> Tested:
    """What the estimate of the claim's area says of the claim's months."""
    outcome = ADMISSIONS if claim.quantity == "admissions_avoided" else COST
    estimate = pick(found, outcome, claim.area)
    said = _why_not(claim, estimate, outcome, evidence, settings)
    if said or estimate is None or estimate.avoided is None or not estimate.observed:
        return Tested(
            claim, None, None, said or "There is no estimate of it yet: too few sites or months have figures."
        )
    observed = float(_of_claim(claim, outcome, evidence, settings)["observed"].sum())
    scale = observed / estimate.observed
    spent = _spent(claim, evidence) if claim.metric_code == NET_OF_INPUTS else 0.0
    v = estimate.avoided
    value, lower, upper = (x * scale - spent for x in (v.value, v.lower_95, v.upper_95))
    less = ", what was put in taken off" if claim.metric_code == NET_OF_INPUTS else ""
    said = (
        f"Against what there would have been without the programme, {claim.months}: {amount(value, claim.quantity)} "
        f"({amount(lower, claim.quantity)} to {amount(upper, claim.quantity)}, 95% interval){less}."
    )
    return Tested(claim, Interval(value, lower, upper), estimate.method, said)


def result_of(tested: Tested, others: Sequence[Tested]) -> ClaimResult:
    """The verdict on one claim, the others of its group considered."""
    claim = tested.claim
    group = _group(tested, others)
    together = sum(t.claim.claimed for t in group)
    share = 100 * claim.claimed / together if claim.quantity != "change" else None
    if tested.found is None:
        return ClaimResult(claim.claim_id, "not_yet_testable", tested.method, None, share, tested.said)
    size = abs(claim.claimed - claim.claimed_before) if claim.claimed_before is not None else claim.claimed
    most = max(t.found.upper_95 for t in group if t.found)
    status: Status = "not_supported"
    if tested.found.lower_95 <= 0:
        verdict = "That anything was gained is not shown."
    elif size > tested.found.upper_95 * (1 + 1e-9):
        verdict = "More is claimed than that supports."
    elif len(group) > 1 and together > most:
        verdict = (
            f"The {len(group)} claims of group {claim.overlap_group} together speak of "
            f"{amount(together, claim.quantity)}, more than the {amount(most, claim.quantity)} that can be supported: "
            "nothing is saved twice."
        )
    else:
        status, verdict = "supported", "The claim lies within that."
    return ClaimResult(claim.claim_id, status, tested.method, tested.found, share, f"{tested.said} {verdict}")


def _group(tested: Tested, others: Sequence[Tested]) -> list[Tested]:
    """Claims that speak of the same saving in the same quantity; changes do not add up."""
    claim = tested.claim
    if claim.quantity == "change":
        return [tested]
    key = (claim.overlap_group, claim.quantity)
    return [t for t in others if (t.claim.overlap_group, t.claim.quantity) == key]


def _of_claim(claim: Claim, outcome: str, evidence: Evidence, settings: Evaluation) -> pd.DataFrame:
    """Rows of the panel with effect, in the claim's months and area."""
    frame = in_area(with_effect(evidence.panels[outcome], settings.settling_months), claim.area)
    return frame[frame["period"].between(*_bounds(claim))]


def _bounds(claim: Claim) -> tuple[Any, Any]:
    return pd.Timestamp(claim.first_period), pd.Timestamp(claim.last_period)


def _why_not(
    claim: Claim, estimate: Estimate | None, outcome: str, evidence: Evidence, settings: Evaluation
) -> str | None:
    """Why an amount cannot be tested yet, if it cannot."""
    reasons: Iterator[str | None] = (
        reason
        for reason in (
            _lacks_months(claim, outcome, evidence, settings),
            "There is no estimate of it yet: too few sites or months have figures." if estimate is None else None,
            estimate.reason if estimate and estimate.verdict == "cannot_conclude" else None,
            _lacks_inputs(claim, evidence, settings) if claim.metric_code == NET_OF_INPUTS else None,
        )
    )
    return next((reason for reason in reasons if reason), None)


def _lacks_months(claim: Claim, outcome: str, evidence: Evidence, settings: Evaluation) -> str | None:
    if outcome not in evidence.panels:
        return "Nothing of it was built yet."
    frame = in_area(evidence.panels[outcome].frame, claim.area)
    live = frame[frame["went_live"] <= pd.Timestamp(claim.last_period)]
    if live.empty:
        return "By the register, nobody had gone live by the end of the claim's months (went_live)."
    wanted = live["site_code"].nunique() * len(list(months_between(claim.first_period, claim.last_period)))
    have = len(_of_claim(claim, outcome, evidence, settings))
    if 100 * have >= settings.least_covered_pct * wanted:
        return None
    return (
        f"Of the {wanted} site-months it speaks of, {have} have figures and lie {settings.settling_months} months or "
        f"more after going live; {settings.least_covered_pct:.0f}% are needed."
    )


def _ledger(claim: Claim, evidence: Evidence) -> pd.DataFrame:
    """Inputs of the sites that were live, in the claim's months."""
    frame = in_area(evidence.panels[COST].frame, claim.area)
    live = frame.loc[frame["went_live"] <= pd.Timestamp(claim.last_period), "site_code"].unique()
    inputs = evidence.inputs
    return inputs[inputs["site_code"].isin(live) & inputs["period"].between(*_bounds(claim))]


def _lacks_inputs(claim: Claim, evidence: Evidence, settings: Evaluation) -> str | None:
    ledger = _ledger(claim, evidence)
    complete = 100 * float(ledger["is_complete"].mean()) if len(ledger) else 0.0
    if complete >= settings.least_input_complete_pct:
        return None
    return (
        f"What was put in is known for {complete:.0f}% of its months, and {settings.least_input_complete_pct:.0f}% are "
        "needed: complete the programme_inputs returns."
    )


def _spent(claim: Claim, evidence: Evidence) -> float:
    """Real pounds; months that are not complete count as much as the others."""
    ledger = _ledger(claim, evidence)
    return len(ledger) * float(ledger.loc[ledger["is_complete"], "charged_real_gbp"].mean())
