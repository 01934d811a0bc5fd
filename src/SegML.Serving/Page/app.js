// The page: photos on the left, what is known of them on the right.
import { Film } from "./film.js";
import { Legend } from "./legend.js";
import { Fault, ServerScorer } from "./server.js";
import { listen } from "./sources.js";
import { Stage } from "./stage.js";

// The longer side at which photos are looked at: what a screen shows, and an answer in a moment.
const LookSize = 1280;
// Photos whose results stay in memory.
const MostKept = 24;

const byId = (id) => document.getElementById(id);
const photos = [];
let models = [], current = null, turn = 0;

const config = await (await fetch("config.json")).json();
const scorer = config.browser ? new (await import("./browser.js")).BrowserScorer(config) : new ServerScorer(config.api, askForKey);
byId("promise").textContent = scorer.promise;
const stage = new Stage((share) => setWiper(share));
const legend = new Legend(() => stage.draw(view(), legend.hidden));
const film = new Film((frame) => look(current, frame));

await attempt(async () => {
  models = await scorer.models();
  fill(byId("model"), models.map((m) => m.name));
  offerOthers();
  byId("compare-field").hidden = models.length < 2;
});
listen((files) => add(files));
byId("model").addEventListener("change", () => {
  offerOthers();
  again();
});
byId("compare").addEventListener("change", () => again());
byId("opacity").addEventListener("input", () => setOpacity());
byId("wiper").addEventListener("input", (e) => stage.wipe(e.target.value / 100));
for (const radio of document.querySelectorAll("[name=view]")) {
  radio.addEventListener("change", () => {
    stage.draw(view(), legend.hidden);
    setOpacity();
  });
}
for (const button of document.querySelectorAll("[data-download]")) {
  button.addEventListener("click", () => attempt(() => download(button.dataset.download)));
}
document.body.dataset.ready = "true";

function add(files) {
  if (files.length === 0) {
    tell("None of these files is a photo or a video.");
    return;
  }
  const first = photos.length;
  for (const file of files) photos.push({ name: file.name, file, isFilm: file.type.startsWith("video/"), url: URL.createObjectURL(file), results: new Map() });
  drawStrip();
  select(photos[first]);
}

async function select(photo) {
  current = photo;
  turn++;
  byId("welcome").hidden = true;
  drawStrip();
  await attempt(async () => {
    await film.open(photo.isFilm ? photo.file : null);
    if (!photo.isFilm) await look(photo, photo.file);
  }, photo);
}

/** Shows a photo, or a video's frame, and what the models see in it. */
async function look(photo, blob) {
  const mine = ++turn;
  tell(null);
  await attempt(async () => {
    const bitmap = await createImageBitmap(blob).catch(() => { throw new Fault(`${photo.name} is not a picture that this browser can show.`); });
    if (mine !== turn) return;
    const scale = Math.min(1, LookSize / Math.max(bitmap.width, bitmap.height));
    const chosen = [byId("model").value, byId("compare").value].filter(Boolean).map((name) => models.find((m) => m.name === name));
    const known = !photo.isFilm && chosen.every((m) => photo.results.has(m.name));
    if (!photo.isFilm || !stageIsOf(photo)) stage.show(bitmap, Math.round(bitmap.width * scale), Math.round(bitmap.height * scale), photo.name);
    byId("busy").hidden = known || photo.isFilm;
    const results = await Promise.all(chosen.map(async (model) => {
      const result = (!photo.isFilm && photo.results.get(model.name)) || await scorer.score(blob, model, LookSize);
      if (!photo.isFilm) photo.results.set(model.name, result);
      return result;
    }));
    if (mine !== turn) return;
    if (photo.isFilm) stage.show(bitmap, Math.round(bitmap.width * scale), Math.round(bitmap.height * scale), photo.name);
    byId("stage").dataset.photo = photo.url;
    photo.blob = blob;
    show(results[0], results[1] ?? null);
    forget();
  }, photo);
  if (mine === turn) byId("busy").hidden = true;
}

