"""Columns of a whole programme's month -> CSV bytes of each site, written in one go and cut at line ends."""

import io
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import pyarrow as pa
import pyarrow.csv

from pch.simulate.places import Ints


def named(names: Sequence[str], codes: Ints) -> pa.Array:
    """The names at these positions."""
    return pa.array(names, pa.string()).take(pa.array(codes))


def csv_by_site(columns: dict[str, pa.Array], site_of_row: Ints, sites: int) -> list[bytes]:
    """One file a site, header included, in the order of the sites; rows must stand in that order already."""
    sink = io.BytesIO()
    plain = pa.csv.WriteOptions(include_header=False, quoting_style="none")  # our words hold no comma
    pa.csv.write_csv(pa.table(columns), sink, plain)
    text = sink.getbuffer()
    ends = np.flatnonzero(np.frombuffer(text, np.uint8) == ord("\n")) + 1
    starts = np.concatenate([[0], ends])  # starts[i]: where row i begins
    cuts = starts[np.searchsorted(site_of_row, np.arange(sites + 1))]
    header = (",".join(columns) + "\n").encode()
    return [header + bytes(text[a:b]) for a, b in pairwise(cuts.tolist())]
