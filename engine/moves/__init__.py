"""The verbs that move the tokens of a case: return, resubmit, withdraw, take back (ADR 14).

`graph` reads which token came of which, `planner` finds what a return undoes, and both are pure; `doing` carries a plan out on a case.
"""
