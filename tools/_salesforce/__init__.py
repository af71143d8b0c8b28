"""What the tools of `salesforce.py` share; no tool lives here."""
