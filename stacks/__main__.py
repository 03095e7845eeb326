"""The Pulumi program of every environment: read the stack's settings, build the platform."""

import pulumi

from stacks.llm_platform import build_platform
from stacks.settings import SettingsError, load_settings

try:
    build_platform(load_settings())
except SettingsError as error:
    # The engine shows a RunError as it is, without a traceback.
    raise pulumi.RunError(str(error)) from error
