"""The naive comparison, kept beside the others because it is what is often quoted: after less before, in the sites
that went live, as if nothing else had changed. It never concludes.

panel -> mean log ratio with effect less before, a figure a site -> their mean and its error -> Found
"""

from collections.abc import Collection

import numpy as np

from pch.evaluation.effect import Change
from pch.evaluation.estimates import estimate_of
from pch.evaluation.panel import Panel, log_ratio, months_since, ordinals
from pch.evaluation.results import Area, Found
from pch.registry.evaluation import Evaluation

REASON = (
    "Before and after alone cannot tell the programme from anything else that changed in the same months. The figure "
    "is here to be seen beside the others, not to be quoted."
)


def estimate(panel: Panel, area: Area, sites: Collection[str], settings: Evaluation) -> Found:
    """The effect at ``sites``, which are the area's."""
    frame = panel.of_sites(sorted(sites)).frame
    since = months_since(frame)
    frame = frame.assign(y=log_ratio(frame), month=ordinals(frame["period"]))
    before, after = frame[since < 0], frame[since >= settings.settling_months]
    change = (after.groupby("site_code")["y"].mean() - before.groupby("site_code")["y"].mean()).dropna().to_numpy(float)
    used = after[after["site_code"].isin(before["site_code"].unique())]
    effect = None
    if len(change) > 1:
        effect = Change(float(change.mean()), float(change.std(ddof=1) / np.sqrt(len(change))), len(change) - 1)
    made = estimate_of(
        panel.outcome,
        "before_after",
        area,
        effect,
        ("cannot_conclude", REASON),
        months=[int(m) for m in used["month"].unique()],
        observed=float(used["observed"].sum()),
        sites=len(change),
        compared=len(used),
        wanted=len(after),
    )
    return Found(made)
