"""What makes vectors of text."""
