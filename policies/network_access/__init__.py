"""Who reaches what: networks, addresses and permissions."""
