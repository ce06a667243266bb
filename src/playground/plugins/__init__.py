"""Finding and loading parts by name: adapters of the product, and classes of the person's own.

This package is the only place that imports a module whose name is data.
"""

from playground.plugins.discovery import AdapterSpec, adapters, load
from playground.plugins.personal import load_class

__all__ = ["AdapterSpec", "adapters", "load", "load_class"]
