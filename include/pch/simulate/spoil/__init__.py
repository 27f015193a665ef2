"""Everything that can be wrong with a file: one function a fault, the bytes of a sound CSV file -> the bytes
somebody sent instead.

unreadable   no table at all                      written    the same said in another way
headers      columns and the file's address       cells      what is in them
rows         twice, totals, practices of others   sense      what cannot be or is not believed
beside       odd only beside other months         workbooks  made with a spreadsheet program
"""

from pch.simulate.spoil import beside, cells, headers, rows, sense, unreadable, workbooks, written
from pch.simulate.spoil.kinds import FAULTS, Expected, Fault, History, Scene

__all__ = [
    "FAULTS", "Expected", "Fault", "History", "Scene",
    "beside", "cells", "headers", "rows", "sense", "unreadable", "workbooks", "written",
]  # fmt: skip
