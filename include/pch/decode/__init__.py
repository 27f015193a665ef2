"""Bytes -> one typed table and findings; the same at the door, in the pipeline and on a site's own desk.

container   what the file is, by its first bytes    text, delimited, spreadsheet, parquet   how it is read
headers     which header is which column            source      what all of them are read as
values      text -> types (numbers, dates, ages)    cells       what is wrong with them, in sentences
keys        totals, repeats, contradictions         decoding    the order of it all
layouts     files written for others, added up      lines       whose line is it, for files about many sites
"""

from pch.decode.decoding import decode, table_schema
from pch.decode.model import Decoded, Limits, Payload, Reject

__all__ = ["Decoded", "Limits", "Payload", "Reject", "decode", "table_schema"]
