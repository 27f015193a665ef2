"""A simulated programme as files on disk, laid out so that ``pch push`` takes them.

Programme -> sites.csv (the register), grants.csv (what they were given), <period>/<feed>/<site>.csv, truth.csv (a row
a return), effects.csv (a row a site)
"""

from collections.abc import Callable
from pathlib import Path

from pch.simulate.faults import suffix_of
from pch.simulate.programme import Programme
from pch.simulate.truth import write_csv


def write(programme: Programme, folder: Path, done: Callable[[int], None] = lambda count: None) -> int:
    """Writes everything into ``folder``, which need not be there; returns the number of files to push. ``done`` is
    called with 1 after each month."""
    folder.mkdir(parents=True, exist_ok=True)
    programme.write_sites_csv(folder / "sites.csv")
    programme.write_grants_csv(folder / "grants.csv")
    write_csv(folder / "truth.csv", (t for period in programme.periods for t in programme.truth(period)))
    write_csv(folder / "effects.csv", programme.effects_truth())
    files = 0
    for period in programme.periods:
        for file in programme.files(period):
            path = folder / f"{period:%Y-%m}" / file.feed / f"{file.site_code}{suffix_of(file.fault)}"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(file.content)
            files += 1
        done(1)
    return files
