"""What a run says of its dearest files: every phase counts, the dearest comes first, and whoever takes more than a share is told so."""

from __future__ import annotations

from types import SimpleNamespace

from tests import dear_files


def test_every_phase_counts_and_the_dearest_comes_first() -> None:
    def report(file: str, when: str, duration: float) -> SimpleNamespace:
        return SimpleNamespace(nodeid=f"{file}::test_one[a::b]", when=when, duration=duration)

    cheap = [report(f"tests/test_{n}.py", "call", 0.1) for n in range(dear_files.HOW_MANY)]
    stats = {
        "passed": [report("tests/test_a.py", "call", 20.0), report("tests/test_b.py", "call", 31.0), *cheap],
        "": [report("tests/test_a.py", "setup", 24.0), report("tests/test_a.py", "teardown", 1.0)], "deselected": [SimpleNamespace(nodeid="tests/test_c.py::test")],
    }  # fmt: skip

    found = dear_files.dearest(stats)

    assert len(found) == dear_files.HOW_MANY
    assert found[:2] == [("tests/test_a.py", 45.0), ("tests/test_b.py", 31.0)]
    assert dear_files.lines(found)[0] == "   45.0 s  tests/test_a.py  (1.5 times its share)"
    assert dear_files.lines(found)[2].endswith(" s  tests/test_0.py")
