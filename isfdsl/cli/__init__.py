"""The command line ``isf``: ``main.py``, then one file per command. The only user of click."""
