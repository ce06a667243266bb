"""The sealed room around analyzer programs, and what it proves about itself at each start."""
