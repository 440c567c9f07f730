"""The board on the big screen of the upgrade hall: who is at which station, who is called, who is ready to leave; nobody touches it.

Source: Xicheng, 三.
"""
