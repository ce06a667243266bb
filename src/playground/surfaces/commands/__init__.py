"""The commands: one module each, named as the command, with `configure(parser)` and `run(args)`.

They are found by file name, and only the one that was typed is imported; the first line of its
docstring is its line in `playground --help`.
"""
