"""The words of every connector, where the ERP's modules look for them."""

from _words import Number, Words

__all__ = ["Number", "Words"]
