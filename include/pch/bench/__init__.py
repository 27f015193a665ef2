"""How fast, beside the floor (what the database alone needs) and beside the conventional way.

    simulated months -> loads and builds in this process -> the real scheduler -> figures -> table, JSON

Everything runs in a home folder of its own, on ports of its own, and is deleted afterwards. Figures are
ratios where they can be: seconds depend on the machine, and both sides of a ratio are measured together.
"""

from pch.bench.course import run

__all__ = ["run"]
