"""Tax-control devices: cards and readers, who holds them in which state, what happened to them, which are on the stop list."""
