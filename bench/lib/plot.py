"""Draws the ratios as an SVG of horizontal bars on a logarithmic axis: means first, then every kernel."""

from __future__ import annotations

import math
from html import escape

from lib.report import Row, format_ratio, means

COLOURS = ["#c8641e", "#4878a8", "#6a9a54", "#8a6bab", "#b0a040", "#7a7a7a", "#50a0a0", "#b05070"]
LABEL_WIDTH, PLOT_WIDTH, RIGHT = 130, 620, 60
BAR, GAP, TOP = 7, 8, 64


def draw(rows: list[Row], engines: list[str], title: str) -> str:
    groups = [(mean.label, [mean.ratios[engine][0] for engine in engines], True) for mean in reversed(means(rows, engines))]
    groups += [(row.kernel.name, [row.cells[engine].ratio for engine in engines], False) for row in rows]
    largest = max([ratio for _, ratios, _ in groups for ratio in ratios if ratio] + [2.0])
    smallest = min([ratio for _, ratios, _ in groups for ratio in ratios if ratio] + [1.0])
    low, high = math.floor(math.log2(smallest)), math.ceil(math.log2(largest))
    step = len(engines) * BAR + GAP
    height = TOP + len(groups) * step + 30
    width = LABEL_WIDTH + PLOT_WIDTH + RIGHT

    def x_of(ratio: float) -> float:
        return LABEL_WIDTH + PLOT_WIDTH * (math.log2(ratio) - low) / (high - low)

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}"'
        ' font-family="sans-serif" font-size="11">',
        f'<rect width="{width}" height="{height}" fill="white"/>',
        f'<text x="10" y="20" font-size="14">{escape(title)}</text>',
    ]
    for index, engine in enumerate(engines):
        x = LABEL_WIDTH + 110 * index
        parts.append(f'<rect x="{x}" y="30" width="10" height="10" fill="{COLOURS[index % len(COLOURS)]}"/>')
        parts.append(f'<text x="{x + 14}" y="39">{escape(engine)}</text>')
    for power in range(low, high + 1):
        x = x_of(2.0**power)
        parts.append(f'<line x1="{x:.1f}" y1="{TOP - 8}" x2="{x:.1f}" y2="{height - 24}" stroke="#dddddd"/>')
        parts.append(f'<text x="{x:.1f}" y="{height - 8}" text-anchor="middle">{2.0**power:g}x</text>')
    for index, (label, ratios, is_mean) in enumerate(groups):
        y = TOP + index * step
        weight = ' font-weight="bold"' if is_mean else ""
        middle = y + len(engines) * BAR / 2 + 4
        parts.append(f'<text x="{LABEL_WIDTH - 6}" y="{middle:.1f}" text-anchor="end"{weight}>{escape(label)}</text>')
        for place, ratio in enumerate(ratios):
            if not ratio:
                continue
            x, top = x_of(ratio), y + place * BAR
            colour = COLOURS[place % len(COLOURS)]
            start = x_of(max(1.0, 2.0**low))
            left, length = min(start, x), max(abs(x - start), 1)
            parts.append(f'<rect x="{left:.1f}" y="{top}" width="{length:.1f}" height="{BAR - 1}" fill="{colour}"/>')
            parts.append(f'<text x="{max(x, start) + 3:.1f}" y="{top + BAR - 1}" font-size="7">{format_ratio(ratio)}</text>')
    parts.append("</svg>")
    return "\n".join(parts) + "\n"
