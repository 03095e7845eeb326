"""From bytes to documents: text with its structure."""
