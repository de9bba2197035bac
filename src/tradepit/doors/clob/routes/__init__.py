"""The ordinary routes, by subject. The hot ones are in `app`."""
