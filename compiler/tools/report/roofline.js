const levels = [["L1", data.peaks.l1_gb_per_s], ["L2", data.peaks.l2_gb_per_s], ["L3", data.peaks.l3_gb_per_s], ["memory", data.peaks.memory_gb_per_s]];

/* The larger, the more time. */
function drawDot(svg, kernel, x, y) {
  const longest = Math.max(...data.kernels.map(other => other.us));
  describe(element(svg, "circle", {cx: x, cy: y, r: 3 + 9 * Math.sqrt(kernel.us / longest), fill: colour(kernel.class), "fill-opacity": .65, class: "dot"}),
    facts(kernel));
}

/* What only moves bytes has no place among operations: a line of its own, over the bytes a second. */
function drawMoves(kernels) {
  const width = 1120, height = 92, left = 70, right = 150, middle = 38, rate = kernel => Math.max(kernel.gb_per_s, 1e-3);
  const rates = [...kernels.map(rate), ...levels.map(([, bandwidth]) => bandwidth)];
  const x0 = Math.log10(Math.min(...rates) / 1.5), x1 = Math.log10(Math.max(...rates) * 1.5);
  const px = value => left + (Math.log10(value) - x0) / (x1 - x0) * (width - left - right);
  element(byId("roofline"), "p", {class: "note"}, `Launches that only move or fill bytes, ${kernels.length} of ${data.kernels.length}: how many bytes a second, ` +
    "beside what each cache and memory deliver.");
  const svg = element(byId("roofline"), "svg", {width, height, viewBox: `0 0 ${width} ${height}`, role: "group"});
  element(svg, "line", {x1: left, x2: width - right, y1: middle, y2: middle, class: "grid"});
  for (let power = Math.ceil(x0); power <= x1; ++power) {
    element(svg, "text", {x: px(10 ** power), y: height - 24, "text-anchor": "middle", class: "soft"}, 10 ** Math.max(power, -6) + "");
  }
  element(svg, "text", {x: (left + width - right) / 2, y: height - 6, "text-anchor": "middle", class: "soft"}, "GB/s");
  levels.forEach(([name, bandwidth]) => {
    element(svg, "line", {x1: px(bandwidth), x2: px(bandwidth), y1: 14, y2: height - 36, stroke: "var(--soft)", "stroke-width": 1.3,
      "stroke-dasharray": name === "memory" ? "" : "5 4"});
    element(svg, "text", {x: px(bandwidth), y: 11, "text-anchor": "middle", class: "soft"}, name);
  });
  for (const kernel of kernels) drawDot(svg, kernel, px(rate(kernel)), middle);
}

function drawRoofline() {
  const width = 1120, height = 460, left = 70, right = 150, top = 16, bottom = 44, peaks = data.peaks;
  const dots = data.kernels.filter(kernel => kernel.operations > 0 && kernel.bytes > 0);
  const moves = data.kernels.filter(kernel => !dots.includes(kernel));
  const intensities = dots.map(kernel => kernel.operations / kernel.bytes);
  const x0 = Math.log10(Math.min(.05, ...intensities)), x1 = Math.log10(Math.max(200, ...intensities) * 1.2);
  const y0 = Math.log10(Math.min(.5, ...dots.map(kernel => Math.max(kernel.gflops, 1e-3)))), y1 = Math.log10(peaks.gflops * 1.6);
  const px = value => left + (Math.log10(value) - x0) / (x1 - x0) * (width - left - right);
  const py = value => height - bottom - (Math.log10(value) - y0) / (y1 - y0) * (height - top - bottom);
  const svg = element(byId("roofline"), "svg", {width, height, viewBox: `0 0 ${width} ${height}`, role: "group"});
  for (let power = Math.ceil(x0); power <= x1; ++power) {
    element(svg, "line", {x1: px(10 ** power), x2: px(10 ** power), y1: top, y2: height - bottom, class: "grid"});
    element(svg, "text", {x: px(10 ** power), y: height - bottom + 16, "text-anchor": "middle", class: "soft"}, 10 ** Math.max(power, -6) + "");
  }
  for (let power = Math.ceil(y0); power <= y1; ++power) {
    element(svg, "line", {x1: left, x2: width - right, y1: py(10 ** power), y2: py(10 ** power), class: "grid"});
    element(svg, "text", {x: left - 8, y: py(10 ** power) + 4, "text-anchor": "end", class: "soft"}, 10 ** power + "");
  }
  element(svg, "text", {x: (left + width - right) / 2, y: height - 8, "text-anchor": "middle", class: "soft"}, "operations a byte");
  element(svg, "text", {x: 16, y: height / 2, "text-anchor": "middle", class: "soft", transform: `rotate(-90 16 ${height / 2})`}, "GFLOP/s");
  levels.forEach(([name, bandwidth]) => {
    const knee = peaks.gflops / bandwidth, first = Math.max(10 ** x0, 10 ** y0 / bandwidth);
    element(svg, "line", {x1: px(first), y1: py(first * bandwidth), x2: px(knee), y2: py(peaks.gflops), stroke: "var(--soft)", "stroke-width": 1.3,
      "stroke-dasharray": name === "memory" ? "" : "5 4", class: "roof"});
    element(svg, "text", {x: px(first) + 4, y: py(first * bandwidth) - 5, class: "soft halo"}, `${name} ${number(bandwidth)} GB/s`);
  });
  element(svg, "line", {x1: px(peaks.gflops / peaks.l1_gb_per_s), x2: width - right, y1: py(peaks.gflops), y2: py(peaks.gflops), stroke: "var(--strong)",
    "stroke-width": 2, class: "roof"});
  element(svg, "text", {x: width - right + 6, y: py(peaks.gflops) + 4}, `${number(peaks.gflops)} GFLOP/s`);
  for (const kernel of dots) drawDot(svg, kernel, px(kernel.operations / kernel.bytes), py(Math.max(kernel.gflops, 10 ** y0)));
  if (moves.length) drawMoves(moves);
  legend(byId("roofline"), [...new Set(data.kernels.map(kernel => kernel.class))].map(name => [name, colour(name)]));
}
