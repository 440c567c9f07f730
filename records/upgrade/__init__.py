"""Enterprises on their way through the upgrade hall (一机多票): ready, signed in, left; the volumes that left and came back; the papers of each day handed over."""
