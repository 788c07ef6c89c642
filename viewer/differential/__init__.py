"""Two classes compared: what a method looks at in each."""
