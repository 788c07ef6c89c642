"""What the user chose: settings, keys, language, how the window was left."""
