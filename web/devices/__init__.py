"""The registers of the device procedures: enterprises with their limits, devices with their lives, the stop list, open approvals; taking devices in."""
