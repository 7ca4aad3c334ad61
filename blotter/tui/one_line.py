"""A line to type into that stays where it is, as all of the blotter's do.

Textual's lays out the whole screen anew with each key that makes its text longer or shorter, in case its place should
grow with it: a key shows late for that. Here nothing but the line is painted.
"""

from textual.geometry import Size
from textual.reactive import Reactive
from textual.widgets import Input

from blotter.tui.guard import Guarded


class OneLine(Guarded, Input):
    """Its width and height must not depend on what stands in it."""

    virtual_size = Reactive(Size(0, 0))
