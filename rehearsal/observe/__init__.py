"""A day of a platform, played to the real rules, with the dashboards and the alerts that it brings: `make observe`."""
