"""How things look on a terminal: diffs, evidence, progress and tables, plain when piped."""
