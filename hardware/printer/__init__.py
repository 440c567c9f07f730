"""Printers of a counter: what the work asks of them, and the drivers over IPP, ESC/P and ZPL. A document with a key is put on paper once."""
