import { codecName } from "./wording.js";

/**
 * Pair the rungs as published with the rungs as the player sees them: Map of row to rung.
 *
 * The two do not share names, and measured rates differ from declared ones. Within one codec and size the order
 * by rate is the same on both sides. A row without a rung is one this browser cannot play.
 */
export function pair(rows, rungs) {
  const waiting = Map.groupBy(byRate(rungs, "bandwidth"), kind);
  const pairs = new Map();
  for (const row of byRate(rows, "peak")) {
    const rung = waiting.get(kind(row))?.shift();
    if (rung) pairs.set(row, rung);
  }
  return pairs;
}

function byRate(items, rate) {
  return [...items].sort((a, b) => a[rate] - b[rate]);
}

function kind({ codec, width, height }) {
  return `${codecName(codec)} ${width || 0}x${height || 0}`;
}
