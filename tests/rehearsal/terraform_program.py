"""The Terraform of this machine; where there is none, OpenTofu, built from its Go module."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from typing import Final

VERSION: Final = "1.10.10"
"""OpenTofu's: the newest whose go.mod asks for no newer Go than 1.24."""

# `go install` refuses a module whose go.mod has a replace directive; a module of our own may repeat it:
# https://github.com/opentofu/opentofu/blob/v1.10.10/go.mod
_HCL: Final = "github.com/opentofu/hcl/v2 v2.20.2-0.20251021132045-587d123c2828"
_GO_MOD: Final = f"""\
module tofu

go 1.24.13

require github.com/opentofu/opentofu v{VERSION}

replace github.com/hashicorp/hcl/v2 v2.20.1 => {_HCL}
"""
_TOOLS_GO: Final = """\
//go:build tools

package tofu

import _ "github.com/opentofu/opentofu/cmd/tofu"
"""


def find_terraform() -> Path:
    """The program, by preference the installed one; a build takes about three minutes and happens once."""
    for name in ("terraform", "tofu"):
        if found := shutil.which(name):
            return Path(found)
    return built_tofu(cache_folder())


def cache_folder() -> Path:
    """Outside the tree: a fresh clone on the same machine needs no second build."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "llm-platform"


def built_tofu(cache: Path) -> Path:
    """OpenTofu in `cache`, built there first if need be."""
    program = cache / f"tofu-{VERSION}"
    if program.exists():
        return program
    go = shutil.which("go")
    assert go, "this test needs terraform, tofu, or Go 1.24 or newer to build tofu with; none is on PATH"
    source = cache / f"tofu-{VERSION}-source"
    source.mkdir(parents=True, exist_ok=True)
    (source / "go.mod").write_text(_GO_MOD)
    (source / "tools.go").write_text(_TOOLS_GO)
    # Built under a name of its own, so that an interrupted build is not taken for a program.
    build = [go, "build", "-mod=mod", "-o", "tofu.part", "github.com/opentofu/opentofu/cmd/tofu"]
    done = subprocess.run(build, cwd=source, capture_output=True, text=True, check=False)  # noqa: S603 - go of PATH
    assert done.returncode == 0, f"tofu {VERSION} does not build:\n{done.stderr[-4000:]}"
    (source / "tofu.part").replace(program)
    return program
