"""The facts in ``resources/catalog`` as typed values: one reader for all its files."""
