// What is known of a photo's pixels.

/** Each class's share of the pixels that are not ignored, 0 to 1. */
export function shares({ model, values }) {
  const counts = new Array(256).fill(0);
  for (const value of values) counts[value]++;
  const all = values.length - counts[model.ignore];
  return model.classes.map((c) => {
    let own = 0;
    for (let value = 0; value < 256; value++) {
      if (value !== model.ignore && holds(model, value, c.id)) own += counts[value];
    }
    return all === 0 ? 0 : own / all;
  });
}

/** Whether a mask's value says that a pixel is of a class. */
export function holds(model, value, id) {
  return model.overlap ? (value >> id & 1) === 1 : value === id;
}

/** Red, green, blue and alpha for each of a mask's values, hidden classes left out. */
export function palette(model, hidden) {
  const colors = new Uint8ClampedArray(256 * 4);
  for (let value = 0; value < 256; value++) {
    const shown = value === model.ignore ? [] : model.classes.filter((c) => holds(model, value, c.id) && !hidden.has(c.name));
    if (shown.length === 0) continue;
    for (const c of shown) {
      for (let k = 0; k < 3; k++) colors[4 * value + k] += parseInt(c.color.slice(1 + 2 * k, 3 + 2 * k), 16) / shown.length;
    }
    colors[4 * value + 3] = 255;
  }
  return colors;
}

/** What a pixel is, in words. */
export function describe(result, x, y) {
  const i = y * result.width + x, value = result.values[i];
  const names = value === result.model.ignore ? [] : result.model.classes.filter((c) => holds(result.model, value, c.id)).map((c) => c.name);
  const name = names.length > 0 ? names.join(" and ") : "nothing";
  if (!result.probability) return { name, more: "" };
  const percent = (share) => `${Math.round(share / 2.55)} %`;
  return { name, more: `, ${percent(result.probability[i])} sure, uncertainty ${percent(result.uncertainty[i])}` };
}
