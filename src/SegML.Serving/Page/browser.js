// Scores photos in the browser itself with onnxruntime-web: no photo leaves this computer. The model holds its own pre- and postprocessing. It runs on the
// graphics processor where the browser gives one (WebGPU) and where it says of a first photo what the processor says, else on the processor (WASM).
import { indexedPng } from "./png.js";
import { Fault } from "./server.js";

export class BrowserScorer {
  #config;
  #runtime = null;
  #gpu = false;
  #sessions = new Map();
  #checked = new Set();
  #last = Promise.resolve();

  constructor(config) {
    this.#config = config;
  }

  get promise() { return "They stay in this browser."; }

  get outputs() { return ["mask", "overlay"]; }

  async models() {
    return this.#config.models;
  }

  async score(photo, model, size) {
    const bitmap = await createImageBitmap(photo, { colorSpaceConversion: "none" });
    const scale = Math.min(1, size / Math.max(bitmap.width, bitmap.height));
    const width = Math.max(1, Math.round(bitmap.width * scale)), height = Math.max(1, Math.round(bitmap.height * scale));
    const context = new OffscreenCanvas(width, height).getContext("2d", { willReadFrequently: true });
    context.imageSmoothingQuality = "high";
    context.drawImage(bitmap, 0, 0, width, height);
    bitmap.close();
    const pixels = context.getImageData(0, 0, width, height).data;
    const rgb = new Uint8Array(width * height * 3);
    for (let from = 0, to = 0; from < pixels.length; from += 4) {
      rgb[to++] = pixels[from];
      rgb[to++] = pixels[from + 1];
      rgb[to++] = pixels[from + 2];
    }
    const mask = await this.#run(model, rgb, [1, height, width, 3]);
    return { model, width, height, values: mask, probability: null, uncertainty: null };
  }

  async download(photo, model) {
    const { values, width, height } = await this.score(photo, model, Infinity);
    return indexedPng(values, width, height, model);
  }

  /** One photo after the other: runs at the same time would have to share the graphics processor's memory. */
  #run(model, rgb, shape) {
    return this.#last = this.#last.catch(() => {}).then(async () => {
      await this.#start();
      try {
        return await this.#once(model, rgb, shape);
      } catch (e) {
        if (!this.#gpu) throw e;
        // A driver that cannot do what it promised, memory that it does not have.
        console.warn(`WebGPU failed, the processor goes on: ${e.message}`);
        this.#config.gpu = false;
        this.#runtime = null;
        this.#sessions.clear();
        await this.#start();
        return this.#once(model, rgb, shape);
      }
    });
  }

  async #once(model, rgb, shape) {
    const mask = await this.#mask(await this.#session(model), rgb, shape);
    if (this.#gpu && !this.#checked.has(model.name)) {
      const processor = await this.#create(model, ["wasm"]);
      const expected = await this.#mask(processor, rgb, shape);
      await processor.release?.();
      const same = expected.reduce((count, value, i) => count + (value === mask[i]), 0);
      if (same < 0.999 * expected.length) throw new Error(`it gives ${expected.length - same} of ${expected.length} pixels another class than the processor`);
      this.#checked.add(model.name);
    }
    return mask;
  }

  async #mask(session, rgb, shape) {
    const { mask } = await session.run({ image: new this.#runtime.Tensor("uint8", rgb, shape) });
    return mask.data;
  }

  async #start() {
    if (this.#runtime) return;
    this.#gpu = Boolean(this.#config.gpu && await navigator.gpu?.requestAdapter().catch(() => null));
    const file = this.#gpu ? "./ort/ort.webgpu.min.mjs" : "./ort/ort.wasm.min.mjs";
    this.#runtime = await import(file).catch(() => { throw new Fault("onnxruntime-web is not in the folder ort beside this page."); });
    this.#runtime.env.wasm.wasmPaths = new URL("./ort/", import.meta.url).href;
    // Threads need a page of its own, which the server says with two headers; a plain web server does not.
    this.#runtime.env.wasm.numThreads = globalThis.crossOriginIsolated ? Math.min(4, navigator.hardwareConcurrency) : 1;
    document.body.dataset.runsOn = this.#gpu ? "webgpu" : "wasm";
  }

  #session(model) {
    if (!this.#sessions.has(model.name)) {
      this.#sessions.set(model.name, this.#create(model, this.#gpu ? ["webgpu", "wasm"] : ["wasm"]));
    }
    return this.#sessions.get(model.name);
  }

  #create(model, executionProviders) {
    return this.#runtime.InferenceSession.create(new URL(model.file, import.meta.url).href, { executionProviders });
  }
}
