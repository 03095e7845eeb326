"""Programs that run inside the platform, each a package with its Dockerfile."""
