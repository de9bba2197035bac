"""The US exchange door: the venue's REST API and its token endpoint (docs/protocol/us.md)."""
