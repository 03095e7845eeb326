"""The pipeline's steps on a Ray cluster, for sources that one machine would take too long for."""
