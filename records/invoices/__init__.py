"""Special invoices of the anti-forgery system: numbers sold to taxpayers, and old invoices that came back to be cancelled."""
