"""Archives of the department: searched, opened, received from."""
