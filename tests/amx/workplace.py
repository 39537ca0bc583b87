"""A compiler whose models run on any processor, and runs of these with emulated tile instructions."""
import json
import os
import subprocess


class Workplace:
    """A folder with the tools of BUILD beside a runtime that takes every processor for one with AMX."""

    def __init__(self, build, folder):
        self.build, self.folder = os.path.abspath(build), os.path.abspath(folder)
        self.tessera = os.path.join(self.folder, "bin", "tessera")
        # The compiler looks for its libraries beside the real path of its program, so a symbolic link would not do.
        self._replace(os.path.join(self.build, "bin", "tessera"), self.tessera, os.link)
        for name in os.listdir(os.path.join(self.build, "lib")):
            self._replace(os.path.join(self.build, "lib", name), os.path.join(self.folder, "lib", name), os.symlink)
        everything = os.path.join(self.build, "tests", "amx", "lib", "libtessera_model.a")
        self._replace(everything, os.path.join(self.folder, "lib", "libtessera_model.a"), os.symlink)

    @staticmethod
    def _replace(source, target, link):
        os.makedirs(os.path.dirname(target), exist_ok=True)
        if os.path.lexists(target):
            os.remove(target)
        link(source, target)

    def compile(self, model, library, *options, target="x86-64-amx"):
        command = [self.tessera, "compile", model, "-o", library, "--target", target, *options]
        subprocess.run(command, check=True, stdout=subprocess.PIPE)

    def run(self, *arguments, target="x86-64-amx"):
        """Runs a command of the compiler on a compiled model; returns how many products of tiles were emulated."""
        report = os.path.join(self.folder, f"products-{os.getpid()}")
        emulator = os.path.join(self.build, "lib", "libtessera_amx_emulator.so")
        environment = dict(os.environ, LD_PRELOAD=emulator, AMX_EMULATOR_REPORT=report, TESSERA_ISA=target)
        subprocess.run([self.tessera, *arguments], check=True, stdout=subprocess.PIPE, env=environment)
        with open(report) as file:
            products = int(file.read())
        os.remove(report)
        return products

    def kernels(self, library):
        """What `tessera inspect` says of the kernels of LIBRARY."""
        done = subprocess.run([self.tessera, "inspect", library, "--json", "-"], check=True, stdout=subprocess.PIPE, text=True)
        return json.loads(done.stdout.splitlines()[-1])["kernels"]
