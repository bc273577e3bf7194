"""A DAX node for tests: the real DAX client talks to it over DAX's own wire protocol. See README.md."""
