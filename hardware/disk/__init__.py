"""Floppy disks: what the work at a counter asks of a drive, the list by which a disk is judged, and the drive over the system's own tools."""
