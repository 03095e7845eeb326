"""What changes between two states of a program: resources, what is replaced and why, and policy results."""
