"""Synthetic Primary Care Home sites whose truth is known, and the files they would push.

    places (sites, practices, membership) -> registered lists -> hospital activity, ledger of inputs
        -> CSV bytes of each site -> faults -> the files that are pushed

``Programme.create()`` is the way in. Nobody described here exists: every code, name and count is made up; a
few summary figures, each with its source, keep the made-up world the size and shape of the real one.
"""

from pch.simulate.faults import KINDS, Faults
from pch.simulate.places import Membership, Practice, Site
from pch.simulate.programme import Programme, SimulatedFile, Truth

__all__ = ["KINDS", "Faults", "Membership", "Practice", "Programme", "SimulatedFile", "Site", "Truth"]
