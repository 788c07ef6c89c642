"""A reader ranks cases, blind to every method's order."""
