"""The fault sweep: Baton is ended, stopped and starved wherever it commits, sends, receives or acknowledges.

`python -m tests.sweep` runs all of it and prints a table; `tests/test_sweep.py` runs the part that fits into CI.
"""
