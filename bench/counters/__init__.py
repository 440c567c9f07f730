"""The parts of `bench.stations`: a house and its counters as processes of their own, and one counter with real stacks."""
