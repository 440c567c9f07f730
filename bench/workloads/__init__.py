"""The workloads of `make bench-peers`: one description, played by our engine, its peers and its limits."""
