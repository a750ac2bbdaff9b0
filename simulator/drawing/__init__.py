"""Paper-cut pictures, drawn from the prompt alone."""
