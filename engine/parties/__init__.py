"""Several people on one human task, while the token stays where it is (ADR 13): child records of the task, and the verbs upon them.

`tables.py` is the record, `rules.py` the pure rules, one module for each verb; `api.py` is the door. The token game knows nothing of it.
"""
