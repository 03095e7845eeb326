"""Before a real `pulumi up`: what an account needs once, and what in it would stop the update."""
