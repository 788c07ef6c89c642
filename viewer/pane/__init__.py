"""A radiograph in its pane: drawn, windowed, zoomed, overlaid, pointed at."""
