"""Random streams: the same words in compiled and in torch code, uniform, and independent of each other.

Statistical tests use fixed keys, so that they always give the same answer; each is at the level 0.001.
"""

from __future__ import annotations

import zlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from tms.arguments import LARGEST_COUNT
from tms.engines.cpu import draws
from tms.random_streams import GOLDEN, HELD_OUT, bits, splitmix64, step_keys, stream_keys

LEVEL = 0.001
ROWS = 1 << 16
WORDS = st.integers(0, 2**64 - 1)
STEPS = st.one_of(st.integers(0, 2**20), st.integers(HELD_OUT, HELD_OUT + 2**20))
KEYS = stream_keys(0, "streams", np.arange(2), 2)


def compiled_column(key: int, step: int, first: int, columns: int, column: int, rows: int) -> np.ndarray:
    word = np.uint64(draws.splitmix64(np.uint64((key + step * GOLDEN) % 2**64)))
    out = np.zeros(rows, dtype=np.uint32)
    draws.draw_bits(word, first, columns, column, rows, out)
    return out


def column(key: int = 0, step: int = 5, shape: tuple[int, int] = (ROWS, 3), number: int = 1) -> np.ndarray:
    return bits(KEYS[key : key + 1], step, shape)[0, :, number].numpy()


def correlation_is_chance(a: np.ndarray, b: np.ndarray) -> bool:
    return bool(stats.pearsonr(a.astype(float), b.astype(float)).pvalue > LEVEL)


def pairs_are_uniform(a: np.ndarray, b: np.ndarray, shift: int) -> bool:
    cells = ((a >> shift) & 15) * 16 + ((b >> shift) & 15)
    return bool(stats.chisquare(np.bincount(cells, minlength=256)).pvalue > LEVEL)


@pytest.mark.parametrize(
    ("word", "scrambled"),
    [(0, 0xE220A8397B1DCDAF), (GOLDEN, 0x6E789E6AA1B965F4), (2 * GOLDEN % 2**64, 0x06C45D188009454F)],
)
def test_splitmix64_gives_the_published_sequence_of_seed_zero(word: int, scrambled: int) -> None:
    assert splitmix64(np.array([word], dtype=np.uint64))[0] == scrambled
    assert draws.splitmix64(np.uint64(word)) == scrambled


@given(
    st.lists(WORDS, min_size=1, max_size=3), STEPS, st.integers(0, 9), st.integers(1, 70), st.integers(1, 9)
)
def test_compiled_and_torch_streams_draw_the_same_words(
    keys: list[int], step: int, first: int, rows: int, columns: int
) -> None:
    drawn = bits(np.array(keys, dtype=np.uint64), step, (first + rows, columns)).numpy()
    for k, key in enumerate(keys):
        for i in range(columns):
            np.testing.assert_array_equal(
                compiled_column(key, step, first, columns, i, rows), drawn[k, first:, i]
            )


@given(WORDS, STEPS, st.integers(1, 40), st.integers(1, 40))
def test_a_longer_batch_begins_with_a_shorter_one(key: int, step: int, rows: int, more: int) -> None:
    keys = np.array([key], dtype=np.uint64)
    short, long = bits(keys, step, (rows, 3)), bits(keys, step, (rows + more, 3))
    assert short.equal(long[:, :rows])


@pytest.mark.parametrize("shift", range(0, 32, 4))
@pytest.mark.parametrize("step", [0, 1, HELD_OUT])
def test_every_eight_bits_of_a_word_are_uniform(shift: int, step: int) -> None:
    drawn = bits(KEYS[:1], step, (ROWS, 4)).numpy().ravel()
    counts = np.bincount((drawn >> shift | drawn << (32 - shift)) & 255, minlength=256)
    assert stats.chisquare(counts).pvalue > LEVEL


def test_words_have_thirty_two_bits() -> None:
    drawn = bits(KEYS, 3, (ROWS, 2)).numpy()
    assert drawn.min() >= 0
    assert drawn.max() < 2**32
    assert drawn.max() > 2**32 - 2**20


