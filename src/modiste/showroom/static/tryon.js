// The try-on room: the picture with its slider, the shelf's marks, and the camera.
"use strict";

Object.assign(modiste, {
  // Of pictures that are loaded the one that was asked for last is shown.
  picture: 0,

  figure() {
    return document.querySelector(".compare");
  },

  // Somebody else stands there.
  person(address, who) {
    const [was, is] = modiste.figure().querySelectorAll("img");
    modiste.figure().dataset.who = who;
    was.onload = () => modiste.figure().style.setProperty("--shape", was.naturalWidth / was.naturalHeight);
    was.src = is.src = address;
    was.alt = `${who}, before`;
    is.alt = "";
    is.hidden = true;
    was.hidden = false;
  },

  dressing() {
    modiste.picture += 1;
    modiste.figure().classList.add("busy");
    modiste.figure().setAttribute("aria-busy", "true");
  },

  undressed() {
    const figure = modiste.figure();
    figure.querySelector(".is").hidden = true;
    figure.querySelector("input").disabled = true;
    figure.dataset.dressed = "no";
    modiste.dressed("");
  },

  dressed(address) {
    const figure = modiste.figure();
    const turn = ++modiste.picture;
    const ready = () => {
      if (turn !== modiste.picture) return;
      figure.classList.remove("busy");
      figure.removeAttribute("aria-busy");
      if (!address) return;
      const is = figure.querySelector(".is");
      is.src = address;
      is.alt = `${figure.dataset.who}, dressed`;
      is.hidden = false;
      figure.querySelector("input").disabled = false;
      figure.dataset.dressed = "yes";
    };
    if (!address) return ready();
    const loaded = new Image();
    loaded.src = address;
    loaded.decode().then(ready, ready);
  },

  slide(input) {
    input.closest(".compare").style.setProperty("--share", `${input.value}%`);
    input.setAttribute("aria-valuetext", `${input.value} percent before`);
  },

  // Which pieces on the shelf are on the board.
  pieces(board) {
    for (const button of document.querySelectorAll(".piece")) {
      const chosen = board.includes(button.dataset.id);
      button.setAttribute("aria-pressed", chosen);
      button.querySelector("path").setAttribute("d", chosen ? "M5 12.5 10 17l9-10" : "M12 5v14M5 12h14");
    }
  },

  // -- the camera ------------------------------------------------------------------------------------------------

  async camera() {
    const dialog = document.querySelector("dialog.camera");
    const video = dialog.querySelector("video");
    if (!navigator.mediaDevices) return modiste.complain("This browser gives no camera here; upload a photo instead.");
    try {
      const size = { height: { ideal: 1280 }, facingMode: "user" };
      video.srcObject = await navigator.mediaDevices.getUserMedia({ video: size });
    } catch {
      return modiste.complain("The camera can't be used; allow it in the browser, or upload a photo instead.");
    }
    dialog.showModal();
  },

  async snap(button) {
    const dialog = button.closest("dialog");
    const video = dialog.querySelector("video");
    const label = button.querySelector("span");
    const told = label.textContent;
    for (let left = button.dataset.snap === "later" ? 5 : 0; left && dialog.open; left -= 1) {
      label.textContent = left;
      await new Promise((done) => setTimeout(done, 1000));
    }
    label.textContent = told;
    if (!dialog.open || !video.videoWidth) return;
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [video.videoWidth, video.videoHeight];
    canvas.getContext("2d").drawImage(video, 0, 0);
    dialog.close();
    canvas.toBlob((photo) => modiste.send(photo, "tryon"), "image/jpeg", 0.92);
  },
});

document.addEventListener("input", (event) => {
  if (event.target.matches(".compare input")) modiste.slide(event.target);
});
document.addEventListener("click", (event) => {
  const pressed = event.target.closest("[data-camera], [data-snap], [data-leave]");
  if (!pressed) return;
  if (pressed.matches("[data-camera]")) modiste.camera();
  else if (pressed.matches("[data-snap]")) modiste.snap(pressed);
  else pressed.closest("dialog").close();
});
document.addEventListener(
  "close",
  (event) => {
    if (!event.target.matches("dialog.camera")) return;
    const video = event.target.querySelector("video");
    video.srcObject?.getTracks().forEach((track) => track.stop());
    video.srcObject = null;
  },
  true,
);
