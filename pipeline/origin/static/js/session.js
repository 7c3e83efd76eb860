import { OneCodecCriteria } from "./criteria.js";
import { codecName } from "./wording.js";

const MANIFESTS = { hls: "master.m3u8", dash: "manifest.mpd" };

/** A title in a Shaka player: loading it, its rungs, switching between them, and figures about it. */
export class Session {
  #player = new shaka.Player();
  #criteria;
  #folder;

  constructor(folder) {
    this.#folder = folder;
    this.#criteria = new OneCodecCriteria(this.#player.getConfiguration().adaptationSetCriteriaFactory());
    this.#player.configure({
      // All codecs stay in reach of the ladder; the criteria keep automatic choice within one.
      streaming: { dontChooseCodecs: true, bufferingGoal: 30 },
      adaptationSetCriteriaFactory: () => this.#criteria,
    });
  }

  attach(video) {
    return this.#player.attach(video);
  }

  on(event, listener) {
    this.#player.addEventListener(event, listener);
  }

  /** Load the title's HLS or DASH presentation. Rejects with a shaka.util.Error. */
  load(format, startTime) {
    const address = new URL(this.#folder + MANIFESTS[format], location.href);
    return this.#player.load(address.href, startTime);
  }

  /** The rungs this browser can play with the sound now chosen, from the cheapest up. */
  rungs() {
    const tracks = this.#player.getVariantTracks();
    const active = tracks.find((track) => track.active);
    const rungs = new Map();
    for (const track of tracks) {
      const key = track.videoId ?? track.audioId;
      if (!rungs.has(key) || suits(track, active)) rungs.set(key, describe(track));
    }
    return [...rungs.values()].sort((a, b) => a.bandwidth - b.bandwidth);
  }

  current() {
    const track = this.#player.getVariantTracks().find((candidate) => candidate.active);
    return track && describe(track);
  }

  get automatic() {
    return this.#player.getConfiguration().abr.enabled;
  }

  /** Play this rung from now on, and let go of what is buffered ahead. */
  choose(rung) {
    this.#player.configure("abr.enabled", false);
    this.#criteria.codec = codecName(rung.codec);
    this.#player.selectVariantTrack(rung.track, /* clearBuffer= */ true);
  }

  /** Leave the choice to the player, among the rungs of `codec`. */
  chooseAutomatically(codec) {
    const current = this.current();
    if (current && codecName(current.codec) !== codec) {
      this.choose(this.rungs().find((rung) => codecName(rung.codec) === codec));
    }
    this.#criteria.codec = codec;
    this.#player.configure("abr.enabled", true);
  }

  get codec() {
    return this.#criteria.codec;
  }

  audio() {
    return this.#player.getAudioTracks();
  }

  chooseAudio(track) {
    this.#player.selectAudioTrack(track);
  }

  text() {
    return this.#player.getTextTracks();
  }

  /** Show this subtitle track, or none. */
  chooseText(track) {
    this.#player.selectTextTrack(track ?? null);
  }

  figures() {
    return this.#player.getStats();
  }
}

function suits(track, active) {
  if (!active) return false;
  return track.audioId === active.audioId || (!track.active && track.language === active.language);
}

function describe(track) {
  return {
    track,
    codec: track.videoCodec ?? track.audioCodec ?? track.codecs,
    width: track.width,
    height: track.height,
    frameRate: track.frameRate,
    bandwidth: track.bandwidth,
    active: track.active,
  };
}
