"""The embedding pipeline: documents become vectors that can be searched."""
