"""How a pane looks at its radiograph, in terms that mean the same on any other radiograph.

Positions are shares of the radiograph's sides and windows are told as changes of the
radiograph's own window, so that one state can be handed from pane to pane: two images of
different size, spacing and detector move together.
"""

from dataclasses import dataclass, replace

from inference.records import Window

SMALLEST_ZOOM, LARGEST_ZOOM = 0.25, 64.0


@dataclass(frozen=True, slots=True)
class ViewState:
    """What a user changes by looking around.

    Attributes:
        zoom: 1 shows the whole radiograph, 2 half of its sides.
        centre_x, centre_y: The point in the middle of the pane, in shares of the sides.
        window_shift: How far the window's centre was moved towards white, in widths of the
            window it started from.
        window_scale: How much wider the window was made.
        is_inverted: Whether the user inverted the picture, on top of what the file asks for.
        preset: The window that the changes start from, by the names of `window_presets`; ""
            is what the file asks for.
        is_sigmoid: Whether brightness rises as a smooth S over the window, not as a ramp.
        quarter_turns: Clockwise, 0 to 3; made before the flip.
        is_flipped: Whether left and right of the turned picture are exchanged.
    """

    zoom: float = 1.0
    centre_x: float = 0.5
    centre_y: float = 0.5
    window_shift: float = 0.0
    window_scale: float = 1.0
    is_inverted: bool = False
    preset: str = ""
    is_sigmoid: bool = False
    quarter_turns: int = 0
    is_flipped: bool = False

    @property
    def has_own_window(self) -> bool:
        """Whether the user changed the window at all."""
        return self.window_shift != 0.0 or self.window_scale != 1.0 or self.is_sigmoid

    @property
    def is_on_its_side(self) -> bool:
        """Whether rows of the radiograph are columns on the screen."""
        return self.quarter_turns % 2 == 1

    def turned(self, quarters: int) -> "ViewState":
        """Turned clockwise on the screen by so many quarters more."""
        # The flip comes after the turn, so that a flipped picture turns the other way inside.
        inside = -quarters if self.is_flipped else quarters
        return replace(self, quarter_turns=(self.quarter_turns + inside) % 4)

    def flipped(self) -> "ViewState":
        """Left and right of the screen exchanged."""
        return replace(self, is_flipped=not self.is_flipped)

    def inverted(self) -> "ViewState":
        """Black and white exchanged."""
        return replace(self, is_inverted=not self.is_inverted)

    def sigmoid_toggled(self) -> "ViewState":
        """A smooth S in place of the ramp, and the reverse."""
        return replace(self, is_sigmoid=not self.is_sigmoid)

    def preset_chosen(self, preset: str) -> "ViewState":
        """The window of a preset, without the changes made before."""
        return replace(self, preset=preset, window_shift=0.0, window_scale=1.0)

    def zoomed(self, factor: float) -> "ViewState":
        """Zoomed by `factor`, within what is sensible."""
        return replace(self, zoom=min(max(self.zoom * factor, SMALLEST_ZOOM), LARGEST_ZOOM))

    def moved(self, across: float, down: float) -> "ViewState":
        """Looking at a point further right and down, in shares; never off the radiograph."""
        return replace(
            self,
            centre_x=min(max(self.centre_x + across, 0.0), 1.0),
            centre_y=min(max(self.centre_y + down, 0.0), 1.0),
        )

    def fitted(self) -> "ViewState":
        """The whole radiograph in view; its window stays."""
        return replace(self, zoom=1.0, centre_x=0.5, centre_y=0.5)

    def windowed(self, shift: float, scale: float) -> "ViewState":
        """The window moved by `shift` starting widths and made `scale` times as wide."""
        return replace(
            self,
            window_shift=min(max(self.window_shift + shift, -8.0), 8.0),
            window_scale=min(max(self.window_scale * scale, 1e-3), 64.0),
        )

    def window(self, start: Window, *, is_mirrored: bool = False) -> Window:
        """The window on a radiograph whose window was `start`.

        Args:
            start: The radiograph's own window.
            is_mirrored: Whether the file asks for inversion, as MONOCHROME1 does. Its window
                moves the other way, so that linked radiographs become brighter together.
        """
        if not self.has_own_window:
            return start
        function = "SIGMOID" if self.is_sigmoid else start.function
        width = start.width * self.window_scale
        if function == "LINEAR":
            width = max(width, 1.0)
        shift = -self.window_shift if is_mirrored else self.window_shift
        is_moved = self.window_shift != 0.0 or self.window_scale != 1.0
        name = "" if is_moved else start.name
        return Window(start.centre + shift * start.width, width, function, name)


@dataclass(frozen=True, slots=True)
class OverlayStyle:
    """How the saliency map lies over a radiograph, the same in all panes.

    Attributes:
        is_on: Whether it is drawn.
        opacity: 0 to 1.
        colour_map: One of `viewer.pane.colour_maps.COLOUR_MAPS`.
    """

    is_on: bool = True
    opacity: float = 0.4
    colour_map: str = "inferno"
