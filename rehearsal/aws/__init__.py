"""The emulated AWS account, and a translator for every resource type."""
