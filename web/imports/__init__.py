"""Lists of invoices from certification and audit: uploading, watching, correcting, and making delegations of them."""
