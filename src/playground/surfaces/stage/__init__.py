"""What a command stands on: the screen, the person and the way to open the product."""

from playground.surfaces.stage.stage import Stage

__all__ = ["Stage"]
