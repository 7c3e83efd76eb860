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

  /** Offer what the player can play of the ladder. */
  offer(rungs) {
    this.#pairs = pair(this.#rows, rungs);
    for (const row of this.#rows) row.input.disabled = !this.#pairs.has(row);
    for (const group of this.#form.querySelectorAll("fieldset")) {
      const playable = group.querySelector(".rung[data-peak] input:enabled") !== null;
      group.querySelector(".auto input").disabled = !playable;
      group.querySelector(".unplayable").hidden = playable;
    }
  }

  /** Mark the rung that plays, and what was chosen: a rung, or automatic choice within a codec. */
  show(current, automatic, codec) {
    for (const row of this.#rows) {
      const playing = this.#pairs.get(row)?.track.id === current?.track.id && current !== undefined;
      row.label.classList.toggle("on", playing);
      if (playing && !automatic) row.input.checked = true;
    }
    if (automatic) {
      for (const input of this.#form.querySelectorAll(".auto input")) {
        input.checked = codecName(input.dataset.codec) === codec;
      }
    }
  }

  #choice(input) {
    const row = this.#rows.find((candidate) => candidate.input === input);
    return row ? { rung: this.#pairs.get(row) } : { codec: codecName(input.dataset.codec) };
  }
}

function readRow(label) {
  const { codec, width, height, peak } = label.dataset;
  const input = label.querySelector("input");
  return { label, input, codec, width: Number(width), height: Number(height), peak: Number(peak) };
}
