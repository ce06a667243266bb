"""The loop: which step comes next, the nodes that do it, and the desk where persons decide."""
