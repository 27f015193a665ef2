"""Where the simulated sites lie: waves, rurality and deprivation in the register, drawn beside everything else."""

from collections import Counter, defaultdict
from datetime import date

import numpy as np
import pytest
from simulated import END

from pch.simulate import Programme
from pch.warehouse.register import Line, read_register


@pytest.fixture(scope="module")
def register(tmp_path_factory: pytest.TempPathFactory) -> list[Line]:
    """The register of the programme at its full size, as ``pch sites import`` reads it."""
    path = tmp_path_factory.mktemp("register") / "sites.csv"
    Programme.create(end=END).write_sites_csv(path)
    return read_register(path)


def test_sites_of_a_wave_joined_together(register: list[Line]) -> None:
    joined: dict[str | None, set[date | None]] = defaultdict(set)
    for line in register:
        joined[line.wave].add(line.start_date)
    assert set(joined) == {"wave 1", "wave 2", "wave 3"}
    (first,), (second,), (third,) = (joined[f"wave {n}"] for n in (1, 2, 3))
    assert first and second and third and first < second < third


def test_towns_and_country(register: list[Line]) -> None:
    rural = {line.site_code: (line.region, line.rural_pct) for line in register}
    shares = [share for _, share in rural.values() if share is not None]
    assert len(shares) == 185 and min(shares) >= 0 and max(shares) <= 100
    assert 10 <= np.mean(shares) <= 22 and np.std(shares) >= 15
    of_london = [share for region, share in rural.values() if region == "London"]
    assert np.mean([share or 0 for share in of_london]) <= 3


def test_every_fifth_of_deprivation_is_there_and_neighbours_are_alike(register: list[Line]) -> None:
    fifth = {line.practice_code: line.imd_quintile for line in register}
    counts = Counter(fifth.values())
    assert set(counts) == {1, 2, 3, 4, 5} and min(counts.values()) >= len(fifth) / 8
    by_site: dict[str, list[int]] = defaultdict(list)
    for line in register:
        assert line.imd_quintile is not None
        by_site[line.site_code].append(line.imd_quintile)
    within = np.mean([np.var(of) for of in by_site.values()])
    assert within < 0.6 * np.var([q for of in by_site.values() for q in of])


def test_a_place_is_the_same_however_long_the_window() -> None:
    long, short = (Programme.create(sites=12, end=END, months=months) for months in (13, 2))
    assert long.sites == short.sites and long.practices == short.practices
    other = Programme.create(sites=12, seed=1, end=END, months=2)
    assert [p.imd_quintile for p in other.practices] != [p.imd_quintile for p in short.practices]
