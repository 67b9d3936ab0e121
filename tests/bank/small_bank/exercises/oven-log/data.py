"""Writes oven.csv."""
