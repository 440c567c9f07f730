"""What a change of the registration does to all families at once: it stands above them, for none of them knows the others."""
