/** The watch page: one session, the views around it, and what keys and clicks do. */

import { Access } from "./access.js";
import { offerCopies } from "./copying.js";
import { FiguresView } from "./figures.js";
import { LadderView } from "./ladder.js";
import { RefusedError } from "./refusal.js";
import { Session } from "./session.js";
import { listenForKeys } from "./shortcuts.js";
import { TokenStore } from "./tokens.js";
import { offerTracks } from "./tracks.js";
import { Transport } from "./transport.js";
import { explain } from "./trouble.js";
import { UnlockView } from "./unlock.js";
import { codecName, rungName } from "./wording.js";

const REFRESH_MS = 500;

const page = Object.fromEntries([...document.querySelectorAll("[id]")].map((element) => [element.id, element]));
const { folder, scheme, classes } = page.watch.dataset;
const formats = [...document.querySelectorAll("[data-format]")];
const session = new Session(folder);
const transport = new Transport(page);
const figures = new FiguresView(page);
const ladder = new LadderView(page.ladder, choose);
const tokens = new TokenStore(folder);
const access = new Access({ folder, scheme, classes: classes.split(" "), types: ladder.types });
const unlock = scheme && new UnlockView(page, enter);
const asked = new URLSearchParams(location.search).get("format");
let format = formats.some((link) => link.dataset.format === asked) ? asked : "hls";

async function open(next, startTime) {
  format = next;
  history.replaceState(null, "", `?format=${format}`);
  for (const link of formats) link.ariaCurrent = String(link.dataset.format === format);
  page.trouble.hidden = true;
  if (unlock) unlock.hide();
  page.stage.classList.remove("failed");
  figures.clear();
  try {
    if (scheme) await getKeys();
    await session.load(format, startTime);
    ladder.offer(session.rungs());
    offerTracks(page, session);
    refresh();
  } catch (error) {
    fail(error);
  }
}

async function getKeys() {
  const granted = await access.open(tokens.get());
  session.unlock(granted);
  session.restrict(ladder.lock(granted.classes));
}

/** Go on with a token that was pasted. */
function enter(token) {
  tokens.put(token);
  return open(format);
}

function choose({ rung, codec }) {
  if (rung) session.choose(rung);
  else session.chooseAutomatically(codec);
  announce(rung ? `${rungName(rung)} ${codecName(rung.codec)}` : `Auto ${codec}`);
  refresh();
}

/** The next rung up (1) or down (-1) of the codec that was chosen. */
function climb(direction) {
  const { chosen } = session;
  if (!chosen) return;
  const rungs = session.rungs().filter((rung) => codecName(rung.codec) === codecName(chosen.codec));
  const rung = rungs[rungs.findIndex((candidate) => candidate.track.id === chosen.track.id) + direction];
  if (rung) choose({ rung });
}

function refresh() {
  const current = session.current();
  figures.show(session.figures(), current, secondsAhead(page.video));
  ladder.show({ current, chosen: session.chosen, automatic: session.automatic, codec: session.codec });
}

function secondsAhead({ buffered, currentTime }) {
  for (let index = 0; index < buffered.length; index += 1) {
    if (buffered.start(index) <= currentTime + 0.1 && currentTime < buffered.end(index)) {
      return buffered.end(index) - currentTime;
    }
  }
  return 0;
}

function fail(error) {
  // Loading something else before a load is done is no failure of either.
  if (error.code === shaka.util.Error.Code.LOAD_INTERRUPTED) return;
  page.stage.classList.add("failed");
  if (error instanceof RefusedError && error.asksForToken) {
    tokens.forget();
    unlock.show(error);
    return;
  }
  const { advice, code } = explain(error);
  page["trouble-title"].textContent = "This title does not play";
  page["trouble-advice"].textContent = advice;
  page["trouble-code"].textContent = code;
  page.trouble.hidden = false;
}

let silence;
function announce(text) {
  page.notice.textContent = text;
  page.notice.classList.add("shown");
  clearTimeout(silence);
  silence = setTimeout(() => page.notice.classList.remove("shown"), 1400);
}

function switchFormat(next) {
  announce(next.toUpperCase());
  return open(next, page.video.currentTime);
}

listenForKeys({
  " ": () => transport.toggle(),
  k: () => transport.toggle(),
  j: () => transport.move(-10),
  l: () => transport.move(10),
  ArrowLeft: () => transport.move(-5),
  ArrowRight: () => transport.move(5),
  ArrowUp: () => transport.changeVolume(0.1),
  ArrowDown: () => transport.changeVolume(-0.1),
  ",": () => transport.step(-1, session.current()?.frameRate || 25),
  ".": () => transport.step(1, session.current()?.frameRate || 25),
  m: () => transport.toggleSound(),
  f: () => transport.toggleFullScreen(),
  p: () => transport.togglePicture(),
  a: () => choose({ codec: session.codec }),
  s: () => switchFormat(formats.find((link) => link.dataset.format !== format)?.dataset.format ?? format),
  "[": () => climb(-1),
  "]": () => climb(1),
  "?": () => page.shortcuts.showModal(),
});

shaka.polyfill.installAll();
offerCopies(document);
page.keys.addEventListener("click", () => page.shortcuts.showModal());
page["trouble-retry"].addEventListener("click", () => open(format, page.video.currentTime));
for (const link of formats) {
  link.addEventListener("click", (event) => {
    event.preventDefault();
    switchFormat(link.dataset.format);
  });
}
session.on("error", (event) => fail(event.detail));
session.on("buffering", (event) => (page.spinner.hidden = !event.buffering));
session.on("trackschanged", () => ladder.offer(session.rungs()));
addEventListener("hashchange", () => tokens.takeFromAddress() && open(format));
tokens.takeFromAddress();
await session.attach(page.video);
await open(format);
setInterval(refresh, REFRESH_MS);
