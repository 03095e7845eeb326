"""The Pulumi program: settings in, components together, outputs out."""
