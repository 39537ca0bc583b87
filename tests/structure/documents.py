"""What the documents promise, as far as a script can hold it; each rule yields one line per violation."""
import os
import re
import subprocess
import sys

import tree

README_LIMIT = 120


def readme_size():
    """The README is read whole."""
    lines = tree.read("README.md").count("\n") if tree.exists("README.md") else 0
    if not 0 < lines < README_LIMIT:
        yield f"README.md: {lines} lines, expected 1 to {README_LIMIT - 1}"


def readme_commands():
    """The README's commands exist; those of the tool are run by tests/e2e/readme.py."""
    for block in re.findall(r"```sh\n(.*?)```", tree.read("README.md"), flags=re.S):
        for line in block.splitlines():
            program = line.split()[0] if line.split() else ""
            if program.startswith("./") and not os.access(os.path.join(tree.ROOT, program), os.X_OK):
                yield f"README.md: {program} is not a program"


def links():
    """Relative links of the documents lead somewhere."""
    for path in tree.files(".md"):
        text = re.sub(r"```.*?```", "", tree.read(path), flags=re.S)
        for target in re.findall(r"\]\(([^)\s]+)\)", text):
            file = target.split("#")[0]
            if re.match(r"[a-z]+:", target) or not file:
                continue
            if not tree.exists(os.path.normpath(os.path.join(os.path.dirname(path), file))):
                yield f"{path}: the link {target} leads nowhere"


def generated_lists():
    """docs/operators.md and docs/passes.md are what their generator writes now."""
    script = os.path.join(os.path.dirname(os.path.abspath(__file__)), "write_lists.py")
    done = subprocess.run([sys.executable, script, "--check"], cwd=tree.ROOT, capture_output=True, text=True)
    if done.returncode:
        yield from (done.stdout + done.stderr).strip().splitlines()


DOCUMENT_RULES = [readme_size, readme_commands, links, generated_lists]
