"""What the figures were measured on: without it a figure means nothing."""

from __future__ import annotations

import platform
import tempfile
import time
from importlib.metadata import version
from os import cpu_count, fsync
from pathlib import Path
from statistics import median

from tradepit.environment import core_build


def processor() -> str:
    """The processor's name, or the architecture where the system does not tell."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.machine()
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.machine())


def flush_microseconds(samples: int = 50) -> int:
    """The median time that the temporary directory's disk takes to make a small write durable."""
    taken = []
    with tempfile.NamedTemporaryFile() as file:
        for _ in range(samples):
            started = time.perf_counter()
            file.write(b"x" * 512)
            file.flush()
            fsync(file.fileno())
            taken.append(time.perf_counter() - started)
    return round(median(taken) * 1e6)


def facts() -> dict[str, str | int]:
    """Processor, cores, disk flush, system and versions."""
    return {
        "processor": processor(),
        "cores": cpu_count() or 0,
        "disk_flush_us": flush_microseconds(),
        "system": f"{platform.system()} {platform.release()}",
        "python": f"{platform.python_implementation()} {platform.python_version()}",
        "tradepit": version("tradepit"),
        "build": {"compiled": "compiled", "pure": "pure Python"}[core_build()],
        "measured_at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
    }
