"""Forms that came back to whoever sent them, each as a page with an address of its own."""
