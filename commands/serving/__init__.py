"""How the application is kept running: the server of pages, the pump, and the supervisor of several processes."""
