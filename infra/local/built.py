"""The functions as `sam build` left them, for an emulator on this machine."""

import io
import platform
import shutil
import zipfile
from pathlib import Path

FOLDER = Path(__file__).resolve().parents[2] / ".aws-sam" / "build"
# The machines of ELF, by the names that Python has for them.
MACHINES = {62: "x86_64", 183: "aarch64"}
QEMU, LIBRARIES = "qemu-aarch64-static", "/usr/aarch64-linux-gnu"
UNDER_QEMU = f"""#!/bin/sh
exec {QEMU} -L {LIBRARIES} "$(dirname "$0")/function" "$@"
"""


def archive(name, folder=FOLDER, machine=None):
    """The archive of a function as SAM would upload it. If it is for arm64 and this machine (or the one given) is not, its `bootstrap`
    starts it under qemu."""
    built = folder / "".join(part.title() for part in name.split("-"))
    if not (built / "bootstrap").is_file():
        raise SystemExit(f"{built} has no bootstrap: run `sam build` first (docs/operations.md)")
    files = {path.relative_to(built).as_posix(): path.read_bytes() for path in sorted(built.rglob("*")) if path.is_file()}
    target, machine = machine_of(files["bootstrap"]), machine or platform.machine()
    if target != machine:
        if target != "aarch64":
            raise SystemExit(f"{built}/bootstrap is for {target}, this machine is {machine}: build it with Architecture=arm64")
        if not shutil.which(QEMU) or not Path(LIBRARIES).is_dir():
            raise SystemExit(f"{built}/bootstrap is for arm64: install Debian's qemu-user-static and libc6-dev-arm64-cross to run it here")
        files = under_qemu(files)
    return zipped(files)


def under_qemu(files):
    """The files of a function whose `bootstrap` starts the one that was there under qemu."""
    return {**files, "function": files["bootstrap"], "bootstrap": UNDER_QEMU.encode()}


def machine_of(binary):
    """The machine that a binary is for."""
    if binary[:4] != b"\x7fELF":
        raise SystemExit("the bootstrap is no program of Linux: run `sam build` anew")
    number = int.from_bytes(binary[18:20], "little")
    return MACHINES.get(number, f"machine {number}")


def zipped(files):
    """An archive of these files, all of which may be executed."""
    archived = io.BytesIO()
    with zipfile.ZipFile(archived, "w", zipfile.ZIP_STORED) as file:
        for name, content in files.items():
            entry = zipfile.ZipInfo(name)
            entry.external_attr = 0o755 << 16
            file.writestr(entry, content)
    return archived.getvalue()
