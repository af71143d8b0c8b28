"""What the tools of `machines.py` share; no tool lives here."""
