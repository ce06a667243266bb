import os

__all__ = []
