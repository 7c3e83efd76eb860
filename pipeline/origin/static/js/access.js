import { requestLicence } from "./licence.js";
import { RefusedError } from "./refusal.js";
import { claimsOf } from "./tokens.js";

/** The way into an encrypted title: what the browser must be able to do, and what the token allows. */
export class Access {
  #folder;
  #scheme;
  #classes;
  #types;

  /** `types` are MIME types with codecs, of which the browser must decrypt one. */
  constructor({ folder, scheme, classes, types }) {
    [this.#folder, this.#scheme, this.#classes, this.#types] = [folder, scheme, classes, types];
  }

  /** `{scheme, token, keys, classes}`, with the classes of tracks whose keys were granted. Throws RefusedError. */
  async open(token) {
    await this.#checkBrowser();
    if (!token) throw new RefusedError("no_token");
    const { keys, complete } = await requestLicence(this.#folder, token);
    const allowed = claimsOf(token).classes ?? [];
    const classes = this.#classes.filter((name) => complete || allowed.includes(name));
    if (!this.#suffice(classes)) throw new RefusedError("class_not_allowed");
    return { scheme: this.#scheme, token, keys, classes };
  }

  async #checkBrowser() {
    if (!isSecureContext) throw new RefusedError("insecure");
    // Whole segments are decrypted by the player itself.
    if (this.#scheme === "aes-128") return;
    if (!navigator.requestMediaKeySystemAccess) throw new RefusedError("no_eme");
    const capabilities = this.#types.map((contentType) => ({ contentType, encryptionScheme: this.#scheme }));
    const kind = this.#types[0].startsWith("video") ? "videoCapabilities" : "audioCapabilities";
    const wanted = [{ initDataTypes: ["keyids"], [kind]: capabilities }];
    await navigator.requestMediaKeySystemAccess("org.w3.clearkey", wanted).catch(() => {
      throw new RefusedError("no_scheme");
    });
  }

  /** Sound, where there is any, and some size of the picture, where there is one. */
  #suffice(classes) {
    const isVideo = (name) => name !== "audio";
    const sound = !this.#classes.includes("audio") || classes.includes("audio");
    return sound && (!this.#classes.some(isVideo) || classes.some(isVideo));
  }
}
