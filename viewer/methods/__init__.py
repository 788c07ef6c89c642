"""One query by every retrieval method."""
