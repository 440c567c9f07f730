"""Queries and moves of this family; every change leaves its row in the trail."""
