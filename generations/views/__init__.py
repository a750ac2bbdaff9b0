"""The pages: each checks who asks, calls one function, and renders or redirects."""
