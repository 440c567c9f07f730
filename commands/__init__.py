"""What `app.py` can do, one file per command. Each is given the composed application; nothing imports this room but app.py."""
