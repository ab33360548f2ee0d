"""The demo panel's four entries, so that the demo runs without a network; PROVENANCE.md says where they are from."""
