"""Two structures -> poses -> clusters -> models."""
