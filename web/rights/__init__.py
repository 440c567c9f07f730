"""Rights: the one table of who may call which address, the door that reads it, and the page that shows it."""
