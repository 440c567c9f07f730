"""What one proves oneself with: password, second factor, devices; and the security administrator's pages about them."""
