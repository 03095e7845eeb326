"""The Pulumi program of every environment: read the stack's settings, build the platform."""

import pulumi

from stacks.llm_platform import build_platform
from stacks.settings import SettingsError, load_settings

try:
    settings = load_settings()
except SettingsError as error:
    # The engine shows a RunError without a traceback.
    raise pulumi.RunError(str(error)) from None

build_platform(settings)
