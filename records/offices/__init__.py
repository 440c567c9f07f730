"""Offices, people, posts and who may sign in. Knows no engine: a post's identifier is all that travels."""
