"""The practice lists of a month: one row a practice, sex and band."""

import numpy as np
import pyarrow as pa

from pch.registry import BANDS
from pch.simulate.feeds.month import Month, Table
from pch.simulate.lists import SEXES


def lists(month: Month) -> Table:
    """The files of a month."""
    practices, cells = len(month.members), len(SEXES) * len(BANDS)
    return {
        "practice_code": month.practice_codes(np.repeat(month.members, cells)),
        "sex": pa.array(np.tile(np.repeat(SEXES, len(BANDS)), practices), pa.string()),
        "age_band": pa.array(np.tile(BANDS, practices * len(SEXES)), pa.string()),
        "registered_count": pa.array(month.people.ravel()),
    }, np.repeat(month.site, cells)
