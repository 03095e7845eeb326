"""Starts the pack: `pulumi preview --policy-pack policies` runs this file."""

import importlib.util
import sys
from pathlib import Path

if "policies" not in sys.modules:
    # The modules know each other as `policies`, whatever the folder is called and whether or not it is installed.
    folder = Path(__file__).resolve().parent
    spec = importlib.util.spec_from_file_location(
        "policies", folder / "__init__.py", submodule_search_locations=[f"{folder}"]
    )
    sys.modules["policies"] = importlib.util.module_from_spec(spec)  # pyright: ignore[reportArgumentType] - the file is there

from policies.pack import start

start()
