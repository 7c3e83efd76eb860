import { OneCodecCriteria } from "./criteria.js";
import { codecName } from "./wording.js";

const ARRIVAL_MS = 3000;
const MANIFESTS = { hls: "master.m3u8", dash: "manifest.mpd" };

/** A title in a Shaka player: loading it, its rungs, switching between them, and figures about it. */
export class Session {
  #player = new shaka.Player();
  #criteria;
  #folder;
  #token = null;
  #automatic = true;
  #wanted = null;
  #switching = null;

  constructor(folder) {
    this.#folder = folder;
    this.#criteria = new OneCodecCriteria(this.#player.getConfiguration().adaptationSetCriteriaFactory());
    this.#player.configure({
      // All codecs stay in reach of the ladder; the criteria keep automatic choice within one.
      streaming: { dontChooseCodecs: true, bufferingGoal: 30 },
      adaptationSetCriteriaFactory: () => this.#criteria,
    });
    this.#player.getNetworkingEngine().registerRequestFilter((type, request) => this.#authorize(type, request));
  }

  #authorize(type, request) {
    const { KEY } = shaka.net.NetworkingEngine.RequestType;
    if (type === KEY && this.#token) request.headers.Authorization = `Bearer ${this.#token}`;
  }

  /**
   * Have keys for what is loaded next, by id in hex, and the token that got them.
   *
   * Shaka 5.2.12 knows no key line for ClearKey in HLS (error 4026), and asks no licence server once it is told
   * to overlook such lines (6010). With the keys themselves both formats play.
   */
  unlock({ scheme, token, keys }) {
    this.#token = token;
    const whole = scheme === "aes-128";
    this.#player.configure({ drm: { clearKeys: whole ? {} : keys }, manifest: { ignoreDrmInfo: !whole } });
  }

  /** Leave out rungs of fewer or more pixels: their keys are not to be had. */
  restrict({ fewest, most }) {
    this.#player.configure({ restrictions: { minPixels: fewest, maxPixels: most } });
  }

  attach(video) {
    return this.#player.attach(video);
  }

  on(event, listener) {
    this.#player.addEventListener(event, listener);
  }

  /** Load the title's HLS or DASH presentation, leaving the rung to the player. Rejects with a shaka.util.Error. */
  load(format, startTime) {
    this.#wanted = null;
    this.#automatic = true;
    this.#player.configure("abr.enabled", true);
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

  /** Play this rung from now on, and let go of what is buffered ahead. */
  choose(rung) {
    this.#automatic = false;
    return this.#switchTo(rung);
  }

  /** Leave the choice to the player, among the rungs of `codec`. */
  async chooseAutomatically(codec) {
    this.#automatic = true;
    if (this.codec !== codec) await this.#switchTo(this.#affordable(codec));
    this.#player.configure("abr.enabled", this.#automatic);
  }

  get automatic() {
    return this.#automatic;
  }

  /** The rung asked for last, which may still be on its way. */
  get chosen() {
    return this.#wanted ?? this.current();
  }

  get codec() {
    return this.#criteria.codec;
  }

  #switchTo(rung) {
    this.#player.configure("abr.enabled", false);
    this.#criteria.codec = codecName(rung.codec);
    this.#wanted = rung;
    this.#switching ??= this.#switch().finally(() => {
      this.#switching = null;
    });
    return this.#switching;
  }

  /**
   * Switch to one rung after another, skipping those that were asked for in between: Shaka 5.2.12 stalls for
   * good when an HLS rung is left again while its playlist is still being fetched.
   */
  async #switch() {
    let done = this.current();
    while (this.#wanted && done?.track.id !== this.#wanted.track.id) {
      done = this.#wanted;
      const arrival = this.#arrivalOf(done.width ? "video" : "audio");
      this.#player.selectVariantTrack(done.track, /* clearBuffer= */ true);
      await arrival;
    }
    this.#wanted = null;
  }

  /** Wait for the next segment of this kind, but not for ever: there is none to come at the end of a title. */
  #arrivalOf(kind) {
    return new Promise((resolve) => {
      const timer = setTimeout(settle, ARRIVAL_MS);
      const player = this.#player;
      player.addEventListener("segmentappended", listen);
      function listen(event) {
        if (event.contentType === kind) settle();
      }
      function settle() {
        clearTimeout(timer);
        player.removeEventListener("segmentappended", listen);
        resolve();
      }
    });
  }

  /** The best rung of `codec` for the bandwidth there is. */
  #affordable(codec) {
    const rungs = this.rungs().filter((rung) => codecName(rung.codec) === codec);
    const { estimatedBandwidth } = this.figures();
    return rungs.findLast((rung) => rung.bandwidth < estimatedBandwidth) ?? rungs[0];
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
