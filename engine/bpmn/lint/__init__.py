"""What a model must satisfy: one small function per rule, listed in RULES.

A rule is given everything that was read and yields findings. Errors refuse the model; nothing is accepted that would then run wrongly.
"""

from __future__ import annotations

from engine.bpmn.finding import Finding
from engine.bpmn.lint import events, expressions, flood, flows, foreign, properties, shape, signing, work
from engine.bpmn.lint.deck import Deck, Rule

__all__ = ["FIRST", "RULES", "Deck", "lint"]

# Where identifiers repeat or a model is far too large, nothing else about it can be said.
FIRST: tuple[Rule, ...] = (shape.unique_ids, shape.sizes)
RULES: tuple[Rule, ...] = (
    shape.executable,
    shape.names_fit,
    foreign.nothing_is_overlooked,
    foreign.nothing_is_half_read,
    foreign.camunda_is_understood,
    properties.names_are_known,
    properties.names_stand_once,
    properties.names_stand_where_they_are_read,
    properties.duties_are_apart,
    properties.returns_lead_somewhere,
    properties.hosts_are_there,
    properties.parties_that_start_are_named,
    properties.posts_that_cancel_are_named,
    properties.posts_that_stop_clocks_are_named,
    properties.posts_that_transfer_are_named,
    events.known_kinds,
    shape.flows_lead_somewhere,
    shape.starts,
    shape.inner_starts,
    shape.event_sub_processes,
    flows.exclusive_has_default,
    flows.tasks_have_a_way,
    flows.defaults_are_own,
    flows.conditions_are_asked,
    flows.event_gateways,
    events.boundaries_hold,
    events.catches_and_throws,
    events.references_exist,
    events.links_pair,
    work.people_are_named,
    work.returns_are_understood,
    signing.countersigns_are_understood,
    signing.batches_have_values,
    work.work_is_named,
    work.mappings_are_used,
    expressions.scripts_are_feel,
    expressions.expressions_compile,
    expressions.calls_are_answered,
    events.timers_are_known,
    work.repeats_are_bounded,
    work.calls_do_not_circle,
    shape.all_is_reached,
    flood.splits_are_bounded,
)


def lint(deck: Deck) -> list[Finding]:
    """Every finding of every rule."""
    for rule in FIRST:
        if findings := list(rule(deck)):
            return findings
    return [finding for rule in RULES for finding in rule(deck)]
