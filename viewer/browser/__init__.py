"""A folder or a disc as patients, studies and series."""
