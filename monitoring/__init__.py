"""What operators see of a running process: its log, its health, its figures. Knows no engine and no Flask; `app.py` hands it what to ask."""
