"""The outside systems: a connector maps its source to signals, and never decides or stores."""
