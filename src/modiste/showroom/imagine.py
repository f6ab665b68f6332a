"""The imagine room: a picture that grows with the words as one types, and the products that are like it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from markupsafe import Markup
from nicegui import ui
from PIL import Image

from modiste.images import made_png
from modiste.shop.imagine import weights_for
from modiste.showroom.markup import button, cards, made
from modiste.showroom.markup import notes as told_notes
from modiste.showroom.state import SEED, State
from modiste.showroom.visit import Act, Visit, heard

if TYPE_CHECKING:
    from modiste.imagine.pipeline import Frame
    from modiste.shop import Imagined

FOUND = 12
"""Products under the picture."""
EXAMPLES = (
    "women's black pants petite capri",
    "men's light denim jeans",
    "women's red striped shorts",
    "men's navy pants",
)
"""That one click writes."""


class Imagine:
    """The room where a product is described that may not exist."""

    def __init__(self, visit: Visit) -> None:
        self.visit = visit
        self.by = weights_for(visit.service.shop.index.identity.encoder)
        self._seen: tuple[str, int] | None = None
        self._last: bytes = b""
        """The last picture's file."""

    def build(self) -> None:
        """The words, the strip of pictures, and what was found."""
        self.words = heard(ui.html(_words(self.visit.state.words), sanitize=False).classes("saying"), self.act)
        self.strip = heard(ui.html("", sanitize=False).classes("strip"), self.act)
        self.found = heard(ui.html("", sanitize=False).classes("found"), self.act)

    async def show(self) -> None:
        """Draw the words, if others are asked for than those that are seen."""
        state = self.visit.state
        asked = (state.words, state.seed)
        if asked == self._seen:
            self.visit.run(f"modiste.mark({json.dumps(state.board)})")
            return
        with self.visit.explaining():
            if not state.words:
                self._seen = asked
                self.found.set_content("")
                self.strip.set_content(_invitation(await self.visit.call(self._examples), self.by))
                return
            shop = self.visit.service.shop
            k = min(FOUND, len(shop))
            answer: Imagined = await self.visit.call(shop.imagine, state.words, seed=state.seed, k=k)
            if asked != (self.visit.state.words, self.visit.state.seed):
                return
            self._seen = asked
            self._draw(answer, state)

    async def act(self, act: Act) -> None:
        """Words, another picture of them, or where to go with it."""
        match act.name:
            case "words":
                await self.visit.change(words=act.value.strip())
            case "example":
                self.visit.run(f"modiste.write('words', {json.dumps(act.id)})")
                await self.visit.change(words=act.id)
            case "another":
                await self.visit.change(seed=self.visit.state.seed + 1)
            case "refine" if self._last:
                await self.visit.rooms["refine"].take(self._last)
            case "open":
                await self.visit.change(open=act.id)
            case "board":
                await self.visit.board(act.id)

    async def take(self, photo: bytes) -> None:
        """Photos aren't taken here."""

    def _examples(self) -> dict[str, str]:
        """A picture's address for each example."""
        from modiste.imagine import imagine

        drawn = {text: imagine(text, seed=SEED, weights=self.visit.service.shop.imaginer).last[0] for text in EXAMPLES}
        files = {text: made_png(Image.fromarray(pixels), self.by) for text, pixels in drawn.items()}
        return {text: self.visit.publish(f"example-{number}", files[text]) for number, text in enumerate(files)}

    def _draw(self, answer: Imagined, state: State) -> None:
        frames = answer.strip.frames
        files = [made_png(Image.fromarray(one.pictures[0]), self.by) for one in frames]
        self._last = files[-1]
        addresses = [self.visit.publish(f"imagined-{number}", file) for number, file in enumerate(files)]
        self.strip.set_content(_strip(frames, addresses, answer.strip.notes, self.by, "refine" in self.visit.rooms))
        heading = Markup("<h3>In the shop</h3>") if answer.hits else Markup("")
        self.found.set_content(heading + Markup('<div class="grid">{}</div>').format(cards(answer.hits, state.board)))
        self.visit.say(f"{len(frames)} pictures, and {len(answer.hits)} products that are like the last one")


def _words(text: str) -> str:
    """The field that is written in."""
    template = (
        '<h2>Say what you have in mind</h2><label class="unseen" for="words">A garment, word by word</label>'
        '<input class="field" id="words" name="words" data-act="words" data-live value="{}" maxlength="500"'
        ' autocomplete="off" spellcheck="false" placeholder="women\'s black pants…">'
    )
    return Markup(template).format(text)


def _invitation(addresses: Mapping[str, str], by: str) -> str:
    """What is seen before a word is said: examples, by their pictures."""
    template = (
        '<button type="button" class="example" data-act="example" data-id="{0}">'
        '<img src="{1}" alt="" width="96" height="128"><span>{0}</span></button>'
    )
    shown = Markup("").join(Markup(template).format(text, address) for text, address in addresses.items())
    return Markup('<div class="examples">{}</div>{}').format(shown, made(by))


def _strip(frames: Sequence[Frame], addresses: Sequence[str], notes: Sequence[str], by: str, refines: bool) -> str:
    """A picture for every word, the last one large with what can be done with it."""
    cells = [
        Markup(
            '<li><figure><img src="{}" alt="{}" width="96" height="128"><figcaption>{}</figcaption></figure></li>'
        ).format(address, f"Drawn: {frame.text or 'any garment'}", frame.word or "anything")
        for frame, address in zip(frames, addresses, strict=True)
    ]
    told = told_notes(notes)
    refine = button("Change something", "refine", kind="primary", sign="refine") if refines else Markup("")
    actions = button("Another one", "another", sign="swap") + refine
    template = (
        '<ol class="frames" tabindex="0" aria-label="Pictures, word by word">{}</ol><div class="under">{}{}</div>{}'
    )
    return Markup(template).format(Markup("").join(cells), made(by), actions, told)
