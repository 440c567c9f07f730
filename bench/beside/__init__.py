"""`make bench-peers`: our engine beside Camunda 7, Flowable, SpiffWorkflow's library and bare SQL, in one run on one PostgreSQL."""
