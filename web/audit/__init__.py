"""The pages of the audit administrator: how the chain stands, and the trail."""
