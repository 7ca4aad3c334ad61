"""Component styles that are worked out when they are first drawn with.

Textual works out every component class of every widget whenever anything about a screen's style changes. A dozen grids
with 26 classes each cost more than all other widgets together (measured: 0.25 of 0.65 s of the start). Most of them are
never drawn with.
"""

from typing import ClassVar

from textual.css.styles import RenderStyles
from textual.dom import DOMNode
from textual.widget import Widget


class ComponentStyles(Widget):
    """A widget that names its components in `COMPONENTS` and not in `COMPONENT_CLASSES`. TCSS addresses them all the
    same, and `get_component_styles` and its kin know them."""

    COMPONENTS: ClassVar[frozenset[str]] = frozenset()

    def get_component_styles(self, *names: str) -> RenderStyles:
        """As in the base."""
        for name in names:
            if name in self.COMPONENTS and name not in self._component_styles:
                node = DOMNode(classes=name)
                node._attach(self)
                self.app.stylesheet.apply(node, animate=False)
                self._component_styles[name] = node.styles
        return super().get_component_styles(*names)

    def notify_style_update(self) -> None:
        """The widget's own style has changed: the theme, or a class."""
        super().notify_style_update()
        self._component_styles.clear()
        self._rich_style_cache.clear()

    def on_focus(self) -> None:
        """The focus changes no style of the widget's own, but that of components."""
        self.notify_style_update()
        self.refresh()

    def on_blur(self) -> None:
        """Likewise."""
        self.notify_style_update()
        self.refresh()
