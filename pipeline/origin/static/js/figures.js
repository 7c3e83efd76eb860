import { Timeline } from "./timeline.js";
import { bitRate, bytes, codecClass, codecName, count, rungName, seconds } from "./wording.js";

/** The panel of live figures. */
export class FiguresView {
  #page;
  #timeline;
  #stalls = 0;

  constructor(page) {
    this.#page = page;
    this.#timeline = new Timeline(page.timeline);
  }

  clear() {
    this.#stalls = 0;
    this.#timeline.clear();
  }

  /** Show the player's figures, the rung that plays and the seconds that are buffered ahead. */
  show(figures, current, ahead) {
    this.#showCurrent(current);
    const page = this.#page;
    page.bandwidth.textContent = bitRate(figures.estimatedBandwidth);
    page.buffer.textContent = seconds(ahead);
    page.frames.textContent = `${count(figures.droppedFrames)} / ${count(figures.decodedFrames)}`;
    page.frames.classList.toggle("bad", figures.droppedFrames > figures.decodedFrames / 100);
    page.stalls.textContent = count(figures.stallsDetected);
    page.stalls.classList.toggle("bad", figures.stallsDetected > 0);
    page.startup.textContent = seconds(figures.loadLatency, 2);
    page.downloaded.textContent = bytes(figures.bytesDownloaded);
    this.#addToTimeline(figures, current, ahead);
  }

  #showCurrent(current) {
    const badge = this.#page["current-codec"];
    badge.hidden = !current;
    if (!current) return;
    this.#page["current-rung"].textContent = rungName(current);
    badge.textContent = codecName(current.codec);
    badge.className = `badge ${codecClass(current.codec)}`;
  }

  #addToTimeline(figures, current, ahead) {
    const stalled = figures.stallsDetected > this.#stalls;
    this.#stalls = figures.stallsDetected || 0;
    this.#timeline.add({
      time: performance.now() / 1000,
      bandwidth: figures.estimatedBandwidth,
      rung: current?.bandwidth,
      buffer: ahead,
      stalled,
    });
  }
}
