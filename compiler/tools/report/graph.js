/* A layered drawing: a node stands below all it reads, near the middle of them. */
function layout(nodes) {
  const depth = nodes.map(() => 0), rows = [], centre = nodes.map(() => 0), first = nodes.map(() => Infinity);
  nodes.forEach((node, at) => {
    for (const input of node.inputs) if (input >= 0 && input < at) depth[at] = Math.max(depth[at], depth[input] + 1);
    for (const input of node.inputs) first[input] = Math.min(first[input], depth[at]);
  });
  nodes.forEach((node, at) => {
    /* What reads nothing stands right above what needs it. */
    if (!node.inputs.length && first[at] < Infinity) depth[at] = Math.max(0, first[at] - 1);
    (rows[depth[at]] = rows[depth[at]] || []).push(at);
  });
  for (const row of rows.filter(row => row)) {
    row.forEach(at => {
      const inputs = nodes[at].inputs.filter(input => input >= 0 && input < at);
      centre[at] = inputs.length ? sum(inputs.map(input => centre[input])) / inputs.length : 0;
    });
    row.sort((a, b) => centre[a] - centre[b] || a - b);
    /* Spread what would overlap, around where the row wants to be. */
    const middle = sum(row.map(at => centre[at])) / row.length;
    row.forEach((at, place) => { centre[at] = Math.round(middle) + place - (row.length - 1) / 2; });
  }
  const least = Math.min(...centre);
  return nodes.map((node, at) => ({x: centre[at] - least, y: depth[at]}));
}

/* Distances of boxes, their sizes, and rows that a pane shows without scrolling. */
const wide = 158, high = 34, boxWide = 148, boxHigh = 22, rowsOnScreen = 17;

/* Long graphs go on at the top of a further strip to the right, as a newspaper's columns do: `most` rows a strip. */
function strips(places, most) {
  const count = Math.ceil((Math.max(...places.map(place => place.y)) + 1) / most), starts = [0];
  for (let strip = 0; strip < count; ++strip) {
    const inside = places.filter(place => Math.floor(place.y / most) === strip), left = Math.min(...inside.map(place => place.x));
    for (const place of inside) Object.assign(place, {x: place.x - left + starts[strip], y: place.y % most, strip});
    starts.push(Math.max(...inside.map(place => place.x)) + 1.25);
  }
  return places;
}

const span = places => [(Math.max(...places.map(place => place.x)) + 1) * wide + 12, (Math.max(...places.map(place => place.y)) + 1) * high + 18];

/* The fewest rows a strip that make the drawing as upright as a printed page. */
function forPaper(nodes) {
  const uprightness = .8;
  for (let most = rowsOnScreen; ; most = Math.ceil(most * 1.15)) {
    const places = strips(layout(nodes), most), [width, height] = span(places);
    if (width <= uprightness * height || most > nodes.length) return places;
  }
}

