"""What a look at a file came to. Apart from the looking, so that who only passes it on need not load a reader."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import get_args

from pch.findings import Finding, Severity, Verdict, verdict_of

_GRAVITY = {severity: place for place, severity in enumerate(get_args(Severity))}


@dataclass(frozen=True)
class Register:
    """As of one period: ``members``, the site of each practice that has one; ``sites``, every site there is."""

    members: Mapping[str, str]
    sites: frozenset[str]


@dataclass(frozen=True)
class NotRun:
    """A rule that could not be asked of the file, and why. ``sentence`` says what is wrong where it is broken."""

    rule: str
    sentence: str
    why: str


@dataclass(frozen=True)
class Looked:
    """``rows_read``: lines of data in the file; ``findings`` in the order they were made; ``not_run``: what only the
    centre will ask of it."""

    rows_read: int
    findings: list[Finding]
    not_run: list[NotRun] = field(default_factory=list)

    @property
    def verdict(self) -> Verdict:
        return verdict_of(self.findings)


def gravest_first(findings: list[Finding]) -> list[Finding]:
    """As the centre shows them: errors, warnings, information; of each, what concerns most rows."""
    return sorted(findings, key=lambda f: (_GRAVITY[f.severity], -f.rows_count))
