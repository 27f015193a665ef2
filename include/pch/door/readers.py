"""What a process that looks at files has in memory before the first one comes.

Loaded once, by the process that all of them are forked from; the process at the door never imports this.
"""

import pandas  # noqa: F401  (pyarrow loads it when it first meets numpy, which takes most of a second)

import pch.desk.check  # noqa: F401
from pch import registry

for feed in registry.feeds():
    registry.layouts(feed)
