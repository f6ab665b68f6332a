// Words are heard as they are typed, once the typist takes a breath.
Object.assign(modiste, {
  breath: 250, // milliseconds

  write(id, text) {
    document.getElementById(id).value = text;
  },
});

let typing = 0;
document.addEventListener("input", ({ target }) => {
  if (!target.matches("[data-live]")) return;
  clearTimeout(typing);
  typing = setTimeout(() => target.dispatchEvent(new Event("change", { bubbles: true })), modiste.breath);
});
