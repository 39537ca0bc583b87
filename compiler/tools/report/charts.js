"use strict";
const data = JSON.parse(document.getElementById("data").textContent);
const byId = id => document.getElementById(id);
const kinds = ["contraction", "convolution", "map", "row", "window", "reduction", "gather", "recurrence", "blocked"];
const colour = kind => `var(--c${kinds.includes(kind) ? kinds.indexOf(kind) : "6"})`;
const sum = list => list.reduce((a, b) => a + b, 0);
const number = (value, digits = 3) => Number(value.toPrecision(digits)).toLocaleString("en", {maximumSignificantDigits: digits});
const bytes = value => {
  let unit = 0;
  while (value >= 1024 && unit < 3) { value /= 1024; ++unit; }
  return `${number(value)} ${["B", "KiB", "MiB", "GiB"][unit]}`;
};
const micros = value => value >= 1000 ? `${number(value / 1000)} ms` : `${number(value)} µs`;

function element(parent, name, attributes = {}, text) {
  const isSvg = name === "svg" || parent instanceof SVGElement;
  const made = isSvg ? document.createElementNS("http://www.w3.org/2000/svg", name) : document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  if (text !== undefined) made.textContent = text;
  parent.append(made);
  return made;
}

function showTip(text, x, y) {
  const tip = byId("tip");
  tip.textContent = text;
  tip.hidden = false;
  tip.style.left = `${Math.max(4, Math.min(x + 12, innerWidth - tip.offsetWidth - 8))}px`;
  tip.style.top = `${Math.max(4, Math.min(y + 12, innerHeight - tip.offsetHeight - 8))}px`;
}

const hideTip = () => { byId("tip").hidden = true; };

/* What a drawing describes, in order, for the keyboard. */
const marks = new WeakMap();

/* A note beside the pointer or the chosen shape; the same text is read by assistive technology. */
function describe(shape, text) {
  shape.setAttribute("role", "img");
  shape.setAttribute("aria-label", text);
  shape.addEventListener("pointermove", event => showTip(text, event.clientX, event.clientY));
  shape.addEventListener("pointerleave", hideTip);
  shape.addEventListener("focus", () => {
    const place = shape.getBoundingClientRect();
    showTip(text, place.right - 8, place.bottom - 8);
  });
  shape.addEventListener("blur", hideTip);
  const drawing = shape.closest("svg"), list = marks.get(drawing) || [];
  marks.set(drawing, list);
  shape.setAttribute("tabindex", list.length ? -1 : 0);
  list.push(shape);
}

/* Every drawing is one stop of the tabulator; the arrows go through what is in it. */
document.addEventListener("keydown", event => {
  const shape = document.activeElement, list = shape && shape.closest && marks.get(shape.closest("svg"));
  if (event.key === "Escape") hideTip();
  if (!list || !list.includes(shape)) return;
  const at = list.indexOf(shape), last = list.length - 1;
  const next = {ArrowRight: at + 1, ArrowDown: at + 1, ArrowLeft: at - 1, ArrowUp: at - 1, Home: 0, End: last}[event.key];
  if (next === undefined) return;
  event.preventDefault();
  const chosen = list[Math.max(0, Math.min(last, next))];
  shape.setAttribute("tabindex", -1);
  chosen.setAttribute("tabindex", 0);
  chosen.focus();
});

const label = kernel => kernel.nodes || `${kernel.class} ${kernel.launch}`;
const short = (text, length) => text.length > length ? text.slice(0, length - 1) + "…" : text;
const facts = kernel => `${label(kernel)}\n${kernel.class}, launch ${kernel.launch}\n${micros(kernel.us)} (${number(100 * kernel.share_of_time)} %), ` +
  `${number(100 * kernel.share_of_peak)} % of the machine's peak\n${number(kernel.gflops)} GFLOP/s, ${number(kernel.gb_per_s)} GB/s\n${kernel.schedule}`;

