"""Memory: what people decided about earlier proposals, found again by meaning and by words.

    from playground.memory import MemoryStore

    MemoryStore().fetch_semantic("error handling patterns", k=5)

Importing this package is cheap: the database and the embedding model are loaded when a store that
has episodes is first asked.
"""

from playground.memory.recipes import RecipeFiles
from playground.memory.store import MemoryStore

__all__ = ["MemoryStore", "RecipeFiles"]
