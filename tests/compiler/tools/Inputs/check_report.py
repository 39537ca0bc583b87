"""usage: check_report.py REPORT.html     the page is self-contained, its data is whole, and a browser, if there is one, draws it"""
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
if browser is None:
    print("no browser: the drawing was not checked")
    sys.exit(0)
with tempfile.TemporaryDirectory() as home:
    done = subprocess.run([browser, "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={home}", "--virtual-time-budget=5000", "--dump-dom",
                           "file://" + os.path.abspath(sys.argv[1])], capture_output=True, text=True, timeout=300)
drawn = done.stdout
assert 'data-ready="yes"' in drawn, done.stderr[-2000:]
for name, count in (("node", len(data["graph"]) + len(data["kernels"])),
                    ("dot", sum(kernel["operations"] > 0 for kernel in data["kernels"])), ("roof", 5)):
    found = len(re.findall(rf'class="{name}"', drawn))
    assert found == count, f"{found} of class {name}, expected {count}"
for pane in ("before", "after"):
    height = int(re.search(rf'id="{pane}" class="graph"><svg width="[\d.]+" height="(\d+)"', drawn)[1])
    assert height <= 620, f"the graph {pane} fusion is {height} high: more than its pane"

# What is printed is drawn anew, as upright as a page.
with tempfile.TemporaryDirectory() as home:
    paper = os.path.join(home, "paper.html")
    with open(paper, "w", encoding="utf-8") as file:
        file.write(page.replace("document.body.dataset.ready", 'dispatchEvent(new Event("beforeprint")); document.body.dataset.ready'))
    done = subprocess.run([browser, "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={home}/user", "--virtual-time-budget=5000", "--dump-dom",
                           "file://" + paper], capture_output=True, text=True, timeout=300)
for pane in ("before", "after"):
    width, height = (float(size) for size in re.search(rf'id="{pane}" class="graph"><svg width="([\d.]+)" height="(\d+)"', done.stdout).groups())
    assert width <= height or height <= 620, f"the graph {pane} fusion is printed {width} wide and {height} high"
