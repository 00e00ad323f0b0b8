"""The HTTP interface for other systems, under ``/v1``."""
