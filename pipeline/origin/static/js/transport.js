import { SeekBar } from "./seekbar.js";
import { clock } from "./wording.js";

const IDLE_MS = 2600;

/** Play, pause, volume, position, full screen: the buttons over the picture and what they do. */
export class Transport {
  #video;
  #stage;
  #idle;

  constructor(page) {
    const { video, stage } = page;
    [this.#video, this.#stage] = [video, stage];
    new SeekBar(video, page.seek, page["seek-rail"]);
    page.play.addEventListener("click", () => this.toggle());
    page["big-play"].addEventListener("click", () => this.toggle());
    video.addEventListener("click", () => this.toggle());
    page.mute.addEventListener("click", () => this.toggleSound());
    page.volume.addEventListener("input", () => this.setVolume(page.volume.valueAsNumber));
    page.full.addEventListener("click", () => this.toggleFullScreen());
    page.picture.hidden = !document.pictureInPictureEnabled;
    page.picture.addEventListener("click", () => this.togglePicture());
    this.#follow(page);
    for (const event of ["pointermove", "pointerdown", "keydown"]) stage.addEventListener(event, () => this.#wake());
  }

  toggle() {
    return this.#video.paused ? this.#video.play() : this.#video.pause();
  }

  /** Move by seconds, backwards if negative. */
  move(seconds) {
    const { currentTime, duration } = this.#video;
    this.#video.currentTime = Math.min(Math.max(0, currentTime + seconds), duration || 0);
  }

  step(frames, frameRate) {
    this.#video.pause();
    this.move(frames / frameRate);
  }

  toggleSound() {
    this.#video.muted = !this.#video.muted;
  }

  setVolume(volume) {
    this.#video.volume = Math.min(Math.max(0, volume), 1);
    this.#video.muted = false;
  }

  changeVolume(difference) {
    this.setVolume(this.#video.volume + difference);
  }

  toggleFullScreen() {
    return document.fullscreenElement ? document.exitFullscreen() : this.#stage.requestFullscreen();
  }

  togglePicture() {
    return document.pictureInPictureElement
      ? document.exitPictureInPicture()
      : this.#video.requestPictureInPicture();
  }

  #follow(page) {
    const { video, stage } = page;
    const on = (event, react) => video.addEventListener(event, react);
    on("play", () => {
      stage.classList.add("playing", "started");
      page.play.setAttribute("aria-label", "Pause");
      this.#wake();
    });
    on("pause", () => {
      stage.classList.remove("playing");
      page.play.setAttribute("aria-label", "Play");
      this.#wake();
    });
    on("volumechange", () => {
      const silent = video.muted || video.volume === 0;
      stage.classList.toggle("silent", silent);
      page.mute.setAttribute("aria-label", silent ? "Unmute" : "Mute");
      page.volume.value = video.muted ? 0 : video.volume;
    });
    on("timeupdate", () => (page.position.textContent = clock(video.currentTime)));
    page.volume.value = video.volume;
  }

  /** Show the controls; hide them again once nothing happens over a playing picture. */
  #wake() {
    clearTimeout(this.#idle);
    this.#stage.classList.remove("idle");
    if (!this.#video.paused) this.#idle = setTimeout(() => this.#stage.classList.add("idle"), IDLE_MS);
  }
}
