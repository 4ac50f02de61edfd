"""From measured times to ratios, geometric means, a text table and a machine-readable document."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from lib.kernels import Kernel


@dataclass
class Cell:
    """One kernel on one engine. Without seconds, the problem says why: wrong output, failed, timeout."""

    seconds: float | None = None
    ratio: float | None = None
    problem: str = ""
    samples: list[float] = field(default_factory=list)


@dataclass
class Row:
    kernel: Kernel
    native: Cell
    cells: dict[str, Cell]  # by engine name


@dataclass(frozen=True)
class Mean:
    label: str
    kernels: int
    ratios: dict[str, tuple[float | None, int]]  # engine -> geometric mean and the number of kernels in it


def geometric_mean(values: list[float]) -> float | None:
    return math.exp(sum(math.log(value) for value in values) / len(values)) if values else None


def mean_of(label: str, rows: list[Row], engines: list[str]) -> Mean:
    ratios = {}
    for engine in engines:
        values = [ratio for row in rows if (ratio := row.cells[engine].ratio) is not None]
        ratios[engine] = (geometric_mean(values), len(values))
    return Mean(label, len(rows), ratios)


def means(rows: list[Row], engines: list[str]) -> list[Mean]:
    """One mean per class and per set, one for scalar code (every engine can run it), one for everything."""
    result = [
        mean_of(kind, [row for row in rows if row.kernel.kind == kind], engines)
        for kind in dict.fromkeys(row.kernel.kind for row in rows)
    ]
    for which in ("tuning", "checking"):
        chosen = [row for row in rows if row.kernel.set == which and row.kernel.kind != "simd"]
        if chosen:
            result.append(mean_of(f"{which} set", chosen, engines))
    result.append(mean_of("all but simd", [row for row in rows if row.kernel.kind != "simd"], engines))
    result.append(mean_of("all", rows, engines))
    return [mean for mean in result if mean.kernels]


def table(rows: list[Row], engines: list[str]) -> str:
    name_width = max([len(row.kernel.name) for row in rows] + [14])
    widths = {engine: max(8, len(engine) + 1) for engine in engines}
    head = f"{'kernel':<{name_width}} {'set':<9}{'class':<9}{'native ms':>9}"
    head += "".join(f"{engine:>{widths[engine]}}" for engine in engines)
    lines = [head, "-" * len(head)]
    for row in rows:
        native = f"{row.native.seconds * 1000:.0f}" if row.native.seconds else row.native.problem
        line = f"{row.kernel.name:<{name_width}} {row.kernel.set:<9}{row.kernel.kind:<9}{native:>9}"
        for engine in engines:
            cell = row.cells[engine]
            line += f"{format_ratio(cell.ratio) if cell.ratio else cell.problem:>{widths[engine]}}"
        lines.append(line)
    lines += ["", "geometric means of the ratios to native (in brackets: how many kernels, where some are missing)"]
    for mean in means(rows, engines):
        line = f"{mean.label:<{name_width}} {mean.kernels:>3} kernels{'':>15}"
        for engine in engines:
            ratio, count = mean.ratios[engine]
            text = format_ratio(ratio) if ratio else "-"
            line += f"{text if count in (0, mean.kernels) else f'({count}){text}':>{widths[engine]}}"
        lines.append(line)
    return "\n".join(lines)


def format_ratio(ratio: float) -> str:
    return f"{ratio:.2f}" if ratio < 10 else f"{ratio:.1f}"


def document(rows: list[Row], engines: list[str], settings: dict[str, object]) -> dict[str, object]:
    """The JSON file: settings, every sample in seconds, ratios, means."""
    return {
        "format": 1,
        "settings": settings,
        "engines": engines,
        "kernels": [
            {
                "name": row.kernel.name,
                "set": row.kernel.set,
                "class": row.kernel.kind,
                "native": {"seconds": row.native.seconds, "samples": row.native.samples},
                "engines": {name: vars(cell) for name, cell in row.cells.items()},
            }
            for row in rows
        ],
        "means": [
            {
                "of": mean.label,
                "kernels": mean.kernels,
                "engines": {name: {"ratio": ratio, "kernels": count} for name, (ratio, count) in mean.ratios.items()},
            }
            for mean in means(rows, engines)
        ],
    }