function drawGraph(parent, nodes, shapes, forPage) {
  parent.replaceChildren();
  if (!nodes.length) return;
  const places = forPage ? forPaper(nodes) : strips(layout(nodes), rowsOnScreen), [width, height] = span(places);
  const svg = element(parent, "svg", {width, height, viewBox: `0 0 ${width} ${height}`, role: "group"});
  nodes.forEach((node, at) => node.inputs.forEach(input => {
    if (input < 0 || input >= at) return;
    const from = places[input], to = places[at], x1 = from.x * wide + 6 + boxWide / 2, y1 = from.y * high + 6 + boxHigh;
    const x2 = to.x * wide + 6 + boxWide / 2, y2 = to.y * high + 6, bend = Math.max(8, (y2 - y1) / 2);
    if (from.strip === to.strip) {
      element(svg, "path", {d: `M${x1} ${y1}C${x1} ${y1 + bend} ${x2} ${y2 - bend} ${x2} ${y2}`, class: "edge"});
    } else { /* Leaves to the right and arrives from the left. */
      const right = x1 + boxWide / 2, left = x2 - boxWide / 2, y3 = y1 - boxHigh / 2, y4 = y2 + boxHigh / 2;
      element(svg, "path", {d: `M${right} ${y3}C${right + 30} ${y3} ${left - 30} ${y4} ${left} ${y4}`, class: "edge far"});
    }
  }));
  nodes.forEach((node, at) => {
    const group = element(svg, "g", {class: "node"}), {x, y} = places[at];
    /* Lines must not show through. */
    element(group, "rect", {x: x * wide + 6, y: y * high + 6, width: boxWide, height: boxHigh, rx: 4, fill: "var(--panel)"});
    const box = element(group, "rect", {x: x * wide + 6, y: y * high + 6, width: boxWide, height: boxHigh, rx: 4, fill: node.paint, "fill-opacity": .35, class: "box"});
    element(group, "text", {x: x * wide + 12, y: y * high + 21}, short(node.text, 19));
    describe(group, node.note);
    shapes.push({box, names: node.names});
    for (const event of ["pointerenter", "focus"]) group.addEventListener(event, () => light(node.names));
    for (const event of ["pointerleave", "blur"]) group.addEventListener(event, () => light([]));
  });
}

const shapes = [];
/* Marks, on both sides, what belongs to the same operators of the model. */
function light(names) {
  const wanted = new Set(names);
  for (const shape of shapes) shape.box.classList.toggle("lit", shape.names.some(name => wanted.has(name)));
}

/* The launches that wrote what a launch reads: of the buffer that was last written where it reads, all writers (a border of zeroes has its own)
   back to the last one that changed it in place. */
function launchInputs() {
  const writers = [];
  return data.kernels.map((kernel, position) => {
    const inputs = new Set();
    kernel.buffers.slice(0, kernel.inputs).forEach(buffer => {
      const read = data.buffers[buffer];
      if (!read || read.kind !== "arena") return;
      let last = -1;
      for (let at = writers.length - 1; at >= 0; --at) {
        const written = writers[at], block = data.buffers[written.buffer];
        if (block.offset >= read.offset + read.bytes || read.offset >= block.offset + block.bytes) continue;
        if (last >= 0 && written.buffer !== last) break;
        last = written.buffer;
        inputs.add(written.launch);
        if (written.isChange) break;
      }
    });
    kernel.buffers.slice(kernel.inputs).forEach(buffer => {
      const block = data.buffers[buffer];
      if (block && block.kind === "arena") writers.push({buffer, launch: position, isChange: kernel.buffers.slice(0, kernel.inputs).includes(buffer)});
    });
    return [...inputs];
  });
}

function drawGraphs(forPage = false) {
  shapes.length = 0;
  const names = text => text.split(", ").filter(name => name);
  drawGraph(byId("before"), data.graph.map(node => ({inputs: node.inputs, text: node.op, paint: "var(--c6)", names: names(node.name),
    note: `${node.op}\n${node.name}\n${node.type}`})), shapes, forPage);
  const inputs = launchInputs();
  drawGraph(byId("after"), data.kernels.map((kernel, position) => ({inputs: inputs[position], text: `${kernel.class} ${names(kernel.nodes).length > 1 ?
    `(${names(kernel.nodes).length})` : names(kernel.nodes)[0] || ""}`, paint: colour(kernel.class), names: names(kernel.nodes), note: facts(kernel)})), shapes, forPage);
  byId("graph-note").textContent = `${data.graph.length} operators became ${data.kernels.length} launches. Point at a box to see on the other side what it became ` +
    "or what it came from; a number in brackets tells how many operators a launch computes. Long graphs go on to the right.";
}

drawTiles();
drawTimes();
drawRoofline();
drawArena();
drawGains();
drawTable();
drawGraphs();
addEventListener("beforeprint", () => drawGraphs(true));
addEventListener("afterprint", () => drawGraphs(false));
document.body.dataset.ready = "yes";
