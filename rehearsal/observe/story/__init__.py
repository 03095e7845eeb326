"""What happens in the day, told as the exporters of a platform would tell it."""
