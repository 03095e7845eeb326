"""Facts that age, as data files with dates and sources: instance types, prices, versions that go together."""
