"""Faults of the tax-control system, major matters, changes of keys, and what the service unit is authorised to maintain."""
