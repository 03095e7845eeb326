"""A host with everything that verify.yml and doctor.yml look at, put there without the roles that they judge."""

from __future__ import annotations

from tests.ansible.lab.host import Host

IMAGE = "docker.io/nvidia/cuda:13.0.2-base-ubuntu24.04"
PACKAGES = (
    *("linux-image-generic", "linux-modules-nvidia-580-server-open-generic", "nvidia-headless-no-dkms-580-server-open"),
    *("nvidia-utils-580-server", "nvidia-fabricmanager-580", "libnvidia-nscq-580", "datacenter-gpu-manager-4-cuda13"),
    *("nccl-tests", "containerd", "nvidia-container-toolkit"),
)
PERSISTENCE = """\
[Unit]
StopWhenUnneeded=false
[Service]
ExecStart=
ExecStart=/usr/bin/nvidia-persistenced --persistence-mode --verbose
"""
KUBELET = "[Service]\nExecStart=/bin/sleep infinity\n"
SERVICES = ("nvidia-persistenced", "nvidia-fabricmanager", "nvidia-dcgm", "kubelet", "containerd")


def equip(host: Host) -> None:
    """Install the driver and what goes with it, load it, and start the services."""
    host.write("/etc/systemd/system/nvidia-persistenced.service.d/persistence.conf", PERSISTENCE)
    host.write("/etc/systemd/system/kubelet.service", KUBELET)
    host.write("/var/lib/gpu-double/dmi/bios_version", "1.06.07\n")
    host.write("/var/lib/gpu-double/dmi/bios_date", "03/01/2023\n")
    host.double.set("images", [IMAGE])
    steps = (
        "apt-get update -qq",
        f"DEBIAN_FRONTEND=noninteractive NEEDRESTART_SUSPEND=1 apt-get install -qq -y {' '.join(PACKAGES)}",
        # What a boot does.
        "systemctl restart gpu-double-boot",
        "systemctl daemon-reload",
        # The package's own start of the refresh came too early, and systemd limits how often it is asked.
        "systemctl reset-failed",
        f"systemctl restart {' '.join(SERVICES)} nvidia-cdi-refresh",
    )
    for step in steps:
        done = host.run(step, timeout=180)
        assert done.returncode == 0, f"{step}: {done.stdout[-2000:]}{done.stderr[-2000:]}"
