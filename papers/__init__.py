"""Official papers: numbered without gaps, frozen when issued, rendered once, reprinted exactly. Knows no engine and no record."""
