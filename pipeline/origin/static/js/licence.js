import { RefusedError } from "./refusal.js";

const LICENCES = "/license/clearkey";

/** Ids in hex, which playlists state for ClearKey and, where segments are encrypted whole, in addresses of keys. */
const KEY_ID = /^#EXT-X-SESSION-KEY:.*(?:org\.w3\.clearkey".*KEYID=0x|METHOD=AES-128,URI="\/keys\/)([0-9a-f]{32})/gm;

/**
 * Ask for all keys of a title at once, before any of it is loaded: `{keys, complete}`, the keys by id, in hex.
 *
 * A token that allows some of them gets those. Throws RefusedError if it gets none.
 */
export async function requestLicence(folder, token) {
  const playlist = await (await ask(`${folder}master.m3u8`)).text();
  const ids = new Set(Array.from(playlist.matchAll(KEY_ID), ([, id]) => id));
  if (!ids.size) throw new RefusedError("no_clearkey");
  const answer = await ask(LICENCES, {
    method: "POST",
    headers: { Authorization: `Bearer ${token}`, "Content-Type": "application/json" },
    body: JSON.stringify({ kids: [...ids].map(toBase64), type: "temporary" }),
  });
  const { keys } = await answer.json();
  return { keys: Object.fromEntries(keys.map(({ kid, k }) => [toHex(kid), toHex(k)])), complete: keys.length === ids.size };
}

async function ask(address, request) {
  const answer = await fetch(address, request).catch(() => null);
  if (!answer) throw new RefusedError("unreachable");
  if (answer.ok) return answer;
  const { reason } = await answer.json().catch(() => ({}));
  throw new RefusedError(reason ?? "failed");
}

function toBase64(hex) {
  const bytes = hex.match(/../g).map((pair) => parseInt(pair, 16));
  return btoa(String.fromCharCode(...bytes)).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

function toHex(base64) {
  const bytes = atob(base64.replaceAll("-", "+").replaceAll("_", "/"));
  return Array.from(bytes, (byte) => byte.charCodeAt(0).toString(16).padStart(2, "0")).join("");
}
