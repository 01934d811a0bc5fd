// Where photos come from: dropped, chosen, pasted, from the camera.

const byId = (id) => document.getElementById(id);
const isMedia = (file) => /^(image|video)\//.test(file.type) || /\.(jpe?g|png|webp|bmp|gif|tiff?|mp4|webm|mov|mkv)$/i.test(file.name);

/** Calls back with files, whatever way they come. */
export function listen(onFiles) {
  const take = (files) => {
    const media = [...files].filter(isMedia);
    if (media.length > 0 || files.length > 0) onFiles(media);
  };
  const picker = (button, input) => {
    byId(button).addEventListener("click", () => byId(input).click());
    byId(input).addEventListener("change", (e) => {
      take(e.target.files);
      e.target.value = "";
    });
  };
  picker("open", "files");
  picker("open-folder", "folder");
  byId("welcome").addEventListener("click", () => byId("files").click());
  byId("capture").addEventListener("change", (e) => take(e.target.files));
  byId("open-camera").addEventListener("click", () => openCamera(take));
  addEventListener("paste", (e) => {
    if (e.clipboardData.files.length > 0) take(e.clipboardData.files);
  });

  let depth = 0;
  const over = (change) => {
    depth = Math.max(0, depth + change);
    document.body.classList.toggle("dropping", depth > 0);
  };
  addEventListener("dragenter", (e) => { e.preventDefault(); over(1); });
  addEventListener("dragleave", () => over(-1));
  addEventListener("dragover", (e) => e.preventDefault());
  addEventListener("drop", async (e) => {
    e.preventDefault();
    over(-depth);
    take(await dropped(e.dataTransfer));
  });
}

// Folders are gone through; what they hold is theirs in order of names.
async function dropped(transfer) {
  const entries = [...transfer.items].map((i) => i.webkitGetAsEntry?.()).filter(Boolean);
  if (entries.length === 0) return [...transfer.files];
  const files = [];
  const walk = async (entry) => {
    if (entry.isFile) {
      files.push(await new Promise((done, fail) => entry.file(done, fail)));
      return;
    }
    const reader = entry.createReader();
    const children = [];
    for (let part; (part = await new Promise((done, fail) => reader.readEntries(done, fail))).length > 0;) children.push(...part);
    children.sort((a, b) => a.name.localeCompare(b.name, undefined, { numeric: true }));
    for (const child of children) await walk(child);
  };
  for (const entry of entries) await walk(entry);
  return files;
}

// A page that is not on this computer and not under https gets no camera from the browser; a phone's own camera app does as well.
async function openCamera(take) {
  let stream;
  try {
    stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment", width: { ideal: 1920 } } });
  } catch {
    byId("capture").click();
    return;
  }
  const dialog = byId("camera"), finder = byId("viewfinder");
  // There is nothing to take before the first picture.
  byId("shoot").disabled = true;
  finder.onloadeddata = () => { byId("shoot").disabled = false; };
  finder.srcObject = stream;
  byId("shoot").onclick = async () => {
    take([new File([await frame(finder)], `camera ${new Date().toLocaleTimeString()}.jpg`, { type: "image/jpeg" })]);
    dialog.close();
  };
  dialog.addEventListener("close", () => stream.getTracks().forEach((t) => t.stop()), { once: true });
  dialog.showModal();
}

/** What a video shows now, as a JPEG. */
export async function frame(video) {
  const canvas = new OffscreenCanvas(video.videoWidth, video.videoHeight);
  canvas.getContext("2d").drawImage(video, 0, 0);
  return canvas.convertToBlob({ type: "image/jpeg", quality: 0.92 });
}
