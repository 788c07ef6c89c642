"""The case on screen: opened, analysed, and what is known of it."""
