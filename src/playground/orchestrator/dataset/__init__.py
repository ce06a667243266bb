"""Training data from decisions: every decided run as records that others can read."""
