const SVG = "http://www.w3.org/2000/svg";
const LENGTH = 1000;

/** The position in the title and what of it is buffered; moves the position. */
export class SeekBar {
  #video;
  #input;
  #rail;

  constructor(video, input, rail) {
    [this.#video, this.#input, this.#rail] = [video, input, rail];
    input.addEventListener("input", () => {
      if (video.duration) video.currentTime = (input.valueAsNumber / LENGTH) * video.duration;
    });
    for (const event of ["timeupdate", "progress", "seeking", "durationchange", "emptied"]) {
      video.addEventListener(event, () => this.#show());
    }
  }

  #show() {
    const { currentTime, duration, buffered } = this.#video;
    const scale = duration ? LENGTH / duration : 0;
    const ranges = Array.from(buffered, (_, index) => [buffered.start(index), buffered.end(index)]);
    this.#input.value = currentTime * scale;
    this.#rail.replaceChildren(
      ...ranges.map(([start, end]) => bar("buffered", start * scale, end * scale)),
      bar("played", 0, currentTime * scale),
    );
  }
}

function bar(kind, start, end) {
  const rect = document.createElementNS(SVG, "rect");
  rect.setAttribute("class", kind);
  rect.setAttribute("x", start);
  rect.setAttribute("width", Math.max(0, end - start));
  rect.setAttribute("height", 4);
  return rect;
}
