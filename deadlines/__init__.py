"""Statutory time: terms by the rules of the law, the calendar, the ledger of deadlines, reminders and urging. Knows no tax.

`deadlines.api.DeadlineService` is the front door; `docs/deadlines.md` explains the rules to a designer and a supervisor.
"""
