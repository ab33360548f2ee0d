"""The ClusPro server as a backend."""
