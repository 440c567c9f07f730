"""What people are told, and by which way: notices of one's own, quiet hours, mail, the digest of the day. Knows no case and no post.

`occasions.py` is the table of what gives a notice; `handlers/telling/` finds whom it concerns.
"""
