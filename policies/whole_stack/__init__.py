"""What shows only in the stack as a whole."""
