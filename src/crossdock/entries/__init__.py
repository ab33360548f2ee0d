"""From a name, an id or a file to an entry as read."""
