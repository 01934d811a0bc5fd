// A video: frames are scored as it plays, as fast as the answers come, and the one that was scored is the one that is seen.
import { frame } from "./sources.js";

const byId = (id) => document.getElementById(id);

export class Film {
  #video = null;
  #show;
  #playing = false;

  constructor(show) {
    this.#show = show;
    byId("play").addEventListener("click", () => this.#playing ? this.pause() : this.#play());
    byId("time").addEventListener("input", (e) => {
      this.pause();
      if (this.#video) this.#video.currentTime = e.target.value * this.#video.duration;
    });
  }

  /** Opens a video at its beginning; null: closes it. */
  async open(file) {
    this.pause();
    if (this.#video) URL.revokeObjectURL(this.#video.src);
    byId("film").hidden = !file;
    this.#video = null;
    if (!file) return;
    const video = document.createElement("video");
    video.muted = true;
    video.playsInline = true;
    video.src = URL.createObjectURL(file);
    await new Promise((done, fail) => {
      video.onloadeddata = done;
      video.onerror = () => fail(new Error("This browser cannot play the video."));
    });
    // In Chromium a video that was loaded is black to a canvas until a seek has ended.
    await new Promise((done) => {
      video.onseeked = done;
      video.currentTime = 0;
    });
    this.#video = video;
    video.onseeked = () => this.#look();
    await this.#look();
  }

  pause() {
    this.#playing = false;
    this.#video?.pause();
    byId("play").textContent = "Play";
  }

  async #play() {
    const video = this.#video;
    this.#playing = true;
    byId("play").textContent = "Pause";
    await video.play();
    while (this.#playing && this.#video === video && !video.ended) await this.#look();
    if (this.#video === video) this.pause();
  }

  async #look() {
    const video = this.#video;
    if (!video) return;
    byId("time").value = video.currentTime / video.duration || 0;
    await this.#show(await frame(video));
  }
}
