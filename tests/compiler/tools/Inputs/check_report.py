"""usage: check_report.py REPORT.html     the page is self-contained, its data is whole, and a browser draws it: on a screen, in the dark, on paper

The browser is one of the packages that the tests install (.ci/packages.txt); without it this fails.
"""
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile

page = open(sys.argv[1], encoding="utf-8").read()
outside = [url for url in re.findall(r"https?://[^\s\"'<]+", page) if url != "http://www.w3.org/2000/svg"]
assert not outside and not re.search(r"<(link|img|iframe)\b|\bsrc=|@import|url\(", page), outside
assert not re.search(r"\$(STYLE|DATA|SCRIPT)", page)
data = json.loads(re.search(r'<script type="application/json" id="data">(.*?)</script>', page, re.S).group(1))
assert data["graph"] and data["kernels"] and data["peaks"]["gflops"] > 1
assert all(0 <= buffer < len(data["buffers"]) for kernel in data["kernels"] for buffer in kernel["buffers"])
assert all(0 <= source < position for position, node in enumerate(data["graph"]) for source in node["inputs"])
assert data["model"]["bound"] <= data["model"]["workspace"]

browser = next((found for name in ("chromium", "chromium-browser", "google-chrome") if (found := shutil.which(name))), None)
assert browser, "expected chromium, one of .ci/packages.txt"


def draw(script="", *settings):
    """Returns the page as drawn, after `script` has run in it."""
    with tempfile.TemporaryDirectory() as home:
        path = os.path.join(home, "page.html")
        with open(path, "w", encoding="utf-8") as file:
            file.write(page.replace("document.body.dataset.ready", script + "document.body.dataset.ready"))
        done = subprocess.run([browser, "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={home}/user", "--virtual-time-budget=5000",
                               *settings, "--dump-dom", "file://" + path], capture_output=True, text=True, timeout=300)
    assert 'data-ready="yes"' in done.stdout, done.stderr[-2000:]
    return done.stdout


drawn = draw()
for name, count in (("node", len(data["graph"]) + len(data["kernels"])), ("dot", len(data["kernels"])), ("roof", 5)):
    found = len(re.findall(rf'class="{name}"', drawn))
    assert found == count, f"{found} of class {name}, expected {count}"
for pane in ("before", "after"):
    height = int(re.search(rf'id="{pane}" class="graph"><svg width="[\d.]+" height="(\d+)"', drawn)[1])
    assert height <= 620, f"the graph {pane} fusion is {height} high: more than its pane"
for size in data["model"]["sizes"]:
    assert f"Measured at {data['model']['sizes'][0]}" in drawn and size in drawn
assert all(variant in re.search(r'id="subtitle">([^<]*)', drawn)[1] for variant in data["model"]["variants"])

# The arrows go through what a drawing holds, and each says what it is.
drawn = draw('document.querySelector("#before [tabindex=\'0\']").focus();'
             'document.activeElement.dispatchEvent(new KeyboardEvent("keydown", {key: "End", bubbles: true}));')
tip = re.search(r'id="tip" role="tooltip"[^>]*>([^<]*)<', drawn)
assert tip and tip[1].split("\n")[0] == data["graph"][-1]["op"], tip
assert len(re.findall(r'role="img" aria-label=', drawn)) >= drawn.count('class="node"') + drawn.count('class="dot"')

# In the dark the paper is dark and what is written on it light.
dark = draw('document.body.dataset.colours = getComputedStyle(document.body).backgroundColor + getComputedStyle(document.body).color;',
            "--blink-settings=preferredColorScheme=0")
paper, ink = (sum(map(int, channels)) for channels in re.findall(r"rgb\((\d+), (\d+), (\d+)\)", re.search(r'data-colours="([^"]*)"', dark)[1]))
assert paper < 150 and ink > 600, (paper, ink)

# What is printed is drawn anew, as upright as a page.
paper = draw('dispatchEvent(new Event("beforeprint")); ')
for pane in ("before", "after"):
    width, height = (float(size) for size in re.search(rf'id="{pane}" class="graph"><svg width="([\d.]+)" height="(\d+)"', paper).groups())
    assert width <= height or height <= 620, f"the graph {pane} fusion is printed {width} wide and {height} high"