function drawTiles() {
  const model = data.model;
  document.title = byId("title").textContent = model.name;
  byId("subtitle").textContent = `Compiled by ${model.compiler} for ${model.variants.join(", ")}; model ${model.hash}. Measured ${model.sizes.length ?
    `at ${model.sizes.join(", ")} ` : ""}on ${data.peaks.machine}` + `${model.threads > 1 ? `, ${model.threads} threads` : ""}.`;
  const total = sum(data.kernels.map(kernel => kernel.us));
  const work = sum(data.kernels.map(kernel => kernel.operations));
  const tiles = [
    [micros(1000 * model.latency_ms), "latency (median)"], [number(work / total / 1000), "GFLOP/s over the whole run"],
    [`${data.graph.length} → ${data.kernels.length}`, "operators → launches"], [bytes(model.workspace), "workspace"],
    [model.bound > 0 ? (model.workspace / model.bound).toFixed(3) : "–", "workspace over its lower bound"], [bytes(model.weights), "weights"],
    [bytes(model.library), "library"], [bytes(model.stack), "stack"]];
  for (const [value, text] of tiles) {
    const tile = element(byId("tiles"), "div", {class: "tile"});
    element(tile, "b", {}, value);
    element(tile, "span", {}, text);
  }
}

function legend(parent, names) {
  const list = element(parent, "div", {class: "legend"});
  for (const [name, paint] of names) {
    const entry = element(list, "span");
    element(entry, "i", {style: `background:${paint}`});
    entry.append(name);
  }
}

/* Horizontal bars: [text, value, colour, note, value as text]. */
function drawBars(parent, rows, most) {
  const left = 290, width = 1120, height = 19;
  const svg = element(parent, "svg", {width, height: rows.length * height + 4, viewBox: `0 0 ${width} ${rows.length * height + 4}`, role: "group"});
  rows.forEach(([text, value, paint, note, shown], row) => {
    const y = row * height;
    element(svg, "text", {x: left - 8, y: y + 13, "text-anchor": "end"}, short(text, 36));
    const bar = element(svg, "rect", {x: left, y: y + 3, height: height - 6, width: Math.max(1, (width - left - 110) * value / most), fill: paint, rx: 2});
    describe(bar, note);
    element(svg, "text", {x: left + (width - left - 110) * value / most + 6, y: y + 13, class: "soft"}, shown);
  });
}

function drawTimes() {
  const total = sum(data.kernels.map(kernel => kernel.us));
  const classes = new Map();
  for (const kernel of data.kernels) classes.set(kernel.class, (classes.get(kernel.class) || 0) + kernel.us);
  const sorted = [...classes].sort((a, b) => b[1] - a[1]);
  const svg = element(byId("classes"), "svg", {width: 1120, height: 26, viewBox: "0 0 1120 26", role: "group"});
  let x = 0;
  for (const [name, time] of sorted) {
    describe(element(svg, "rect", {x, y: 2, width: Math.max(.5, 1120 * time / total - 1), height: 22, fill: colour(name)}),
      `${name}: ${micros(time)}, ${number(100 * time / total)} %`);
    x += 1120 * time / total;
  }
  legend(byId("classes"), sorted.map(([name, time]) => [`${name} ${number(100 * time / total)} %`, colour(name)]));
  const top = [...data.kernels].sort((a, b) => b.us - a.us).slice(0, 30);
  byId("time-note").textContent = `All launches together take ${micros(total)}. ${data.kernels.length > top.length ?
    `The ${top.length} longest of ${data.kernels.length} are shown; the table at the end has all.` : ""} ` +
    "Behind each bar: its time, and its share of what the machine could do at most.";
  drawBars(byId("times"), top.map(kernel => [label(kernel), kernel.us, colour(kernel.class), facts(kernel),
    `${micros(kernel.us)}, ${number(100 * kernel.share_of_peak)} %`]), Math.max(...top.map(kernel => kernel.us)));
}

