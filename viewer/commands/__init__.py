"""What the `kindred` command does besides opening the window."""
