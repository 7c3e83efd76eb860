/** The playback token of one title, for as long as the tab is open. */
export class TokenStore {
  #key;

  constructor(folder) {
    this.#key = `telecine token ${folder}`;
  }

  /** Take the token out of the address. It is behind the #, which no request and no log ever holds. */
  takeFromAddress() {
    const token = new URLSearchParams(location.hash.slice(1)).get("token");
    if (token === null) return false;
    this.put(token);
    history.replaceState(null, "", location.pathname + location.search);
    return true;
  }

  get() {
    return sessionStorage.getItem(this.#key) ?? "";
  }

  put(token) {
    sessionStorage.setItem(this.#key, token.trim());
  }

  forget() {
    sessionStorage.removeItem(this.#key);
  }
}

/** What a token says of itself: for words alone, as only the origin can tell whether it is true. */
export function claimsOf(token) {
  try {
    return JSON.parse(atob(token.split(".")[1].replaceAll("-", "+").replaceAll("_", "/"))) ?? {};
  } catch {
    return {};
  }
}