function drawArena() {
  const lives = new Map();
  data.kernels.forEach((kernel, position) => kernel.buffers.forEach(buffer => {
    const life = lives.get(buffer) || {first: position, last: position};
    life.last = position;
    lives.set(buffer, life);
  }));
  const rows = [...lives].filter(([buffer]) => data.buffers[buffer] && data.buffers[buffer].kind === "arena");
  const model = data.model, height = 340, left = 80, bottom = 30, top = 14, step = Math.max(3, Math.min(130, 920 / data.kernels.length));
  byId("arena-note").textContent = rows.length ? `The workspace from its first byte (bottom) to its last, over the launches of a run. A block is a tensor ` +
    `from the launch that writes it to the last that reads it. ${bytes(model.workspace)} in all; no plan of these launches needs less than ${bytes(model.bound)}.` :
    "This model needs no workspace: every launch reads and writes inputs, weights and outputs.";
  if (!rows.length) return;
  const width = left + step * data.kernels.length + 120, most = Math.max(model.workspace, model.bound, 1);
  const y = offset => height - bottom - offset / most * (height - bottom - top);
  const svg = element(byId("arena"), "svg", {width, height, viewBox: `0 0 ${width} ${height}`, role: "group"});
  for (let part = 0; part <= 4; ++part) {
    element(svg, "line", {x1: left, x2: width - 110, y1: y(most * part / 4), y2: y(most * part / 4), class: "grid"});
    element(svg, "text", {x: left - 8, y: y(most * part / 4) + 4, "text-anchor": "end", class: "soft"}, bytes(most * part / 4));
  }
  for (const [buffer, life] of rows) {
    const block = data.buffers[buffer], writer = data.kernels[life.first];
    describe(element(svg, "rect", {x: left + step * life.first, width: Math.max(1, step * (life.last - life.first + 1) - .5), y: y(block.offset + block.bytes),
      height: Math.max(1, y(block.offset) - y(block.offset + block.bytes)), fill: colour(writer.class), "fill-opacity": .7, class: "box block"}),
      `${bytes(block.bytes)} at ${bytes(block.offset)}\nlaunches ${life.first} to ${life.last}\nwritten by ${label(writer)}`);
  }
  element(svg, "line", {x1: left, x2: width - 110, y1: y(model.bound), y2: y(model.bound), stroke: "var(--strong)", "stroke-width": 2, "stroke-dasharray": "6 4",
    class: "bound"});
  element(svg, "text", {x: width - 104, y: y(model.bound) + 4}, "lower bound");
  element(svg, "text", {x: left, y: height - 8, class: "soft"}, `launch 0 to ${data.kernels.length - 1}`);
}

function drawGains() {
  const tuned = data.kernels.filter(kernel => kernel.tuned_gain > 0);
  const seen = new Set(), rows = tuned.filter(kernel => !seen.has(kernel.key) && seen.add(kernel.key)).sort((a, b) => b.tuned_gain - a.tuned_gain);
  byId("tuning-note").textContent = rows.length ? `${tuned.length} of ${data.kernels.length} launches use a schedule that was measured to be faster than the default. ` +
    "A bar ends at how many times faster; both times were taken in turn on the machine that tuned." :
    "All launches use default schedules. tessera tune measures others; compile with --tuning uses what it found.";
  if (rows.length) {
    drawBars(byId("gains"), rows.slice(0, 40).map(kernel => [label(kernel), kernel.tuned_gain, colour(kernel.class), facts(kernel),
      `${number(kernel.tuned_gain)} times`]), Math.max(...rows.map(kernel => kernel.tuned_gain)));
  }
}

function drawTable() {
  const columns = [["#", kernel => kernel.launch], ["nodes", label, "text name"], ["class", kernel => kernel.class, "text"], ["µs", kernel => number(kernel.us)],
    ["%", kernel => number(100 * kernel.share_of_time)], ["GFLOP/s", kernel => number(kernel.gflops)], ["GB/s", kernel => number(kernel.gb_per_s)],
    ["% of peak", kernel => number(100 * kernel.share_of_peak)], ["operations", kernel => number(kernel.operations)], ["bytes", kernel => bytes(kernel.bytes)],
    ["schedule", kernel => kernel.schedule.replace("#tsk.schedule", ""), "text code"]];
  const head = element(element(byId("kernels"), "thead"), "tr"), body = element(byId("kernels"), "tbody");
  for (const [name, , style] of columns) element(head, "th", {class: style || ""}, name);
  for (const kernel of data.kernels) {
    const row = element(body, "tr");
    for (const [, value, style] of columns) element(row, "td", {class: style || "", title: style === "text name" ? value(kernel) : ""}, value(kernel));
  }
}