function show(left, right) {
  stage.results(left, right);
  legend.show(left, right);
  byId("panel").hidden = false;
  document.querySelector("main").classList.add("open");
  for (const part of document.querySelectorAll(".of-scores")) part.hidden = !left.uncertainty;
  for (const part of document.querySelectorAll("[data-download]")) part.hidden = !scorer.outputs.includes(part.dataset.download) || (part.classList.contains("of-instances") && left.model.overlap);
  if (!left.uncertainty && view() === "uncertainty") document.querySelector("[value=overlay]").checked = true;
  byId("wiper-field").hidden = !right;
  [byId("wiper-left").textContent, byId("wiper-right").textContent] = [left.model.name, right?.model.name ?? ""];
  stage.wipe(byId("wiper").value / 100);
  setOpacity();
  current.fault = false;
  drawStrip();
}

function again() {
  if (current) attempt(() => look(current, current.isFilm ? current.blob : current.file), current);
}

async function download(output) {
  const model = models.find((m) => m.name === byId("model").value);
  const stem = current.name.replace(/\.[^.]*$/, "");
  const blob = output === "overlay" ? await stage.picture(byId("opacity").value / 100) : await scorer.download(current.blob, model, output, current.name, current.results.get(model.name));
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = { mask: `${stem}.png`, overlay: `${stem}.overlay.png`, coco: `${stem}.coco.json`, labelme: `${stem}.json` }[output];
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
}

function drawStrip() {
  byId("strip").replaceChildren(...(photos.length > 1 ? photos : []).map((photo) => {
    const item = document.createElement("li"), button = document.createElement("button"), name = document.createElement("span");
    button.type = "button";
    name.textContent = photo.name;
    button.title = photo.name;
    if (photo.fault) button.className = "fault";
    button.setAttribute("aria-current", String(photo === current));
    button.addEventListener("click", () => select(photo));
    if (!photo.isFilm) {
      const image = document.createElement("img");
      image.loading = "lazy";
      image.decoding = "async";
      image.alt = "";
      image.src = photo.url;
      button.append(image);
    }
    button.append(name);
    item.append(button);
    return item;
  }));
}

function stageIsOf(photo) {
  return byId("stage").dataset.photo === photo.url;
}

function forget() {
  const kept = photos.filter((p) => p.results.size > 0);
  for (const photo of kept.slice(0, Math.max(0, kept.length - MostKept))) {
    if (photo !== current) photo.results.clear();
  }
}

function setOpacity() {
  const percent = byId("opacity").value;
  byId("opacity-value").textContent = `${percent} %`;
  stage.opacity(percent / 100);
}

function setWiper(share) {
  byId("wiper").value = 100 * share;
  stage.wipe(share);
}

function view() {
  return document.querySelector("[name=view]:checked").value;
}

/** The models to compare with: all but the one that is chosen. */
function offerOthers() {
  const select = byId("compare"), before = select.value, own = byId("model").value;
  fill(select, models.map((m) => m.name).filter((name) => name !== own), select.options[0]);
  select.value = before === own ? "" : before;
}

function fill(select, names, ...before) {
  select.replaceChildren(...before, ...names.map((name) => new Option(name, name)));
}

/** Does something, and says what went wrong where it did not go. */
async function attempt(action, photo) {
  try {
    await action();
  } catch (e) {
    if (photo && photo !== current) return;
    byId("busy").hidden = true;
    if (photo) {
      photo.fault = true;
      drawStrip();
    }
    tell(e instanceof Fault ? e.message : `Something went wrong: ${e.message}`);
    if (!(e instanceof Fault)) console.error(e);
  }
}

function tell(problem) {
  byId("problem").hidden = !problem;
  byId("problem").textContent = problem ?? "";
}

/** Opens the dialog for a key; again: one was given, and it was not right. */
function askForKey(again) {
  const dialog = byId("key");
  byId("key-fault").hidden = !again;
  byId("key-value").value = "";
  dialog.showModal();
  return new Promise((done) => dialog.addEventListener("close", () => done(byId("key-value").value), { once: true }));
}
