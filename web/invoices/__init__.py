"""The invoices of a case one by one: on its page, beside its tasks, on a page of their own, and as a workbook."""
