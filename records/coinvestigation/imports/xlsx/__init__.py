"""Reads XLSX as a stream of rows, trusting nothing: no entities, no macros, bounded unpacking, and no formula taken for a value.

Written here rather than taken from a library because a library gives numbers as floats, loads a sheet densely (two far cells
are a gigabyte) or hides formulas.
"""

from __future__ import annotations

from records.coinvestigation.imports.xlsx.workbook import open_xlsx

__all__ = ["open_xlsx"]
