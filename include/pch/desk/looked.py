"""What a look at a file came to. Apart from the looking, so that who only passes it on need not load a reader."""

from dataclasses import dataclass

from pch.findings import Finding, Verdict, verdict_of


@dataclass(frozen=True)
class Looked:
    """``rows_read``: lines of data in the file; ``findings`` in the order they were made."""

    rows_read: int
    findings: list[Finding]

    @property
    def verdict(self) -> Verdict:
        return verdict_of(self.findings)
