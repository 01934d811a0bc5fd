// Scores photos by asking the server that this page came from.

/** A fault to show as it is. */
export class Fault extends Error {}

export class ServerScorer {
  #api;
  #askForKey;
  #key = sessionStorage.getItem("segml-key");
  #asking = null;

  constructor(api, askForKey) {
    this.#api = api;
    this.#askForKey = askForKey;
  }

  get promise() { return "They go to this server and nowhere else."; }

  get outputs() { return ["mask", "overlay", "coco", "labelme"]; }

  async models() {
    return (await this.#fetch("models")).json();
  }

  /** Values, probabilities and uncertainty of every pixel; photos larger than this many pixels a side are looked at smaller. */
  async score(photo, model, size) {
    const answer = await this.#fetch(`models/${encodeURIComponent(model.name)}/segment?output=planes&size=${size}`, photo);
    return unpack(await answer.blob(), model);
  }

  /** An output of the photo at its own size. */
  async download(photo, model, output, name) {
    const form = new FormData();
    form.append("image", photo, name);
    return (await this.#fetch(`models/${encodeURIComponent(model.name)}/segment?output=${output}`, form)).blob();
  }

  async #fetch(path, body) {
    for (let attempt = 0; ; attempt++) {
      let answer;
      try {
        answer = await fetch(`${this.#api}/${path}`, {
          method: body ? "POST" : "GET",
          body,
          headers: { ...(this.#key ? { "X-Api-Key": this.#key } : {}), ...(body instanceof Blob ? { "Content-Type": body.type.startsWith("image/") ? body.type : "application/octet-stream" } : {}) },
        });
      } catch {
        throw new Fault("The server does not answer. Is it still running?");
      }
      if (answer.ok) return answer;
      if (answer.status === 429 && attempt < 20) {
        await new Promise((go) => setTimeout(go, 1000 * Number(answer.headers.get("Retry-After") ?? 1)));
        continue;
      }
      if (answer.status === 401 && attempt < 5) {
        // Requests at the same time ask once.
        this.#asking ??= this.#askForKey(attempt > 0).finally(() => { this.#asking = null; });
        this.#key = await this.#asking;
        sessionStorage.setItem("segml-key", this.#key);
        continue;
      }
      throw new Fault((await answer.json().catch(() => ({}))).detail ?? `The server answers ${answer.status}.`);
    }
  }
}

// Red is the value, green the probability of the pixel's class, blue its uncertainty.
async function unpack(png, model) {
  const bitmap = await createImageBitmap(png, { colorSpaceConversion: "none", premultiplyAlpha: "none" });
  const { width, height } = bitmap;
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.drawImage(bitmap, 0, 0);
  bitmap.close();
  const pixels = context.getImageData(0, 0, width, height).data;
  const result = { model, width, height, values: new Uint8Array(width * height), probability: null, uncertainty: null };
  const known = model.outputs.includes("uncertainty");
  if (known) {
    result.probability = new Uint8Array(width * height);
    result.uncertainty = new Uint8Array(width * height);
  }
  for (let i = 0; i < result.values.length; i++) {
    result.values[i] = pixels[4 * i];
    if (known) {
      result.probability[i] = pixels[4 * i + 1];
      result.uncertainty[i] = pixels[4 * i + 2];
    }
  }
  return result;
}
