"""The machine in words, for a line under the table."""

from __future__ import annotations

import os
import platform
from pathlib import Path

import duckdb


def describe() -> str:
    """Cores, memory, system and versions of this machine."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    memory = f", {gibibytes():.0f} GiB of memory" if gibibytes() else ""
    system = f"{platform.system()} {'.'.join(platform.release().split('.')[:2])} on {platform.machine()}"
    python = f"{platform.python_implementation()} {platform.python_version()}"
    return f"{cores} cores{processor()}{memory}, {system}, {python}, DuckDB {duckdb.__version__}"


def processor() -> str:
    """The name of the processor, where the system tells it."""
    return next((f" ({name})" for name in entries("/proc/cpuinfo", "model name") if name != "unknown"), "")


def gibibytes() -> float:
    """The memory of the machine, 0 where the system does not tell it."""
    return next((int(value.split()[0]) / 2**20 for value in entries("/proc/meminfo", "MemTotal")), 0.0)


def entries(path: str, key: str) -> list[str]:
    """The values that one of the system's text files has for ``key``."""
    try:
        lines = Path(path).read_text("utf-8").splitlines()
    except OSError:
        return []
    return [line.partition(":")[2].strip() for line in lines if line.partition(":")[0].strip() == key]
