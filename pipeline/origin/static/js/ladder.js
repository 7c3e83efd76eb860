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
  const { codec, width, height, peak } = label.dataset;
  const input = label.querySelector("input");
  return { label, input, codec, width: Number(width), height: Number(height), peak: Number(peak) };
}
