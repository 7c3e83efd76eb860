/** Figures as people read them. */

const CODEC_NAMES = {
  avc1: "H.264",
  avc3: "H.264",
  hvc1: "HEVC",
  hev1: "HEVC",
  dvh1: "Dolby Vision",
  dvhe: "Dolby Vision",
  av01: "AV1",
  vp09: "VP9",
  mp4a: "AAC",
  opus: "Opus",
  flac: "FLAC",
  "ac-3": "Dolby Digital",
  "ec-3": "Dolby Digital Plus",
};

const CODEC_KEYS = { "H.264": "h264", HEVC: "hevc", AV1: "av1", VP9: "vp9", "Dolby Vision": "dolby-vision" };

/** `avc1.640028` is H.264. */
export function codecName(codec) {
  const entry = codec.split(".")[0];
  return CODEC_NAMES[entry.toLowerCase()] ?? entry;
}

/** The class that gives a codec its colour. */
export function codecClass(codec) {
  return `codec-${CODEC_KEYS[codecName(codec)] ?? "other"}`;
}

export function bitRate(bitsPerSecond) {
  if (!Number.isFinite(bitsPerSecond)) return "–";
  if (bitsPerSecond < 1e6) return `${Math.round(bitsPerSecond / 1e3)} kb/s`;
  return `${(bitsPerSecond / 1e6).toFixed(bitsPerSecond < 1e8 ? 1 : 0)} Mb/s`;
}

export function seconds(value, digits = 1) {
  return Number.isFinite(value) ? `${value.toFixed(digits)} s` : "–";
}

export function bytes(count) {
  if (!Number.isFinite(count)) return "–";
  return count < 1e6 ? `${Math.round(count / 1e3)} kB` : `${(count / 1e6).toFixed(1)} MB`;
}

export function count(value) {
  return Number.isFinite(value) ? value.toLocaleString("en").replaceAll(",", "\u202f") : "–";
}

/** Hours only where there are any: 1:02:05, 1:02. */
export function clock(value) {
  const whole = Math.max(0, Math.floor(value || 0));
  const pad = (part) => String(part).padStart(2, "0");
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60];
  return hours ? `${hours}:${pad(minutes)}:${pad(whole % 60)}` : `${minutes}:${pad(whole % 60)}`;
}

/** `en-GB` is British English; a tag without a name stays a tag. */
export function languageName(tag) {
  try {
    return new Intl.DisplayNames("en", { type: "language" }).of(tag);
  } catch {
    return tag;
  }
}

/** A rung goes by its lines, whichever way the picture is turned; sound goes by its rate. */
export function rungName(rung) {
  return rung.width ? `${Math.min(rung.width, rung.height)}p` : bitRate(rung.bandwidth);
}
