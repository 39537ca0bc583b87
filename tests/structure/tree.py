"""The repository's files as the structure checks see them."""
import os
import re
import subprocess

ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", ".."))
SOURCE = (".cpp", ".h", ".c", ".cc", ".td", ".py", ".sh", ".cmake")
CODE = (".cpp", ".h", ".c", ".cc")


def files(*suffixes, under=""):
    """Returns the paths, relative to the root, of files that git does not ignore and that end in one of SUFFIXES."""
    listed = subprocess.run(["git", "ls-files", "-z", "-co", "--exclude-standard", "--", under or "."], cwd=ROOT, check=True, capture_output=True)
    paths = sorted(set(listed.stdout.decode().split("\0")) - {""})
    return [p for p in paths if p.endswith(suffixes) and os.path.isfile(os.path.join(ROOT, p))]


def exists(path):
    return os.path.exists(os.path.join(ROOT, path))


def read(path):
    with open(os.path.join(ROOT, path), encoding="utf-8") as file:
        return file.read()


def without_comments(text):
    """Returns C or C++ TEXT with comments blanked, lines kept."""
    return re.sub(r"//[^\n]*|/\*.*?\*/", lambda m: re.sub(r"[^\n]", " ", m.group()), text, flags=re.S)


def kebab(name):
    """FuseMapIntoConsumer -> fuse-map-into-consumer."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "-", name).lower()
