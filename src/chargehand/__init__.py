"""A governed decision layer for plants: what to do next, who may say so, and what came of it."""

__version__ = "0.1.0"
