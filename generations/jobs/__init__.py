"""Work on many images at once: what can be done, to which of them, at once or as a job that may be left."""
