"""Repeatable timings; `python app.py bench` runs them and writes bench/results/."""
