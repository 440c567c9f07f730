"""The floor of the house: metadata, the one session that commits, column types, clock and migrations.

Nothing here knows a procedure, a record or a page.
"""
