"""The static gate: what is provably true of a change, without running any of it."""
