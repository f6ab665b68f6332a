// Refine: the field of what should be different, and saying it aloud.
"use strict";

Object.assign(modiste, {
  LONGEST: 15_000, // milliseconds of a recording
  RATE: 16_000, // samples a second that recognisers want
  // How the browser's own recognition ends when it works but has nothing to tell. Whatever else goes wrong with it, a
  // recording may do; if the microphone is refused, that says so.
  SILENT: ["no-speech", "aborted"],

  // The words were taken: the field is free for the next turn.
  said() {
    const field = document.getElementById("refine-words");
    field.value = "";
    modiste.hearing(field, "");
    modiste.unsettle();
  },

  // What was complained of here, which the server knows nothing of, no longer holds.
  unsettle() {
    document.querySelector(".problem").replaceChildren();
  },

  hearing(field, text, pressed = false) {
    const button = document.querySelector(`[data-listen="${field.id}"]`);
    button.setAttribute("aria-pressed", pressed);
    button.ariaLabel = button.title = pressed ? "Stop listening" : "Say it";
    field.closest(".asking").nextElementSibling.textContent = text;
  },

  // -- listening -------------------------------------------------------------------------------------------------

  // What ends the listening that goes on, if any does.
  hush: null,
  // Whether the browser's own recognition has turned out not to work here.
  elsewhere: false,

  listen(field) {
    if (modiste.hush) return modiste.hush();
    modiste.unsettle();
    const Recognition = window.SpeechRecognition || window.webkitSpeechRecognition;
    if (!Recognition || modiste.elsewhere) return modiste.record(field);
    modiste.recognise(new Recognition(), field);
  },

  recognise(recognition, field) {
    let problem = "";
    let text = "";
    recognition.lang = "en-GB";
    recognition.onresult = ({ results }) => {
      text = Array.from(results, (result) => result[0].transcript).join(" ");
    };
    recognition.onerror = ({ error }) => {
      problem = error;
    };
    recognition.onend = () => {
      modiste.hush = null;
      modiste.elsewhere = problem !== "" && !modiste.SILENT.includes(problem);
      if (modiste.elsewhere) return modiste.record(field);
      modiste.understood(field, text);
    };
    modiste.hush = () => recognition.stop();
    modiste.hearing(field, "Listening… press to stop", true);
    setTimeout(() => recognition.stop(), modiste.LONGEST);
    recognition.start();
  },

  async record(field) {
    modiste.hush = () => {}; // until there is something to stop
    let stream;
    try {
      stream = await navigator.mediaDevices.getUserMedia({ audio: true });
    } catch {
      modiste.hush = null;
      return modiste.deaf(field);
    }
    const recorder = new MediaRecorder(stream);
    const parts = [];
    recorder.ondataavailable = ({ data }) => parts.push(data);
    recorder.onstop = async () => {
      stream.getTracks().forEach((track) => track.stop());
      modiste.hearing(field, "Writing it down…");
      await modiste.transcribe(field, new Blob(parts, { type: recorder.mimeType }));
      modiste.hush = null;
    };
    modiste.hush = () => {
      modiste.hush = () => {};
      recorder.stop();
    };
    setTimeout(() => recorder.state === "recording" && modiste.hush(), modiste.LONGEST);
    recorder.start();
    modiste.hearing(field, "Listening… press to stop", true);
  },

  async transcribe(field, recording) {
    const sound = await modiste.wav(recording).catch(() => null); // nothing can be made of a moment's recording
    if (!sound) return modiste.failed(field, "Nothing was recorded; say it again, or type it.");
    const slow = setTimeout(modiste.hearing, 4000, field, "Writing it down… the first time takes longer");
    const form = new FormData();
    form.append("audio", sound, "spoken.wav");
    try {
      const answer = await fetch("/v1/transcribe", { method: "POST", body: form });
      if (answer.ok) return modiste.understood(field, (await answer.json()).text);
      modiste.failed(field, await modiste.reason(answer));
    } catch {
      modiste.failed(field, "The recording could not be sent; try again, or type it.");
    } finally {
      clearTimeout(slow);
    }
  },

  // What was heard is shown, and used only when it is sent from the field.
  understood(field, text) {
    if (!text) return modiste.failed(field, "No words were understood; say it again, or type it.");
    field.value = text;
    field.focus();
    modiste.hearing(field, "Change it if it was misheard, then press Enter.");
  },

  deaf(field) {
    const why = window.isSecureContext
      ? "The microphone can't be used; allow it in the browser's settings for this page, or type it."
      : "Browsers allow the microphone on pages with https only; type it.";
    modiste.failed(field, why);
  },

  failed(field, text) {
    modiste.hearing(field, "");
    modiste.complain(text);
  },

  // -- a recording as a WAV file ---------------------------------------------------------------------------------

  async wav(recording) {
    const decoder = new AudioContext();
    const sound = await decoder.decodeAudioData(await recording.arrayBuffer());
    decoder.close();
    const context = new OfflineAudioContext(1, Math.max(1, Math.ceil(sound.duration * modiste.RATE)), modiste.RATE);
    const source = new AudioBufferSourceNode(context, { buffer: sound });
    source.connect(context.destination);
    source.start();
    const samples = (await context.startRendering()).getChannelData(0);
    return new Blob([modiste.header(samples.length), Int16Array.from(samples, modiste.whole)], { type: "audio/wav" });
  },

  whole: (sample) => Math.round(Math.max(-1, Math.min(1, sample)) * 32767),

  // Of one channel of whole numbers with two bytes each, little-endian as nearly every machine is.
  header(count) {
    const view = new DataView(new ArrayBuffer(44));
    const text = (at, letters) => [...letters].forEach((letter, n) => view.setUint8(at + n, letter.charCodeAt(0)));
    text(0, "RIFF");
    view.setUint32(4, 36 + 2 * count, true);
    text(8, "WAVEfmt ");
    view.setUint32(16, 16, true);
    view.setUint16(20, 1, true);
    view.setUint16(22, 1, true);
    view.setUint32(24, modiste.RATE, true);
    view.setUint32(28, 2 * modiste.RATE, true);
    view.setUint16(32, 2, true);
    view.setUint16(34, 16, true);
    text(36, "data");
    view.setUint32(40, 2 * count, true);
    return view.buffer;
  },
});

// Before the room hears of it, a button takes the words of its field along.
document.addEventListener(
  "click",
  (event) => {
    const go = event.target.closest("[data-from]");
    if (go) go.dataset.value = document.getElementById(go.dataset.from).value;
    const mic = event.target.closest("[data-listen]");
    if (mic) modiste.listen(document.getElementById(mic.dataset.listen));
  },
  true,
);

document.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.isComposing || !event.target.dataset.go) return;
  event.preventDefault();
  document.getElementById(event.target.dataset.go).click();
});
