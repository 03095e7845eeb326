"""Double of crictl: the images of the host's containerd, by name."""

from __future__ import annotations

import json
import sys

from tests.ansible.lab.doubles.state import ended, here, unanswered


def main() -> None:
    """Answer what roles ask, and nothing else."""
    state, arguments = here(), sys.argv[1:]
    state.record("crictl", *arguments)
    while arguments[:1] and arguments[0].startswith("--") and "endpoint" in arguments[0]:
        arguments = arguments[1:] if "=" in arguments[0] else arguments[2:]
    images: list[str] = state.get("images", [])
    match arguments:
        case ["images", "-o", "json"] | ["images", "--output", "json"]:
            listed = [{"id": f"sha256:{name}", "repoTags": [name], "repoDigests": [], "size": "1"} for name in images]
            ended(0, json.dumps({"images": listed}))
        case ["pull", name]:
            if name in state.get("absent_images", []):
                ended(1, f'E1121 PullImage from image service failed: failed to resolve reference "{name}": not found')
            state.set("images", sorted({*images, name}))
            ended(0, f"Image is up to date for {name}")
        case ["rmi", name]:
            state.set("images", [each for each in images if each != name])
            ended(0, f"Deleted: {name}")
        case _:
            unanswered("crictl", arguments)


if __name__ == "__main__":
    main()
