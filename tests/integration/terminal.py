"""The command ``pch`` as a person runs it: a real process, its output and its exit code."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pch.settings import Settings

PCH = Path(sys.executable).with_name("pch")


@dataclass
class Terminal:
    settings: Settings

    def run(self, *arguments: object, code: int = 0, typed: str = "") -> subprocess.CompletedProcess[str]:
        """Runs it and asserts its exit code; never with a traceback."""
        values = self.settings.model_dump(mode="json")
        ours = {f"PCH_{name.upper()}": str(value) for name, value in values.items()}
        done = subprocess.run(
            [PCH, *map(str, arguments)],
            env=os.environ | ours, capture_output=True, text=True, input=typed, timeout=300, check=False,
        )  # fmt: skip
        assert "Traceback" not in done.stderr, done.stderr
        assert done.returncode == code, f"exit {done.returncode}\n{done.stdout}\n{done.stderr}"
        return done

    def says(self, *arguments: object, code: int = 0) -> str:
        """What it printed, on either stream, as one line of words."""
        done = self.run(*arguments, code=code)
        return " ".join((done.stdout + done.stderr).split())

    def json(self, *arguments: object, code: int = 0) -> Any:
        return json.loads(self.run(*arguments, "--json", code=code).stdout)
