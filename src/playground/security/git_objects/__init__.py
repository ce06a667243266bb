"""Git repositories read as data: objects and names alone, without git.

`git` itself runs programs that a repository's configuration, attributes and hooks name, even for
commands that only look. Here nothing is run and of the configuration three values are read. Every
file is opened without following links, every object is bounded before it is unpacked, and its
digest is checked, so the worst that a hostile repository can do is to be refused.
"""

from playground.security.git_objects.trees import GitTree, tree_at

__all__ = ["GitTree", "tree_at"]
