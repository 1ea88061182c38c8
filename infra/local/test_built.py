"""Archives of what `sam build` left."""

import io
import tempfile
import unittest
import zipfile
from pathlib import Path

import built


def program(machine):
    return b"\x7fELF" + bytes(14) + machine.to_bytes(2, "little") + b"code"


class Built(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def archive(self, content, machine):
        function = self.folder / "RunTasks"
        function.mkdir(exist_ok=True)
        (function / "bootstrap").write_bytes(content)
        (function / "bundle").write_bytes(b"packages")
        archive = zipfile.ZipFile(io.BytesIO(built.archive("run-tasks", self.folder, machine)))
        return {name: archive.read(name) for name in archive.namelist()}

    def test_what_this_machine_runs_is_as_it_was_built(self):
        for number, machine in built.MACHINES.items():
            binary = program(number)
            self.assertEqual(self.archive(binary, machine), {"bootstrap": binary, "bundle": b"packages"})

    def test_what_qemu_runs_keeps_the_binary_and_the_rest(self):
        files = built.under_qemu({"bootstrap": b"binary", "bundle": b"packages"})
        self.assertEqual((files.pop("function"), files.pop("bundle")), (b"binary", b"packages"))
        self.assertIn("/function", files.pop("bootstrap").decode())
        self.assertFalse(files)

    def test_what_it_does_not_run_is_said(self):
        with self.assertRaisesRegex(SystemExit, "is for x86_64, this machine is aarch64"):
            self.archive(program(62), "aarch64")
        with self.assertRaisesRegex(SystemExit, "no program"):
            self.archive(b"#!/bin/sh", "aarch64")
        with self.assertRaisesRegex(SystemExit, "ExportEvents has no bootstrap: run `sam build` first"):
            built.archive("export-events", self.folder)


if __name__ == "__main__":
    unittest.main()
