"""The catalogue as a map, in a window of its own."""
