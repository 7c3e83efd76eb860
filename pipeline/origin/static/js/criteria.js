import { codecName } from "./wording.js";

/** What Shaka itself would take first: the codec that needs the fewest bits. */
const BY_EFFICIENCY = ["AV1", "HEVC", "VP9", "H.264"];

/** The codec a viewer is switched within: of the picture, or of the sound where there is no picture. */
export function ladderCodec(variant) {
  return codecName((variant.video ?? variant.audio).codecs);
}

/**
 * Adaptation within one codec, as most players do it, around the criteria that Shaka comes with.
 *
 * Left alone, those hold on to the exact codec string of a rung chosen by hand (`avc1.64001f`), so that going
 * back to automatic choice would leave only the rungs that share its profile and level.
 */
export class OneCodecCriteria {
  #inner;

  constructor(inner) {
    this.#inner = inner;
    this.codec = null;
  }

  configure(config) {
    this.#inner.configure({ ...config, preferredVideo: [] });
  }

  getConfiguration() {
    return this.#inner.getConfiguration();
  }

  create(variants) {
    const present = new Set(variants.map(ladderCodec));
    if (!present.has(this.codec)) {
      this.codec = BY_EFFICIENCY.find((codec) => present.has(codec)) ?? [...present][0];
    }
    return this.#inner.create(variants.filter((variant) => ladderCodec(variant) === this.codec));
  }

  getLastAdaptationSet() {
    return this.#inner.getLastAdaptationSet();
  }
}
