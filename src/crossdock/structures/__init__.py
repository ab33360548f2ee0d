"""Entry -> structure: fetch, identify, prepare."""
