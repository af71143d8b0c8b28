"""What the tools of `tryton.py` share; no tool lives here."""
