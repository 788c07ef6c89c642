"""The window around everything: layout, menus, keys, messages."""
