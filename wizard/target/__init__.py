"""Runs inside the user's environment: standard library and torch only, Python 3.8 and up."""
