import { pair } from "./pairing.js";
import { codecName } from "./wording.js";

/** The table of rungs: choosing one, or leaving the choice to the player. */
export class LadderView {
  #form;
  #rows;
  #pairs = new Map();

  constructor(form, onChoice) {
    this.#form = form;
    this.#rows = [...form.querySelectorAll(".rung[data-peak]")].map(readRow);
    form.addEventListener("change", (event) => onChoice(this.#choice(event.target)));
  }

  /** The types of its renditions, as browsers are asked about them. */
  get types() {
    return this.#rows.map(({ codec, width }) => `${width ? "video" : "audio"}/mp4; codecs="${codec}"`);
  }

  /** Lock the rungs of classes that there are no keys for. Returns the pixels of those that are left. */
  lock(classes) {
    const open = [];
    for (const { label, keyClass, width, height } of this.#rows) {
      const allowed = classes.includes(keyClass);
      label.classList.toggle("locked", !allowed);
      label.title = allowed ? "" : "This token does not allow it";
      if (allowed) open.push(width * height);
    }
    return { fewest: Math.min(...open), most: Math.max(...open) };
  }

  /** Offer what the player can play of the ladder. */
  offer(rungs) {
    this.#pairs = pair(this.#rows, rungs);
    for (const row of this.#rows) row.input.disabled = !this.#pairs.has(row);
    for (const group of this.#form.querySelectorAll("fieldset")) {
      const playable = group.querySelector(".rung[data-peak] input:enabled") !== null;
      group.querySelector(".auto input").disabled = !playable;
      const locked = !playable && group.querySelector(".rung[data-peak]:not(.locked)") === null;
      group.querySelector(".unplayable").hidden = playable || locked;
      group.querySelector(".forbidden").hidden = !locked;
    }
  }

  /** Mark the rung that plays, and what was chosen: a rung, or automatic choice within a codec. */
  show({ current, chosen, automatic, codec }) {
    for (const row of this.#rows) {
      const id = this.#pairs.get(row)?.track.id;
      row.label.classList.toggle("on", id !== undefined && id === current?.track.id);
      if (!automatic && id !== undefined && id === chosen?.track.id) row.input.checked = true;
    }
    for (const input of this.#form.querySelectorAll(".auto input")) {
      if (automatic && codecName(input.dataset.codec) === codec) input.checked = true;
    }
  }

  #choice(input) {
    const row = this.#rows.find((candidate) => candidate.input === input);
    return row ? { rung: this.#pairs.get(row) } : { codec: codecName(input.dataset.codec) };
  }
}

function readRow(label) {
  const { codec, width, height, peak, class: keyClass } = label.dataset;
  const input = label.querySelector("input");
  return { label, input, codec, keyClass, width: Number(width), height: Number(height), peak: Number(peak) };
}
