"""What each service is known to refuse, one module a service; `rehearsal.checks.rule` collects them."""
