"""``python -m pch.cli``: the command, where no script of it is at hand."""

from pch.cli import app

if __name__ == "__main__":
    app()
