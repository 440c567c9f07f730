"""The registers of delegated and of received co-investigations."""
