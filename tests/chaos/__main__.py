"""``python -m tests.chaos ROUNDS``: interrupt, cancel and close again and again, and load thousands of times, beside two busy ones."""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

import pytest

BUSY = "import os\nparent = os.getppid()\nwhile os.getppid() == parent:\n    sum(range(1000))\n"
FILES = [str(Path(__file__).parent / name) for name in ("test_interrupts.py", "test_load.py")]


def main() -> int:
    """Run the rounds; return the exit status of pytest, which prints the totals."""
    os.environ["SCOPEBOX_SOAK"] = "2000"
    os.environ["SCOPEBOX_CHAOS"] = sys.argv[1] if len(sys.argv) > 1 else "10"
    with ExitStack() as stack:
        for _ in range(2):
            process = stack.enter_context(subprocess.Popen([sys.executable, "-c", BUSY]))
            stack.callback(process.kill)
        return int(pytest.main(["-q", "--durations=10", *FILES]))


if __name__ == "__main__":
    sys.exit(main())
