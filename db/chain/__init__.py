"""The chain over everything that is evidence: seals, anchors of their heads outside the database, and the verification of both (ADR 17)."""
