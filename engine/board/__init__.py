"""Figures for whoever watches the time limits (督办看板): what is open, what is late, where cases wait, how long steps take.

What is finished is counted once, behind the step that finished it, into a few rows per office and month (ADR 18); what is open is counted
where it stands. Offices are paths here and people identifiers; whose figures somebody may see is the caller's to say.
"""
