"""Imagine view: a picture that grows with the words as one types, and the products that are like it."""

from __future__ import annotations

import json

from markupsafe import Markup
from PIL import Image

from modiste.images import made_png
from modiste.shop import Imagined
from modiste.showroom.markup import button, cards, made, notes
from modiste.showroom.session import SEED, Act, Session, State, View

FOUND = 12
"""Products under the picture."""
EXAMPLES = (
    "women's black pants petite capri",
    "men's light denim jeans",
    "women's red striped shorts",
    "men's navy pants",
)
"""Texts that one click writes."""
_FIELD = (
    '<h2>Say what you have in mind</h2><label class="unseen" for="words">A garment, word by word</label>'
    '<input class="field" id="words" name="words" data-act="words" data-live value="{}" maxlength="500"'
    ' autocomplete="off" spellcheck="false" placeholder="women\'s black pants…">'
)


class ImagineView(View):
    """View in which a product is described that may not exist."""

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self.by = session.service.shop.weights_for("imagine")
        self._seen: tuple[str, int] | None = None
        self._last = b""
        """The last picture's file."""
        self.words = self.html("saying", Markup(_FIELD).format(self.session.state.words))
        self.strip = self.html("strip")
        self.found = self.html("found")

    async def show(self) -> None:
        """Draw the text, if others are asked for than those that are seen."""
        state = self.session.state
        request = (state.words, state.seed)
        if request == self._seen:
            self.session.run(f"modiste.mark({json.dumps(state.board)})")
            return
        with self.session.showing_errors():
            if not state.words:
                self._seen = request
                self.found.set_content("")
                self.strip.set_content(await self.session.call(self._examples))
                return
            shop = self.session.service.shop
            k = min(FOUND, len(shop))
            answer: Imagined = await self.session.call(shop.imagine, state.words, seed=state.seed, k=k)
            if request != (self.session.state.words, self.session.state.seed):
                return
            self._seen = request
            self._draw(answer, state)

    async def act(self, act: Act) -> None:
        match act.name:
            case "words":
                await self.session.change(words=act.value.strip())
            case "example":
                self.session.run(f"modiste.write('words', {json.dumps(act.id)})")
                await self.session.change(words=act.id)
            case "another":
                await self.session.change(seed=self.session.state.seed + 1)
            case "refine" if self._last:
                await self.session.views["refine"].take(self._last)
            case _:
                await super().act(act)

    def _examples(self) -> str:
        """Examples with their pictures, before anything is typed."""
        from modiste.imagine import imagine

        weights = self.session.service.shop.imaginer
        drawn = [imagine(text, seed=SEED, weights=weights).last[0] for text in EXAMPLES]
        files = [made_png(Image.fromarray(pixels), self.by) for pixels in drawn]
        addresses = [self.session.publish(f"example-{number}", file) for number, file in enumerate(files)]
        template = (
            '<button type="button" class="example" data-act="example" data-id="{0}">'
            '<img src="{1}" alt="" width="96" height="128"><span>{0}</span></button>'
        )
        shown = Markup("").join(map(Markup(template).format, EXAMPLES, addresses))
        return Markup('<div class="examples">{}</div>{}').format(shown, made(self.by))

    def _draw(self, answer: Imagined, state: State) -> None:
        frames = answer.strip.frames
        files = [made_png(Image.fromarray(frame.pictures[0]), self.by) for frame in frames]
        self._last = files[-1]
        addresses = [self.session.publish(f"imagined-{number}", file) for number, file in enumerate(files)]
        cell = '<li><figure><img src="{}" alt="{}" width="96" height="128"><figcaption>{}</figcaption></figure></li>'
        cells = Markup("").join(
            Markup(cell).format(address, f"Drawn: {frame.text or 'any garment'}", frame.word or "anything")
            for frame, address in zip(frames, addresses, strict=True)
        )
        actions = button("Another one", "another", sign="swap")
        if "refine" in self.session.views:
            actions += button("Change something", "refine", kind="primary", sign="refine")
        template = (
            '<ol class="frames" tabindex="0" aria-label="Pictures, word by word">{}</ol><div class="under">{}{}</div>{}'
        )
        self.strip.set_content(Markup(template).format(cells, made(self.by), actions, notes(answer.strip.notes)))
        heading = Markup("<h3>In the shop</h3>") if answer.hits else Markup("")
        self.found.set_content(heading + Markup('<div class="grid">{}</div>').format(cards(answer.hits, state.board)))
        self.session.announce(f"{len(frames)} pictures, and {len(answer.hits)} products that are like the last one")
