"""Cards over PC/SC: commands of ISO 7816-4, the driver that speaks them, and the chip that stands for a real one behind a virtual reader."""
