// The photo and what lies over it. Opacity and the wiper are the browser's own: moving them draws nothing again.
import { describe, palette } from "./result.js";

const byId = (id) => document.getElementById(id);

export class Stage {
  #stage = byId("stage");
  #photo = byId("photo");
  #layers = [byId("left"), byId("right")];
  #results = [null, null];
  #cross = null;
  #view = "overlay";
  #hidden = new Set();

  constructor(onWipe) {
    this.#stage.addEventListener("pointermove", (e) => {
      if (e.buttons === 1 && this.comparing) onWipe(this.#share(e));
      this.#tell(...this.#at(e), false);
    });
    this.#stage.addEventListener("pointerdown", (e) => {
      if (this.comparing) onWipe(this.#share(e));
      this.#tell(...this.#at(e), false);
    });
    this.#stage.addEventListener("pointerleave", () => this.#untell());
    this.#stage.addEventListener("blur", () => this.#untell());
    this.#stage.addEventListener("keydown", (e) => {
      const step = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[e.key];
      if (!step || !this.#results[0]) return;
      e.preventDefault();
      const { width, height } = this.#results[0];
      const far = Math.max(1, Math.round(Math.max(width, height) / (e.shiftKey ? 12 : 60)));
      const [x, y] = this.#cross ?? [width >> 1, height >> 1];
      const inside = (value, size) => Math.min(size - 1, Math.max(0, value));
      this.#tell(inside(x + far * step[0], width), inside(y + far * step[1], height), true);
    });
  }

  get comparing() { return this.#results[1] !== null; }

  /** The photo, with nothing over it yet. */
  show(bitmap, width, height, name) {
    this.#stage.hidden = false;
    [this.#photo.width, this.#photo.height] = [width, height];
    this.#stage.style.setProperty("--ratio", width / height);
    this.#stage.style.setProperty("--width", width);
    const context = this.#photo.getContext("2d");
    context.imageSmoothingQuality = "high";
    context.drawImage(bitmap, 0, 0, width, height);
    this.#photo.setAttribute("aria-label", name);
    this.#cross = null;
    this.results(null, null);
  }

  /** What lies over it: one model's result, or two side by side. */
  results(left, right) {
    this.#results = [left, right];
    byId("divider").hidden = !right;
    this.draw(this.#view, this.#hidden);
    this.#untell();
  }

  opacity(share) {
    for (const layer of this.#layers) layer.style.opacity = this.#view === "overlay" || this.#view === "uncertainty" ? share : 1;
  }

  wipe(share) {
    const both = this.comparing;
    this.#layers[0].style.clipPath = both ? `inset(0 ${100 - 100 * share}% 0 0)` : "";
    this.#layers[1].style.clipPath = both ? `inset(0 0 0 ${100 * share}%)` : "";
    byId("divider").style.left = `${100 * share}%`;
  }

  draw(view, hidden) {
    [this.#view, this.#hidden] = [view, hidden];
    this.#layers.forEach((layer, i) => {
      const result = this.#results[i];
      layer.hidden = !result || view === "photo";
      if (layer.hidden) return;
      [layer.width, layer.height] = [result.width, result.height];
      layer.getContext("2d").putImageData(paint(result, view, hidden), 0, 0);
    });
  }

  /** The picture as it is seen, as a PNG. */
  async picture(opacity) {
    const canvas = new OffscreenCanvas(this.#photo.width, this.#photo.height);
    const context = canvas.getContext("2d");
    context.drawImage(this.#photo, 0, 0);
    context.globalAlpha = opacity;
    context.drawImage(this.#layers[0], 0, 0, canvas.width, canvas.height);
    return canvas.convertToBlob({ type: "image/png" });
  }

  #share(e) {
    const box = this.#stage.getBoundingClientRect();
    return Math.min(1, Math.max(0, (e.clientX - box.left) / box.width));
  }

  #at(e) {
    const box = this.#photo.getBoundingClientRect(), { width, height } = this.#photo;
    const inside = (value, size) => Math.min(size - 1, Math.max(0, Math.floor(value)));
    return [inside((e.clientX - box.left) / box.width * width, width), inside((e.clientY - box.top) / box.height * height, height)];
  }

  #tell(x, y, byKey) {
    const [left, right] = this.#results;
    if (!left) return;
    this.#cross = [x, y];
    const cross = byId("cross");
    cross.hidden = !byKey;
    cross.style.left = `${100 * (x + 0.5) / this.#photo.width}%`;
    cross.style.top = `${100 * (y + 0.5) / this.#photo.height}%`;
    const readout = byId("readout");
    readout.replaceChildren();
    for (const result of right ? [left, right] : [left]) {
      if (readout.firstChild) readout.append(" · ");
      if (right) readout.append(`${result.model.name}: `);
      const { name, more } = describe(result, Math.floor(x * result.width / this.#photo.width), Math.floor(y * result.height / this.#photo.height));
      const strong = document.createElement("b");
      strong.textContent = name;
      readout.append(strong, more);
    }
    // A screen reader is told what keys reach, not every pixel under a moving mouse.
    readout.setAttribute("aria-live", byKey ? "polite" : "off");
  }

  #untell() {
    byId("cross").hidden = true;
    byId("readout").textContent = this.#results[0] ? "Point at the photo to see a pixel's class." : "\u00a0";
  }
}

function paint(result, view, hidden) {
  const image = new ImageData(result.width, result.height);
  const to = new Uint32Array(image.data.buffer);
  if (view === "uncertainty" && result.uncertainty) {
    const heat = new Uint32Array(heatColors().buffer);
    for (let i = 0; i < to.length; i++) to[i] = heat[result.uncertainty[i]];
    return image;
  }
  const colors = new Uint32Array(palette(result.model, hidden).buffer);
  for (let i = 0; i < to.length; i++) to[i] = colors[result.values[i]];
  return image;
}

// From dark violet, where one class is certain, over orange to yellow, where it could be any.
function heatColors() {
  const stops = [[13, 8, 60], [120, 20, 110], [220, 70, 60], [250, 160, 40], [252, 250, 160]];
  const colors = new Uint8ClampedArray(256 * 4);
  for (let i = 0; i < 256; i++) {
    const at = Math.min(3, Math.floor(i / 64)), share = i / 64 - at;
    for (let k = 0; k < 3; k++) colors[4 * i + k] = stops[at][k] + share * (stops[at + 1][k] - stops[at][k]);
    colors[4 * i + 3] = 255;
  }
  return colors;
}
