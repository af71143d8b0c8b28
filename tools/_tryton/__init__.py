"""What the tools of the ERP share; no tool lives here."""
