"""Shapes in and out: what JSON means here, and what the core's terms look like on the wire."""
