"""What is asked for: config, proteins and pairs -> Panel."""