OTHERS = {
    "the next step": lambda: (column(), column(step=6)),
    "a far step": lambda: (column(), column(step=5 + 2**20)),
    "the held-out step": lambda: (column(step=0), column(step=HELD_OUT)),
    "the next trial": lambda: (column(), column(key=1)),
    "the next point": lambda: (column(), column(key=2)),
    "the next column": lambda: (column(number=0), column(number=1)),
    "the next row": lambda: (column()[:-1], column()[1:]),
    "a row sixty-four later": lambda: (column()[:-64], column()[64:]),
}


@pytest.mark.parametrize("other", OTHERS)
def test_draws_are_not_correlated_with_those_of(other: str) -> None:
    assert correlation_is_chance(*OTHERS[other]())


@pytest.mark.parametrize("other", OTHERS)
def test_magnitudes_are_not_correlated_with_those_of(other: str) -> None:
    a, b = (np.abs(drawn - 2.0**31) for drawn in OTHERS[other]())
    assert correlation_is_chance(a, b)


@pytest.mark.parametrize("shift", [0, 1, 14, 28])
@pytest.mark.parametrize("other", OTHERS)
def test_pairs_of_bits_are_uniform_with_those_of(other: str, shift: int) -> None:
    assert pairs_are_uniform(*OTHERS[other](), shift)


@pytest.mark.parametrize("step", [6, 7, HELD_OUT])
def test_steps_are_not_shifts_of_each_other(step: int) -> None:
    # Two sets of 2^16 random words of 32 bits share one on average.
    shared = np.intersect1d(column(shape=(ROWS, 1), number=0), column(step=step, shape=(ROWS, 1), number=0))
    assert stats.poisson.sf(len(shared) - 1, 1.0) > LEVEL


@given(WORDS, STEPS, STEPS)
def test_steps_have_keys_of_their_own(key: int, a: int, b: int) -> None:
    first, second = (np.concatenate(step_keys(np.array([key], dtype=np.uint64), step)) for step in (a, b))
    assert (a == b) == np.array_equal(first, second)


def test_keys_are_the_same_in_every_version() -> None:
    """Stored baselines rest on these keys, which a separate implementation in plain integers gave."""
    keys = stream_keys(7, "demo/basic", np.array([3, 11]), 2)
    assert list(map(hex, keys.tolist())) == [
        "0x698f933098533f2f",
        "0x842791533f17c202",
        "0x88e0df49053e1145",
        "0xf2c06c69f5340698",
    ]


def test_keys_differ_for_every_run_seed_name_point_and_trial() -> None:
    keys = [
        stream_keys(run_seed, name, np.arange(40), 25)
        for run_seed in (0, 1, 2, 12345, 2**40)
        for name in ("a", "b", "ab", "phase/two_in_one", "phase/three_in_two")
    ]
    assert len(np.unique(keys)) == 5 * 5 * 40 * 25


def test_names_with_neighbouring_checksums_share_no_key() -> None:
    names = "fuqzpljn", "kwrvjynf"
    assert abs(zlib.crc32(names[0].encode()) - zlib.crc32(names[1].encode())) == 1
    keys = [stream_keys(0, name, np.arange(40), 25) for name in names]
    assert len(np.unique(keys)) == 2 * 40 * 25


def test_no_training_reaches_the_held_out_steps() -> None:
    assert HELD_OUT > LARGEST_COUNT


@given(st.integers(0, 2**63 - 1), st.text(max_size=8), st.integers(0, 20), st.integers(0, 20))
def test_a_key_does_not_depend_on_how_many_others_there_are(
    run_seed: int, name: str, point: int, trial: int
) -> None:
    alone = stream_keys(run_seed, name, np.array([point]), trial + 1)[trial]
    among = stream_keys(run_seed, name, np.arange(25), 30).reshape(25, 30)[point, trial]
    assert alone == among
