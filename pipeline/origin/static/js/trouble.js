/** What went wrong, in plain words and with Shaka's code for those who know it. */

import { RefusedError } from "./refusal.js";

const BY_CODE = {
  BAD_HTTP_STATUS: "The origin refused a file of this title, or does not have it.",
  HTTP_ERROR: "The origin cannot be reached. It may have stopped, or the network is down.",
  TIMEOUT: "The origin took too long to answer.",
  VIDEO_ERROR: "The browser could not decode this rung.",
  QUOTA_EXCEEDED_ERROR: "A segment is larger than the browser's buffer.",
  CONTENT_UNSUPPORTED_BY_BROWSER: "This browser cannot decode any rung of this title.",
  REQUESTED_KEY_SYSTEM_CONFIG_UNAVAILABLE: "This browser cannot decrypt this title.",
  LICENSE_REQUEST_FAILED: "The license server refused the key.",
};

const BY_CATEGORY = {
  NETWORK: "A file of this title could not be loaded.",
  TEXT: "A subtitle track could not be read.",
  MEDIA: "The media could not be played.",
  MANIFEST: "The manifest could not be read.",
  STREAMING: "Playback could not continue.",
  DRM: "The title could not be decrypted.",
};

/** `{advice, code}` for a shaka.util.Error or any other error. */
export function explain(error) {
  if (error instanceof RefusedError) return { advice: error.advice, code: error.reason };
  const { Code, Category } = shaka.util.Error;
  const code = nameOf(Code, error.code);
  const category = nameOf(Category, error.category);
  if (!code) return { advice: "The player itself failed.", code: String(error) };
  return {
    advice: BY_CODE[code] ?? BY_CATEGORY[category] ?? "The title could not be played.",
    code: ["Shaka error", error.code, code, ...evidence(error)].join(" "),
  };
}

function nameOf(names, value) {
  return Object.keys(names).find((name) => names[name] === value);
}

/** The address and HTTP status of a failed request; the rest of an error's data is for debuggers. */
function evidence(error) {
  return (error.data ?? []).slice(0, 2).filter((item) => typeof item === "string" || typeof item === "number");
}
