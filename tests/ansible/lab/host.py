"""A host: an overlay on a root tree, booted by systemd-nspawn in its own network namespace, with a real sshd."""

from __future__ import annotations

import os
import socket
import subprocess
import threading
import time
from pathlib import Path
from typing import Final

from tests.ansible.lab import network
from tests.ansible.lab.command import LabError, attempt
from tests.ansible.lab.control_groups import enter_commands, kill_groups, make_groups
from tests.ansible.lab.doubles.state import STATE, State
from tests.ansible.lab.host_files import HostDescription, put_files
from tests.ansible.lab.overlay import mount, unmount_below, within, write_within

REBOOT: Final = 133
"""The exit status by which systemd-nspawn says that the host wants to be started again."""
START_TIMEOUT: Final = 180
CLEAN: Final = (
    "env",
    "-i",
    "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    "HOME=/root",
    "LANG=C.UTF-8",
)
IN_MEMORY: Final = ("/run/", "/tmp/", "/dev/", "/proc/", "/sys/")  # noqa: S108 - the host's folders
"""Mounted within the host alone; this machine doesn't see them."""


class Host:
    """One host; `root` is its file system as seen from this machine."""

    booted = True

    def __init__(
        self, description: HostDescription, folder: Path, tree: Path, namespace: str, sources: dict[str, str]
    ) -> None:
        self.description = description
        self.name = description.name
        self.address = description.address
        self.folder = folder
        self.reboot_count = 0
        self.comes_back = True
        """Whether a reboot ends; set it to False and the host stays down after the next one."""
        self.reboot_seconds = 1.5
        """How long the host's firmware takes. Ansible repeats a command whose connection broke, and a host that is back
        at once would be rebooted twice."""
        self._namespace = namespace
        self._process: subprocess.Popen[bytes] | None = None
        self._stopping = threading.Event()
        self._console = folder / "console.log"
        self._thread = threading.Thread(target=self._keep_running, name=f"host {self.name}", daemon=True)
        self.root = mount(tree, folder)
        put_files(self.root, description, sources)
        self.double = State(self.root / STATE)
        """The state of the doubles: what the GPUs are like, which program fails how."""

    def start(self) -> None:
        """Boot, and wait until users may log in. Raises `LabError` with the console's last lines."""
        if not self._thread.is_alive():
            self._thread = threading.Thread(target=self._keep_running, name=f"host {self.name}", daemon=True)
        self._thread.start()
        self.wait()

    def wait(self) -> None:
        """Wait until sshd answers and lets users in."""
        end = time.monotonic() + START_TIMEOUT
        while not (self._answers() and self._lets_in()):
            if time.monotonic() > end or not self.running:
                raise LabError(f"{self.name} did not boot in {START_TIMEOUT} s; its console:\n{self.console()[-3000:]}")
            time.sleep(0.05)

    def run(self, command: str, timeout: float = 240, stdin: str = "") -> subprocess.CompletedProcess[str]:
        """Run a shell command as root in the host, without SSH."""
        if (leader := self._leader()) is None:
            raise LabError(f"{self.name} is not running")
        entered = ("nsenter", "--target", str(leader), "--mount", "--uts", "--ipc", "--net", "--pid", "--cgroup")
        return attempt(*entered, *CLEAN, "sh", "-c", f"cd /root\n{command}", stdin=stdin, timeout=timeout)

    def read(self, path: str) -> str:
        """Return a file of the host. Raises `FileNotFoundError`."""
        if not path.startswith(IN_MEMORY):
            return within(self.root, path).read_text()
        done = self.run(f"cat -- '{path}'")
        if done.returncode:
            raise FileNotFoundError(f"{self.name}:{path}: {done.stderr.strip()}")
        return done.stdout

    def write(self, path: str, content: str, mode: int = 0o644) -> None:
        """Write a file of the host, with its folders."""
        if path.startswith(IN_MEMORY):
            done = self.run(
                f"mkdir -p \"$(dirname '{path}')\" && cat > '{path}' && chmod {mode:o} '{path}'", stdin=content
            )
            if done.returncode:
                raise LabError(f"{self.name}:{path}: {done.stderr.strip()}")
            return
        write_within(self.root, path, content.encode(), mode)

    def console(self) -> str:
        """Return what the host wrote to its console since it was made."""
        return self._console.read_text(errors="replace") if self._console.exists() else ""

    @property
    def running(self) -> bool:
        """Whether the host is up or coming up."""
        return self._thread.is_alive()

    def power_off(self) -> None:
        """Cut the power; `start` boots what was written until then."""
        self._stopping.set()
        # A host that is just being started makes its groups anew.
        while True:
            kill_groups(self.folder.name)
            if self._thread.ident is None or not self._thread.is_alive():
                break
            self._thread.join(timeout=0.2)
        self._stopping.clear()

    def stop(self) -> None:
        """Cut the power and remove the host; nothing of it stays."""
        self.power_off()
        unmount_below(self.folder)
        network.detach(self._namespace)

    def _keep_running(self) -> None:
        while not self._stopping.is_set():
            groups = make_groups(self.folder.name)
            with self._console.open("ab") as console:
                self._process = subprocess.Popen(  # noqa: S603 - the lab's own command
                    ["/bin/sh", "-c", f'{enter_commands(groups)}exec "$@"', "sh", *self._command()],
                    # Settings of the network are the host's own; all others are this machine's and stay read-only.
                    env={**os.environ, "SYSTEMD_NSPAWN_API_VFS_WRITABLE": "network"},
                    stdin=subprocess.DEVNULL,
                    stdout=console,
                    stderr=console,
                    start_new_session=True,
                )
                status = self._process.wait()
            if status != REBOOT or not self.comes_back or self._stopping.wait(self.reboot_seconds):
                return
            self.reboot_count += 1

    def _command(self) -> list[str]:
        return [
            *("systemd-nspawn", "--quiet", "--boot", "--register=no", "--keep-unit", "--link-journal=no"),
            *("--directory", str(self.root), "--machine", self.folder.name, "--hostname", self.name),
            *("--network-namespace-path", f"/run/netns/{self._namespace}", "--capability=CAP_NET_ADMIN"),
            *("--resolv-conf=off", "--timezone=off", "--console=pipe"),
        ]

    def _leader(self) -> int | None:
        """The host's process 1, as this machine counts."""
        if self._process is None or self._process.poll() is not None:
            return None
        children = Path(f"/proc/{self._process.pid}/task/{self._process.pid}/children").read_text().split()
        return int(children[-1]) if children else None

    def _answers(self) -> bool:
        try:
            with socket.create_connection((self.address, 22), timeout=1) as connection:
                connection.settimeout(5)
                return connection.recv(4) == b"SSH-"
        except OSError:
            return False

    def _lets_in(self) -> bool:
        """Whether users may log in; sshd answers before the boot has come so far."""
        try:
            return self.run("test ! -e /run/nologin", timeout=10).returncode == 0
        except (LabError, OSError, subprocess.TimeoutExpired):
            return False
