"""What is stored: keys, backups, retention, regions, secrets."""
