"""What a window that works on the whole catalogue is made of: the map, and two classes compared."""
