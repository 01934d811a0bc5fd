// The classes with their colours and shares; a box for each shows or hides it.
import { shares } from "./result.js";

export class Legend {
  #list = document.getElementById("legend");
  #hidden = new Set();

  constructor(onChange) {
    this.#list.addEventListener("change", (e) => {
      e.target.checked ? this.#hidden.delete(e.target.value) : this.#hidden.add(e.target.value);
      onChange();
    });
    for (const [id, shown] of [["all", true], ["none", false]]) {
      document.getElementById(id).addEventListener("click", () => {
        for (const box of this.#list.querySelectorAll("input")) {
          box.checked = shown;
          shown ? this.#hidden.delete(box.value) : this.#hidden.add(box.value);
        }
        onChange();
      });
    }
  }

  /** Names of the classes that are not to be seen. */
  get hidden() { return this.#hidden; }

  /** Lists the classes of one result, or of two with both shares; most of the picture first. */
  show(left, right) {
    const of = (result) => new Map(result ? result.model.classes.map((c, i) => [c.name, { ...c, share: shares(result)[i] }]) : []);
    const [a, b] = [of(left), of(right)];
    const classes = [...new Map([...b, ...a]).values()]
      .map((c) => ({ ...c, a: a.get(c.name)?.share, b: b.get(c.name)?.share }))
      .sort((x, y) => Math.max(y.a ?? 0, y.b ?? 0) - Math.max(x.a ?? 0, x.b ?? 0));
    this.#list.replaceChildren(...classes.map((c) => this.#row(c, right !== null)));
  }

  #row(c, two) {
    const row = document.createElement("li"), label = document.createElement("label"), box = document.createElement("input");
    box.type = "checkbox";
    box.value = c.name;
    box.checked = !this.#hidden.has(c.name);
    const swatch = document.createElement("i");
    swatch.style.background = c.color;
    const name = document.createElement("span");
    name.className = "name";
    name.textContent = c.name;
    const share = document.createElement("span");
    share.className = "share";
    share.textContent = two ? `${percent(c.a)} / ${percent(c.b)}` : percent(c.a);
    label.append(box, swatch, name, share);
    row.append(label);
    row.classList.toggle("absent", !(c.a > 0 || c.b > 0));
    return row;
  }
}

const percent = (share) => share === undefined ? "–" : `${(100 * share).toFixed(share > 0 && share < 0.0995 ? 1 : 0)} %`;
