/** The last minute of bandwidth, rung and buffer, as a drawing that grows to the right. */

const SPAN = 60;
const [WIDTH, HEIGHT, LEFT] = [340, 216, 34];
const RATES = { top: 6, bottom: 146, low: 1e5, high: 1e9 };
const BUFFER = { top: 164, bottom: 210, high: 40 };
const SVG = "http://www.w3.org/2000/svg";

export class Timeline {
  #samples = [];
  #svg = shape("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img", "aria-label": "The last minute of playback" });
  #drawn = shape("g", {});

  constructor(place) {
    this.#svg.append(grid(), this.#drawn);
    place.append(this.#svg);
  }

  /** Add `{time, bandwidth, rung, buffer, stalled}`: seconds, bits per second twice, seconds, a boolean. */
  add(sample) {
    this.#samples.push(sample);
    const oldest = sample.time - SPAN;
    while (this.#samples[0].time < oldest) this.#samples.shift();
    this.#draw(sample.time);
  }

  clear() {
    this.#samples = [];
    this.#drawn.replaceChildren();
  }

  #draw(now) {
    const x = (sample) => LEFT + (WIDTH - LEFT) * (1 - (now - sample.time) / SPAN);
    const line = (value) => this.#samples.filter(value).map((sample) => [x(sample), rateY(value(sample))]);
    const buffer = this.#samples.map((sample) => [x(sample), bufferY(sample.buffer)]);
    this.#drawn.replaceChildren(
      shape("path", { class: "chart-buffer", d: area(buffer) }),
      shape("path", { class: "chart-bandwidth", d: path(line((sample) => sample.bandwidth)) }),
      shape("path", { class: "chart-rung", d: steps(line((sample) => sample.rung)) }),
      ...this.#samples.filter((sample) => sample.stalled).map((sample) => stall(x(sample))),
    );
  }
}

function grid() {
  const group = shape("g", {});
  for (const [rate, label] of [[1e5, "100k"], [1e6, "1M"], [1e7, "10M"], [1e8, "100M"], [1e9, "1G"]]) {
    group.append(rule(rateY(rate)), caption(rateY(rate), label));
  }
  group.append(rule(BUFFER.bottom), caption(BUFFER.bottom, "0 s"), caption(bufferY(30), "30 s"), rule(bufferY(30)));
  return group;
}

function rule(y) {
  return shape("line", { class: "chart-grid", x1: LEFT, x2: WIDTH, y1: y, y2: y });
}

function caption(y, label) {
  const text = shape("text", { x: LEFT - 6, y: y + 3, "text-anchor": "end" });
  text.textContent = label;
  return text;
}

function stall(x) {
  return shape("line", { class: "chart-stall", x1: x, x2: x, y1: BUFFER.top, y2: BUFFER.bottom });
}

function rateY(rate) {
  const part = Math.log(clamp(rate, RATES.low, RATES.high) / RATES.low) / Math.log(RATES.high / RATES.low);
  return RATES.bottom - (RATES.bottom - RATES.top) * part;
}

function bufferY(value) {
  return BUFFER.bottom - (BUFFER.bottom - BUFFER.top) * clamp(value / BUFFER.high, 0, 1);
}

function path(points) {
  return points.map(([x, y], index) => `${index ? "L" : "M"}${x.toFixed(1)} ${y.toFixed(1)}`).join("");
}

function steps(points) {
  return points.map(([x, y], index) => (index ? `H${x.toFixed(1)}V${y.toFixed(1)}` : `M${x.toFixed(1)} ${y.toFixed(1)}`)).join("");
}

function area(points) {
  if (points.length < 2) return "";
  const [first, last] = [points[0][0], points.at(-1)[0]];
  return `${path(points)}L${last.toFixed(1)} ${BUFFER.bottom}L${first.toFixed(1)} ${BUFFER.bottom}Z`;
}

function clamp(value, low, high) {
  return Math.min(Math.max(value, low), high);
}

function shape(name, attributes) {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  return element;
}
