"""Re-indexing: a shadow index beside the live one, compared, switched to in one step, kept until it is cleaned up."""
