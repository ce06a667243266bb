"""Where code went: places in a text before a change, and the same places after it."""
