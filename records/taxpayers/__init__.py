"""Taxpayers whom this authority knows: number, name, region. Other families refer to them by number."""
