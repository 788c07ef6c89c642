"""Other programs: links they open, a second start, what is registered on each system."""
