"""What runs in the cluster: images, resources, pods, namespaces, charts."""
