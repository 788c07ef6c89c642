"""Why these two: maps of a pair, of a place, and ranking by a region."""
