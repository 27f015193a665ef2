"""Worth at other prices: what if an emergency admission were valued at 3,000 pounds, or an hour of a GP at 150?

evidence with other prices -> the cost estimates again, all others as published -> worth; nothing is stored
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import pandas as pd

from pch.errors import Refused
from pch.evaluation.basis import COST
from pch.evaluation.estimate import estimate_all
from pch.evaluation.panel import Panel
from pch.evaluation.reading import Evidence, Price, current_estimates, read, valued
from pch.evaluation.results import Estimate, Found
from pch.evaluation.worth import Worth, worth
from pch.registry.evaluation import Evaluation, evaluation
from pch.settings import Settings
from pch.warehouse.db import Connection, connect


@dataclass(frozen=True)
class Compared:
    """A figure as published, and as it would be."""

    published: Worth
    otherwise: Worth


def what_if(
    settings: Settings, units: Mapping[str, float], hours: Mapping[str, float], how: Evaluation | None = None
) -> list[Compared]:
    """``units``: real pounds of the base year by priced activity; ``hours``: by staff role. Refused where nothing has
    that price, or where the newest evaluation is of other months than those built."""
    how = how or evaluation()
    with connect(settings, "evaluator") as conn:
        conn.execute("set transaction isolation level repeatable read, read only")
        evidence, estimates = _as_published(conn)
        for kind, named in (("unit", units), ("hour", hours)):
            known = {p.item for p in evidence.prices if p.kind == kind}
            if unknown := sorted(set(named) - known):
                raise Refused(f"Nothing is priced by {', '.join(unknown)}. There are: {', '.join(sorted(known))}.")
        other = _at(evidence, units, hours, valued(conn, "item"), valued(conn, "hour"))
    published = [Found(e) for e in estimates]
    again = _again(published, other, how) if units else published
    pairs = zip(worth(published, evidence, how).figures, worth(again, other, how).figures, strict=True)
    return [Compared(one, another) for one, another in pairs]


def _as_published(conn: Connection) -> tuple[Evidence, list[Estimate]]:
    evidence, estimates = read(conn), current_estimates(conn)
    if evidence is None or not estimates:
        raise Refused("There is no evaluation yet: 'pch evaluate run' makes one.")
    row = conn.execute("select panel_sha256 from eval.current_evaluation").fetchone()
    if row != (evidence.panel_sha256,):
        raise Refused("Months were built since the newest evaluation: 'pch evaluate run' first.")
    return evidence, estimates


def _at(
    evidence: Evidence, units: Mapping[str, float], hours: Mapping[str, float], items: pd.DataFrame, roles: pd.DataFrame
) -> Evidence:
    """The same evidence at the prices named: cost observed, and expected at the rate of the whole panel; inputs."""
    frame = evidence.panels[COST].frame
    observed = frame["observed"] + _dearer(items, units, frame)
    expected = frame["population"] * (observed.sum() / frame["population"].sum())
    inputs = evidence.inputs.assign(
        charged_real_gbp=evidence.inputs["charged_real_gbp"] + _dearer(roles, hours, evidence.inputs)
    )
    return replace(
        evidence.with_panel(Panel(COST, frame.assign(observed=observed, expected=expected))),
        inputs=inputs,
        prices=[_priced(p, units if p.kind == "unit" else hours) for p in evidence.prices],
    )


def _priced(price: Price, others: Mapping[str, float]) -> Price:
    if price.item not in others:
        return price
    return replace(price, gbp=others[price.item], real_gbp=others[price.item], source="what if")


def _dearer(counted: pd.DataFrame, prices: Mapping[str, float], of: pd.DataFrame) -> "pd.Series[float]":
    """What the other prices add to each row of ``of`` (site x period)."""
    moved = counted[counted["item"].isin(list(prices))]
    at = moved["item"].map(dict(prices)).astype(float)
    more = moved.assign(more=moved["many"] * at - moved["real_gbp"]).groupby(["site_code", "period"], as_index=False)
    added = of[["site_code", "period"]].merge(more["more"].sum(), on=["site_code", "period"], how="left")["more"]
    return added.fillna(0.0).set_axis(of.index)


def _again(published: list[Found], evidence: Evidence, how: Evaluation) -> list[Found]:
    """The published estimates, those of cost made again."""
    placebos = {name for name, o in how.outcomes.items() if o.is_placebo}
    made = estimate_all({n: p for n, p in evidence.panels.items() if n == COST or n in placebos}, how)
    return [f for f in published if f.estimate.outcome != COST] + made
