"""The words of Playground as frozen values and pure functions, on the standard library alone."""
