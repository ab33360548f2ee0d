"""The command line's subcommands, a file a room: what each asks for, and what it runs."""
