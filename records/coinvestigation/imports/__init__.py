"""Lists of invoices from certification and audit, taken in whole or not at all."""
