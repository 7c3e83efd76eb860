/** Why a title stays locked, in plain words. */

const BY_REASON = {
  no_token: "It plays with a playback token.",
  bad_token: "This is no token of this site, or not a whole one.",
  expired: "This token has expired. Ask for a new one.",
  not_yet_valid: "This token is not valid yet: two clocks disagree.",
  wrong_audience: "This token is for another site.",
  unknown_key: "This token is for another title.",
  class_not_allowed: "This token does not allow enough of this title to play it.",
  too_many_requests: "Too many keys were asked for from here. Wait a minute, then try again.",
  unavailable: "The licence server has no keys to give at the moment.",
  unreachable: "The origin cannot be reached. It may have stopped, or the network is down.",
  no_clearkey: "Its keys are with a DRM system that this page does not speak. Play it in an application that does.",
  insecure: "This page came over plain http from another machine. Browsers decrypt on https or localhost only.",
  no_eme: "This browser cannot decrypt: it has no Encrypted Media Extensions.",
  no_scheme: "This browser cannot decrypt this title with ClearKey.",
};

/** Reasons that another token would do away with. */
const OF_TOKENS = new Set([
  "no_token", "bad_token", "expired", "not_yet_valid", "wrong_audience", "unknown_key", "class_not_allowed",
]);

/** Keys that are not to be had, or of no use. `reason` is the licence server's, or one of the browser's. */
export class RefusedError extends Error {
  constructor(reason) {
    super(reason);
    this.reason = reason;
  }

  get advice() {
    return BY_REASON[this.reason] ?? "The licence server refused the keys.";
  }

  get asksForToken() {
    return OF_TOKENS.has(this.reason);
  }
}
