"""Contract tests for people who write decisions and connectors elsewhere."""
