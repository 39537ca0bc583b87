"""Compiles models and C programs for the proofs, each once."""
import os
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.abspath(os.path.join(HERE, "..", ".."))
DIGITS = os.path.join(ROOT, "examples", "digits", "digits.onnx")
C_COMPILER = "clang-22"


class Skip(Exception):
    """This machine cannot tell."""


class Workbench:
    """Paths of one build, a scratch folder, and what has been compiled there."""

    def __init__(self, build):
        self.build = os.path.abspath(build)
        self.tessera = os.path.join(self.build, "bin", "tessera")
        self.folder = os.path.join(self.build, "proofs")
        os.makedirs(self.folder, exist_ok=True)
        self.made = {}

    def path(self, *parts):
        """Returns a path in the scratch folder, its parent made."""
        path = os.path.join(self.folder, *parts)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        return path

    def call(self, command, **options):
        """Runs COMMAND; returns the finished process with its text output."""
        return subprocess.run(command, capture_output=True, text=True, errors="replace", timeout=600, **options)

    def must(self, command, **options):
        """Runs COMMAND, which has to succeed."""
        done = self.call(command, **options)
        if done.returncode:
            raise RuntimeError(f"{' '.join(command)}\nended with {done.returncode}\n{done.stdout}{done.stderr}")
        return done

    def small_model(self):
        """Returns the .onnx file of small.onnxtext."""
        out = self.path("small.onnx")
        self.must([sys.executable, os.path.join(ROOT, "tests", "tools", "make_onnx.py"), os.path.join(HERE, "small.onnxtext"), out])
        return out

    def compile(self, model, name, *options, kind="so"):
        """Compiles MODEL into FOLDER/NAME.KIND with its header; returns the file. The same request compiles once."""
        out = self.path(f"{name}.{kind}")
        key = (model, out, options)
        if key not in self.made:
            emit = ["--emit", kind] if kind != "so" else []
            self.must([self.tessera, "compile", model, "-o", out, *emit, *options])
            self.made[key] = out
        return out

    def digits(self, folder, *options, kind="so"):
        """The digit classifier with the prefix `digits`."""
        return self.compile(DIGITS, f"{folder}/digits_model", "--symbol-prefix", "digits", *options, kind=kind)

    def program(self, source, libraries, *flags):
        """Compiles SOURCE of this folder against LIBRARIES, whose headers stand beside them; returns the program."""
        folder = os.path.dirname(libraries[0])
        out = os.path.join(folder, os.path.splitext(source)[0])
        command = [C_COMPILER, "-std=c11", "-O1", "-g", "-Wall", "-Wextra", "-rdynamic", f"-I{folder}", os.path.join(HERE, source)]
        self.must([*command, *flags, *libraries, f"-Wl,-rpath,{folder}", "-lpthread", "-ldl", "-lm", "-o", out])
        return out

    def outcome(self, command, **options):
        """Runs a proof's program; returns None when it succeeds, else what it said."""
        done = self.call(command, **options)
        if done.returncode == 77:
            raise Skip(done.stderr.strip() or "the program says that this machine cannot tell")
        return None if done.returncode == 0 else f"ended with {done.returncode}\n{done.stdout[-2000:]}{done.stderr[-4000:]}"
