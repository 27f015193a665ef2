"""Synthetic Primary Care Home sites whose truth is known, and the files they would push.

    places (sites, practices, membership) -> registered lists -> feeds (what happened to these patients in a month)
        -> CSV bytes of each site -> faults -> the files that are pushed
    effects: what the programme changes    truth: what should become of each file

``Programme.create()`` is the way in. Nobody described here exists: every code, name and count is made up; a
few summary figures, each with its source, keep the made-up world the size and shape of the real one.
"""

from pch.simulate.effects import Effects, EffectTruth
from pch.simulate.faults import KINDS, Faults
from pch.simulate.feeds import FEEDS
from pch.simulate.places import Membership, Practice, Site
from pch.simulate.programme import Programme, SimulatedFile
from pch.simulate.truth import Truth

__all__ = [
    "FEEDS", "KINDS", "EffectTruth", "Effects", "Faults", "Membership", "Practice", "Programme", "SimulatedFile",
    "Site", "Truth",
]  # fmt: skip
