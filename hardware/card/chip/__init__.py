"""The chip behind a virtual reader: our card operating system in a process of its own, for tests and the demonstration."""
