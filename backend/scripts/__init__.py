"""Interview kits: composed from the bank by code, printed in several formats, scored mechanically.

Start at `script.compose`, which returns a `kit.Kit`; every renderer prints that value and nothing else.
"""
