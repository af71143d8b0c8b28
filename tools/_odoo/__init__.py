"""What the tools of `odoo.py` share; no tool lives here."""
