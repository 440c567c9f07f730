"""Service-task functions: the only place where a procedure meets a record, a deadline or a paper.

One short function per topic; every number of the law is data (procedure.yaml, DMN) or a rule in `records`.
"""
