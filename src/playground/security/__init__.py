"""Doors, logs and the validation of what comes from outside."""
