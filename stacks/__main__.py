"""The Pulumi program of every environment: read the stack's settings, build the platform."""

from stacks.llm_platform import build_platform
from stacks.settings import load_settings

build_platform(load_settings())
