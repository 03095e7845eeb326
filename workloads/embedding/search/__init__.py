"""Search: from a question to the chunks that answer it, for people and for programs."""
