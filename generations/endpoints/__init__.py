"""What administrators do about endpoints: fill them in, check them, and say what their models take."""
