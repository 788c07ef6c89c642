"""The comparison as a picture without identity."""
