"""A run: documents of a source become points that readers see, and a manifest says what became of each."""
