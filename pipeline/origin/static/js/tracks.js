import { languageName } from "./wording.js";

/** Offer audio and subtitle tracks where there is something to choose. */
export function offerTracks(page, session) {
  offer(page.audio, session.audio(), describeAudio, (track) => session.chooseAudio(track));
  const text = session.text();
  offer(page.text, text.length ? [null, ...text] : [], describeText, (track) => session.chooseText(track));
}

function offer(select, tracks, describe, choose) {
  select.replaceChildren(...tracks.map((track, index) => new Option(describe(track), index, false, track?.active)));
  select.closest("label").hidden = tracks.length < 2;
  select.onchange = () => choose(tracks[select.selectedIndex]);
}

function describeAudio(track) {
  const layout = track.channelsCount > 2 ? ` ${track.channelsCount - 1}.1` : "";
  return (track.label || languageName(track.language)) + layout;
}

function describeText(track) {
  return track ? track.label || languageName(track.language) : "No subtitles";
}
