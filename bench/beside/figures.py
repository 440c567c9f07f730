"""Figures out of rounds: medians per player, and ratios from rounds that stood side by side."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from typing import Any

from bench.beside.players import Result

Numbers = dict[str, Any]


def of_player(rounds: Sequence[Result]) -> Numbers:
    """Medians over the rounds."""
    rates = [_rate(r) for r in rounds]
    found: Numbers = {
        "per_s": _short(statistics.median(rates)), "per_s_range": [_short(min(rates)), _short(max(rates))],
        "cpu_ms": _median(_cpu_ms(r) for r in rounds), "database_cpu_ms": _median(1000 * r.database_cpu_s / max(r.done, 1) for r in rounds),
        "rss_mb": round(max(r.rss_kb for r in rounds) / 1024), "done": sum(r.done for r in rounds),
        "refused_per_done": round(sum(r.refused for r in rounds) / max(sum(r.done for r in rounds), 1), 2),
    }  # fmt: skip
    timed = [latencies for r in rounds if (latencies := r.latencies) and latencies[-1]]
    if timed:
        found["p50_ms"] = _median(latencies[len(latencies) // 2] / 1000 for latencies in timed)
        found["p99_ms"] = _median(latencies[len(latencies) * 99 // 100] / 1000 for latencies in timed)
    return found


def growth(rounds: Sequence[Result]) -> float:
    """How much longer the last tenth of a long loop takes than the second tenth."""
    slopes = []
    for series in (series for r in rounds for series in r.us):
        tenth = max(len(series) // 10, 1)
        slopes.append(statistics.median(series[-tenth:]) / statistics.median(series[tenth : 2 * tenth]))
    return round(statistics.median(slopes), 2)


def ratios(ours: Sequence[Result], theirs: Sequence[Result]) -> Numbers:
    """Above 1 ours is ahead: in throughput, in processor time of the engine's process, and with the database's."""
    pairs = [(a, b) for a, b in zip(ours, theirs, strict=True) if a.done and b.done]
    if not pairs:
        return {}
    return {
        "throughput": _median(_rate(a) / _rate(b) for a, b in pairs),
        "cpu": _median(_cpu_ms(b) / _cpu_ms(a) for a, b in pairs),
        "cpu_with_database": _median(_all_cpu(b) / _all_cpu(a) for a, b in pairs),
    }


def _rate(result: Result) -> float:
    return result.done / result.wall_s


def _cpu_ms(result: Result) -> float:
    return 1000 * result.cpu_s / max(result.done, 1)


def _all_cpu(result: Result) -> float:
    return 1000 * (result.cpu_s + result.database_cpu_s) / max(result.done, 1)


def _median(values: Any) -> float:
    return _short(statistics.median(values))


def _short(value: float) -> float:
    """Three significant digits."""
    return float(f"{value:.3g}")


def workload(rounds: dict[str, list[Result]], round_trips: dict[str, float], *, loops: bool) -> Numbers:
    """Everything about one workload: a block per player, and the ratios to those beside ours."""
    blocks = {name: of_player(results) for name, results in rounds.items()}
    for name, block in blocks.items():
        if name in round_trips:
            block["round_trips"] = round_trips[name]
        if loops:
            block["growth"] = growth(rounds[name])
    return {
        "players": blocks,
        "ours_against": {name: ratios(rounds["ours"], results) for name, results in rounds.items() if name != "ours"},
    }
