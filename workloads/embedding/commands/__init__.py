"""The subcommands; each module has a `register`."""
