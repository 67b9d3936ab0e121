"""Reference solution."""
