// What the page does in the browser: tell what was touched, drag, scroll, send photos, remember light or dark.
"use strict";

const modiste = {
  visit: "",

  // -- what was touched ------------------------------------------------------------------------------------------

  click(event, emit) {
    const touched = event.target.closest("[data-act]");
    if (!touched || touched.matches("input, select, textarea")) return;
    if (touched.dataset.act === "theme") return modiste.theme();
    emit(touched.dataset.act, touched.dataset.id || "", touched.dataset.value || "");
  },

  chosen(event, emit) {
    const touched = event.target;
    if (!touched.matches("select[data-act], input[data-act]") || touched.type === "file") return;
    emit(touched.dataset.act, touched.dataset.id || "", touched.value);
  },

  // -- dragging --------------------------------------------------------------------------------------------------

  drop(event, emit) {
    const onto = event.target.closest("[data-drop]");
    if (!onto) return;
    event.preventDefault();
    onto.classList.remove("over");
    const [file] = event.dataTransfer.files;
    if (file) return modiste.send(file, onto.dataset.drop);
    const id = event.dataTransfer.getData("text/plain");
    if (id) emit("drop", id, onto.dataset.drop);
  },

  // -- photos of the visitor's own -------------------------------------------------------------------------------

  async send(file, room) {
    if (!file) return;
    const answer = await fetch(`/visits/${modiste.visit}/${room}/photo`, { method: "POST", body: file });
    if (!answer.ok) modiste.complain(await modiste.reason(answer));
  },

  async reason(answer) {
    const text = await answer.text();
    try {
      return JSON.parse(text).detail || text;
    } catch {
      return (text.startsWith("<") ? "" : text) || `The server answered ${answer.status}; try again.`;
    }
  },

  complain(text) {
    const box = document.querySelector(".problem");
    if (!text) return box.replaceChildren();
    const paragraph = document.createElement("p");
    paragraph.textContent = text;
    const dismiss = document.createElement("button");
    dismiss.className = "button quiet";
    dismiss.textContent = "Dismiss";
    dismiss.onclick = () => box.replaceChildren();
    box.replaceChildren(paragraph, dismiss);
  },

  // -- the wall --------------------------------------------------------------------------------------------------

  // Which products are on the board, without loading the wall anew.
  mark(board) {
    for (const button of document.querySelectorAll(".card .add")) {
      const chosen = board.includes(button.dataset.id);
      const title = button.closest(".card").querySelector("h3").textContent;
      button.setAttribute("aria-pressed", chosen);
      button.ariaLabel = button.title = `${chosen ? "Take" : "Put"} ${title} ${chosen ? "off" : "on"} the outfit board`;
      button.querySelector("path").setAttribute("d", chosen ? "M5 12.5 10 17l9-10" : "M12 5v14M5 12h14");
    }
  },

  unsearch() {
    document.querySelector("input[type=search]").value = "";
  },

  // Another room is seen: from its top.
  arrive() {
    window.scrollTo({ top: 0 });
  },

  // -- light and dark --------------------------------------------------------------------------------------------

  theme(name) {
    const dark = matchMedia("(prefers-color-scheme: dark)").matches;
    const now = document.documentElement.dataset.theme || (dark ? "dark" : "light");
    const next = name || (now === "dark" ? "light" : "dark");
    document.documentElement.dataset.theme = next;
    localStorage.setItem("modiste-theme", next);
  },
};

if (localStorage.getItem("modiste-theme")) modiste.theme(localStorage.getItem("modiste-theme"));

document.addEventListener("dragstart", (event) => {
  const card = event.target.closest("[data-product]");
  if (card) event.dataTransfer.setData("text/plain", card.dataset.product);
});
for (const name of ["dragover", "dragleave"]) {
  document.addEventListener(name, (event) => {
    const onto = event.target.closest("[data-drop]");
    if (!onto) return;
    if (name === "dragover") event.preventDefault();
    onto.classList.toggle("over", name === "dragover");
  });
}

document.addEventListener("change", (event) => {
  if (event.target.matches("input[type=file][data-room]")) {
    modiste.send(event.target.files[0], event.target.dataset.room);
    event.target.value = "";
  }
});

// Back and forward bring back what the address says.
addEventListener("popstate", () => location.reload());

// More is loaded before the end is reached.
const nearing = new IntersectionObserver(
  (seen) => seen.filter((one) => one.isIntersecting).forEach((one) => one.target.click()),
  { rootMargin: "600px" },
);

// Content that is replaced takes the keyboard's place with it: whoever stood on a button stands on its successor.
let stood = null;
document.addEventListener("focusin", ({ target }) => {
  stood = target.dataset.act ? `[data-act="${target.dataset.act}"][data-id="${CSS.escape(target.dataset.id || "")}"]` : null;
});
new MutationObserver(() => {
  document.querySelectorAll("[data-more]:not([data-near])").forEach((button) => {
    button.dataset.near = "";
    nearing.observe(button);
  });
  if (stood && document.activeElement === document.body) document.querySelector(stood)?.focus({ preventScroll: true });
}).observe(document.documentElement, { childList: true, subtree: true });
