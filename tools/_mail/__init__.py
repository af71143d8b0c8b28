"""What the tools of `mail.py` share; no tool lives here."""
