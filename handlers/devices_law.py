"""The document that all device procedures follow, as sentences to people cite it."""

from __future__ import annotations

LAW = "市国税发〔2002〕119号"
LAW_EN = "Xi'an 2002-119"
