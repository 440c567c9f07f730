"""Pages of the verbs that move a case: return, straight back, take back, withdraw, terminate."""
