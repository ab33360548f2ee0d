"""One typed function a step: the only place where rooms meet."""
