"""What breaks each policy, by theme."""
