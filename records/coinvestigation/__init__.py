"""Co-investigation of VAT special invoices: faces, delegations, receipts, findings, registers (Ningbo 2001-19)."""
