"""The sections of a stack file: a module each, with its models and its rules."""
