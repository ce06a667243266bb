"""The nodes of a run: recall, generate, test, reflect, propose, apply, learn."""
