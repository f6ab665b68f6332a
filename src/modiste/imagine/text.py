"""From a stream of words to the state that a picture is drawn from.

Three encoders with one interface: `WordStream` is ReStGAN's recurrent one, the other two are the baselines'.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn

from modiste.errors import unknown
from modiste.imagine.words import Vocabulary, Word


class Words(NamedTuple):
    """Texts as tensors, padded behind."""

    tokens: Tensor
    """Places in the vocabulary; -1 for a colour without a place and for padding. Shape: (b, t)."""
    labs: Tensor
    """LAB of colour words over 100; 0 elsewhere. Shape: (b, t, 3)."""
    coloured: Tensor
    """1 for colour words. Shape: (b, t)."""
    there: Tensor
    """1 for words, 0 for padding. Shape: (b, t)."""


class Memory(NamedTuple):
    """What an encoder keeps between two words."""

    hidden: Tensor
    """Shape: (b, d)."""
    cell: Tensor
    """Shape: (b, d)."""
    state: Tensor
    """What has been said, for the generator. Shape: (b, d)."""


class TextEncoder(nn.Module):
    """Reads a text word by word.

    Args:
        vectors: of the vocabulary's words, learnt from titles alone. Shape: (v, w).
        width: of the state.
        table: whether a colour word is its place in LAB instead of a word like others.
    """

    def __init__(self, vectors: Tensor, width: int, *, table: bool, frozen: bool) -> None:
        super().__init__()
        self.width, self.table = width, table
        self.embedding = nn.Embedding.from_pretrained(vectors, freeze=frozen)
        wide = vectors.shape[1]
        self.colour = nn.Sequential(nn.Linear(3, 32), nn.LeakyReLU(0.2), nn.Linear(32, wide)) if table else None

    def vectors(self, words: Words) -> Tensor:
        """Each word's vector. Shape: (b, t, w)."""
        found: Tensor = self.embedding(words.tokens.clamp_min(0)) * (words.tokens >= 0).unsqueeze(-1)
        if self.colour is None:
            return found
        painted: Tensor = self.colour(words.labs)
        return torch.where(words.coloured.unsqueeze(-1) > 0, painted, found)

    def start(self, count: int) -> Memory:
        """The memory of `count` texts of which nothing is said yet."""
        zeros = self.embedding.weight.new_zeros(count, self.width)
        return Memory(zeros, zeros, zeros)

    def add(self, memory: Memory, vector: Tensor) -> Memory:
        """Hear one word more. `vector` Shape: (b, w)."""
        raise NotImplementedError

    def forward(self, words: Words) -> Tensor:
        """The state after each number of words, none included. Shape: (b, t + 1, d)."""
        vectors, memory = self.vectors(words), self.start(len(words.tokens))
        states = [memory.state]
        for place in range(words.tokens.shape[1]):
            heard = self.add(memory, vectors[:, place])
            there = words.there[:, place, None] > 0
            memory = Memory(*(torch.where(there, new, old) for new, old in zip(heard, memory, strict=True)))
            states.append(memory.state)
        return torch.stack(states, 1)


class WordStream(TextEncoder):
    """An LSTM trained with the generator (ReStGAN); each word moves the state by as much as its gate lets through.

    The gate is ours: words that say nothing of a picture learn to leave it alone.
    """

    def __init__(self, vectors: Tensor, width: int, *, table: bool = True) -> None:
        super().__init__(vectors, width, table=table, frozen=False)
        self.cell = nn.LSTMCell(vectors.shape[1], width)
        self.step = nn.Linear(width, width)
        self.gate = nn.Linear(width + vectors.shape[1], width)

    def add(self, memory: Memory, vector: Tensor) -> Memory:
        hidden, cell = self.cell(vector, (memory.hidden, memory.cell))
        gate = torch.sigmoid(self.gate(torch.cat([hidden, vector], 1)))
        return Memory(hidden, cell, memory.state + gate * torch.tanh(self.step(hidden)))


class MeanWords(TextEncoder):
    """The mean of frozen word vectors: StackGAN on the plainest text embedding."""

    def __init__(self, vectors: Tensor, width: int, *, table: bool = False) -> None:
        super().__init__(vectors, width, table=table, frozen=True)
        self.lift = nn.Linear(vectors.shape[1], width)

    def add(self, memory: Memory, vector: Tensor) -> Memory:
        total, count = memory.hidden + self.lift(vector), memory.cell + 1
        return Memory(total, count, total / count)


class SentenceLSTM(TextEncoder):
    """An LSTM trained beforehand to tell a title's type, colour and gender, then frozen, as StackGAN's encoder is."""

    def __init__(self, vectors: Tensor, width: int, *, table: bool = False) -> None:
        super().__init__(vectors, width, table=table, frozen=True)
        self.cell = nn.LSTMCell(vectors.shape[1], width)

    def add(self, memory: Memory, vector: Tensor) -> Memory:
        hidden, cell = self.cell(vector, (memory.hidden, memory.cell))
        return Memory(hidden, cell, hidden)


ENCODERS: dict[str, type[WordStream] | type[MeanWords] | type[SentenceLSTM]] = {
    "stream": WordStream,
    "mean": MeanWords,
    "sentence": SentenceLSTM,
}


def make_encoder(name: str, vectors: Tensor, width: int, *, table: bool) -> TextEncoder:
    """The encoder of this name."""
    if name not in ENCODERS:
        raise unknown("text encoder", name, ENCODERS)
    return ENCODERS[name](vectors, width, table=table)


def as_tensors(texts: list[list[Word]], vocabulary: Vocabulary) -> Words:
    """Texts, padded behind."""
    longest = max([1, *map(len, texts)])
    tokens = torch.full((len(texts), longest), -1)
    labs, coloured = torch.zeros(len(texts), longest, 3), torch.zeros(len(texts), longest)
    there = torch.zeros(len(texts), longest)
    for row, text in enumerate(texts):
        for place, word in enumerate(text):
            tokens[row, place] = vocabulary.places.get(word.token, -1)
            there[row, place] = 1
            if word.lab is not None:
                labs[row, place], coloured[row, place] = torch.tensor(word.lab) / 100, 1
    return Words(tokens, labs, coloured, there)
