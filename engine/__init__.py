"""Runs any BPMN procedure: people claim and complete tasks, handlers do the rest, one step is one transaction.

Knows no tax, no page and no device. `engine.api.Engine` is the front door.
"""
