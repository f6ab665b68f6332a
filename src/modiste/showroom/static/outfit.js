// The outfit board: its link, its picture, and the way back to it.
Object.assign(modiste, {
  // The link goes into the clipboard; where that is refused, into a field from which it can be copied.
  async share(button) {
    const link = new URL(button.dataset.value, location).href;
    const told = document.querySelector(".outfit .copied");
    try {
      await navigator.clipboard.writeText(link);
      told.textContent = "The link is copied; whoever opens it sees this outfit.";
    } catch {
      const field = Object.assign(document.createElement("input"), { className: "field", readOnly: true, value: link });
      field.ariaLabel = "The link to this outfit; copy it from here";
      told.replaceChildren(field);
      field.select();
    }
  },

  save(address, name) {
    Object.assign(document.createElement("a"), { href: address, download: name }).click();
  },

  // What was put on the board is seen there.
  board() {
    const place = document.querySelector(".outfit .flat").getBoundingClientRect();
    if (place.bottom < 120) document.querySelector(".outfit .lay").scrollIntoView({ behavior: "smooth" });
  },
});

document.addEventListener("click", (event) => {
  const button = event.target.closest(".outfit [data-act=share]");
  if (button) modiste.share(button);
});
