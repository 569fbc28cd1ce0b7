"""What every drawn figure must be: labelled, legible, and the same file every time."""

from collections.abc import Callable
from itertools import combinations
from pathlib import Path
from xml.etree import ElementTree

import matplotlib
import numpy as np
import pytest
import torch
from matplotlib.axis import Axis
from matplotlib.figure import Figure
from matplotlib.text import Text
from matplotlib.transforms import Bbox
from PIL import Image

from figures import (
    adversarial,
    atlas,
    computation,
    correlated,
    cuts,
    demonstrating,
    introduction,
    learning,
    mathematics,
    no_bias,
    nonuniform,
    phase,
    privileged,
    throughput,
    uniform,
    wide,
)
from figures.toolkit.save import save
from figures.toolkit.style import styled

DENSITY = np.array([1.0, 0.3, 0.1, 0.03, 0.01, 0.003, 0.001])
INVERSE_DENSITY = np.geomspace(1, 10, 12)


def polygon(corners: int, turn: float = 0.0) -> np.ndarray:
    angles = turn + 2 * np.pi * np.arange(corners) / corners
    return np.stack([np.cos(angles), np.sin(angles)], axis=-1)


def direct_sum(*shapes: np.ndarray) -> np.ndarray:
    total = np.zeros((sum(len(shape) for shape in shapes), sum(shape.shape[1] for shape in shapes)))
    row = column = 0
    for shape in shapes:
        total[row : row + len(shape), column : column + shape.shape[1]] = shape
        row, column = row + len(shape), column + shape.shape[1]
    return total


def noise(*shape: int) -> np.ndarray:
    return np.random.default_rng(1).normal(size=shape)


def antipodal_model(n: int, m: int, pairs: int) -> np.ndarray:
    W = np.zeros((n, m))
    W[:m] = np.eye(m)
    W[m : m + pairs] = -np.eye(m)[m - pairs :]
    return W


def introduction_row() -> Figure:
    square = np.concatenate([polygon(4), np.zeros((1, 2))])
    W = np.stack([direct_sum(np.eye(2), np.zeros((3, 0))), square, 1.1 * polygon(5)])[[0, 0, 1, 1, 2, 2, 2]]
    return introduction.embeddings_row(torch.tensor(W), torch.tensor(DENSITY), 0.9 ** np.arange(5))


def sparsity_row(n: int, m: int) -> Figure:
    W = np.stack([antipodal_model(n, m, pairs) for pairs in (0, 0, 1, 2, 3, 4, 5, m)])
    labels = ["linear model", *(f"$1-S = {density:g}$" for density in DENSITY)]
    return demonstrating.sparsity_row(W, 0.3 * noise(8, n), labels)


def features_per_dimension() -> Figure:
    curve = np.linspace(1, 3, 7)[:, None]
    return demonstrating.features_per_dimension(
        DENSITY, curve + 0.1 * noise(7, 4), curve + 0.02 * noise(7, 2)
    )


def superposition_onset() -> Figure:
    feature = np.arange(20)
    represented = feature < np.array([5, 7, 9, 10, 12, 14, 16])[:, None]
    superposed = represented & (feature >= np.array([20, 4, 2, 1, 0, 0, 0])[:, None])
    antipodal = superposed & (np.arange(7) < 4)[:, None]
    kept, shared, paired = (np.stack([values] * 3, axis=1) for values in (represented, superposed, antipodal))
    return demonstrating.superposition_onset(DENSITY, kept, shared, paired, 5)


def one_sparse_loss() -> Figure:
    norm, cosine, bias = np.linspace(0, 1.4, 15), np.linspace(-1, 1, 21), np.array([0, -0.1, -0.2])
    relu = np.maximum(cosine + bias[:, None], 0) ** 2 / 3
    return mathematics.one_sparse_loss(
        norm=norm,
        benefit_linear=(1 - norm**2) ** 2 / 3,
        benefit_relu=np.stack([(1 - norm**2) ** 2 / 3] * 3),
        cosine=cosine,
        interference_linear=cosine**2 / 3,
        interference_relu=relu,
        bias=bias,
    )


GRID = (np.geomspace(0.1, 10, 20), np.geomspace(0.01, 1, 20))


def outcome() -> np.ndarray:
    r, p = np.meshgrid(*GRID)
    ignored, superposed, dedicated = r * (p / 3 - p**2 / 4), (1 + r) * p**2 / 6, p / 3 - p**2 / 4
    return np.asarray(np.stack([ignored, superposed, dedicated]).argmin(0))


def boundaries() -> list[tuple[np.ndarray, np.ndarray]]:
    p = np.geomspace(0.01, 4 / 7, 30)
    return [(2 * p / (4 - 5 * p), p), ((4 - 5 * p) / (2 * p), p), (np.ones(2), np.array([4 / 7, 1]))]


def diagram() -> Figure:
    kind = outcome()
    return phase.diagram(*GRID, kind > 0, kind == 1, kind, boundaries(), title="$n = 2,\\ m = 1$")


def excess_loss() -> Figure:
    excess = 10.0 ** (-4 + noise(20, 20))
    return phase.excess_loss(*GRID, excess, boundaries(), margin=0.01, title="$n = 2,\\ m = 1$")


def first_order() -> Figure:
    p = np.geomspace(0.02, 1, 60)
    natural = {"ignore the extra feature": 0.5 * (p / 3 - p**2 / 4), "superpose the two": p**2 / 4}
    best = np.minimum(*natural.values())
    superposed = natural["superpose the two"] == best
    points = slice(None, None, 4)
    return cuts.first_order(
        p, natural, best, p[points], best[points], superposed[points], superposed[points], crossings=[4 / 9]
    )


def activations() -> Figure:
    kind = np.stack([outcome()] * 3)
    return phase.activations(*GRID, kind > 0, kind == 1, ["ReLU", "GELU", "quadratic"], [0.6, 0.5, 0.4])


def no_bias_loss_surfaces() -> Figure:
    weight = np.linspace(-1.4, 1.4, 41)
    first, second = np.meshgrid(weight, weight)
    losses = np.stack([(first**2 + second**2 - 1) ** 2 + a * first * second for a in (0, 0.5, -0.5)])
    minima = [np.array([[1.0, 0.0]]), np.array([[0.8, -0.8]]), np.array([[0.8, 0.8], [-0.8, -0.8]])]
    return no_bias.loss_surfaces(weight, weight, losses, minima, ["ignored", "antipodal", "confused"])


def no_bias_transition() -> Figure:
    density = np.stack([np.linspace(0.02, 1, 40)] * 2)
    confused = density > 0.6
    minimum = np.where(confused[..., None], [0.7, 0.7], [1.0, -1.0])
    kinds = np.where(confused, "confused", "superposed")
    return no_bias.transition(density, minimum, kinds, ["importance 0.5", "importance 1"])


def dimensionalities() -> tuple[np.ndarray, np.ndarray]:
    star = np.interp(np.log(INVERSE_DENSITY), np.log([1, 1.4, 2.7, 3.6, 10]), [1, 1, 0.5, 0.49, 0.25])
    return star[:, None] + 0.01 * noise(12, 3), np.abs(0.5 * noise(12, 1, 60)).clip(max=1)


def feature_dimensionality() -> Figure:
    digon = np.array([[1.0], [-1.0]])
    graphs = {3.0: direct_sum(*[digon] * 12), 5.0: direct_sum(*[polygon(5)] * 4, digon)}
    return uniform.feature_dimensionality(INVERSE_DENSITY, *dimensionalities(), graphs)


def geometry_graph() -> Figure:
    digon = np.array([[1.0], [-1.0]])
    return uniform.geometry_graph(direct_sum(*[digon] * 9, polygon(3), polygon(5), np.zeros((4, 0))))


def small_models() -> Figure:
    digons = direct_sum(*[np.array([[1.0], [-1.0]])] * 2)
    embeddings = {2: digons, 3: np.concatenate([np.eye(3), -np.eye(3)])[:4]}
    five = {2: polygon(5), 3: direct_sum(polygon(3), np.array([[1.0], [-1.0]]))}
    return atlas.atlas(
        {(n, m, x): shape[m] for n, shape in ((4, embeddings), (5, five)) for m in (2, 3) for x in (5, 20)}
    )


def pentagon_row() -> Figure:
    digons = np.concatenate([np.zeros((1, 2)), polygon(4, 0.3)])
    W = np.stack([digons, digons, polygon(5, 0.2), 1.1 * polygon(5, 2.0)])
    return nonuniform.pentagon_row(W, [0.1, 0.2, 1.0, 10.0], ["two digons"] * 2 + ["pentagon"] * 2)


def loss_by_geometry() -> Figure:
    density = np.geomspace(0.1, 10, 8)
    losses = np.stack([0.001 + 0.0002 * density, 0.0008 + 0.0005 * density], axis=1)
    names = [["pentagon", "two digons"]] * 8
    return nonuniform.loss_by_geometry(density, losses, names, critical=(0.6, 0.8))


def correlated_row() -> Figure:
    W = np.stack([polygon(6, turn) for turn in range(6)])
    return correlated.embeddings_row(W, [0, 0, 1, 1, 2, 2], [f"seed {seed}" for seed in range(6)])


def collapse_row() -> Figure:
    apart, together = polygon(6), np.repeat(polygon(3), 2, axis=0) * np.sqrt(0.5)
    return correlated.collapse_row(np.stack([together, apart]), [0.75, 0.01], [0, 0, 1, 1, 2, 2])


def local_bases() -> Figure:
    turned, _ = np.linalg.qr(noise(10, 10))
    return correlated.local_bases(np.concatenate([np.eye(10), turned]), [0] * 10 + [1] * 10)


def dimensionality_over_training() -> Figure:
    steps = np.geomspace(10, 1e5, 30)
    up = 0.5 / (1 + np.exp(-4 * (np.log10(steps)[:, None] - np.linspace(2, 4, 6))))
    values = np.concatenate([up, np.full((30, 10), 0.02)], axis=1)
    return learning.dimensionality_over_training(steps, values, 1 / np.log(steps), represented=0.25, jumps=[100, 10000])


def trajectories_3d() -> Figure:
    steps = np.geomspace(1, 1e4, 30)
    octahedron = np.concatenate([np.eye(3), -np.eye(3)])
    paths = np.linspace(0, 1, 30)[:, None, None] * octahedron
    return learning.trajectories_3d(steps, paths, 1 / steps, [0, 0, 0, 1, 1, 1], [3, 12, 20, 29])


def vulnerability() -> Figure:
    features = 1 / dimensionalities()[0]
    return adversarial.vulnerability(INVERSE_DENSITY, 1.5 * features - 0.5, features)


def vulnerability_against_features() -> Figure:
    features = 1 / dimensionalities()[0]
    return adversarial.vulnerability_against_features(features, 1.5 * features - 0.5, INVERSE_DENSITY)


def hidden_l1() -> Figure:
    superposed = np.array([[8, 10], [6, 6], [1, 2], [0, 0]])
    loss = np.array([[0.007, 0.008], [0.009, 0.01], [0.015, 0.017], [0.026, 0.028]])
    return wide.hidden_l1([0, 0.03, 0.1, 0.2], np.maximum(superposed + 1, 4), superposed, loss, 5)


def compressed_sensing() -> Figure:
    x = np.geomspace(3, 100, 8)
    bound_at = np.geomspace(6, 100, 30)
    features = np.stack([x**0.6, 1.1 * x**0.6], axis=1)
    return wide.compressed_sensing(x, features, 4 * bound_at**0.7, bound_at)


def matched_cosines() -> Figure:
    return wide.matched_cosines(np.linspace(0.93, 1, 160), np.linspace(0.4, 0.9, 160))


def linear_and_relu_weights() -> Figure:
    linear, relu = noise(3, 10, 5), np.stack([antipodal_model(10, 5, pairs) for pairs in (0, 2, 5)])
    return privileged.linear_and_relu_weights(linear, relu, [f"$1-S = {p}$" for p in (1, 0.1, 0.01)])


def monosemantic_to_polysemantic() -> Figure:
    W = np.stack([antipodal_model(10, 5, 0) + 0.15 * k * noise(10, 5) for k in range(6)])
    return privileged.monosemantic_to_polysemantic(W, [1, 0.35, 0.15, 0.12, 0.06, 0.01])


def configuration_ranges() -> Figure:
    distance = np.tile([[0.02], [1.6], [0.03]], 4) * (1 + 0.1 * noise(3, 4))
    return privileged.configuration_ranges([0.6, 0.5, 0.4, 0.3], distance, [[1, 1]] * 2 + [[1, 3]] * 2, 0.5)


def absolute_value() -> Figure:
    W = np.concatenate([np.eye(3), -np.eye(3)], axis=1)
    return computation.absolute_value(W, np.abs(W))


def asymmetric_motif() -> Figure:
    return computation.asymmetric_motif(noise(6, 10), noise(6, 10), [2, 7])


def neurons() -> Figure:
    W = np.zeros((2, 100, 40))
    W[:, np.arange(40) // 2, np.arange(40)] = np.tile([1, -1], 20)
    W[1, 20:, 20:] += 0.2 * noise(80, 20)
    return computation.neurons(W, [1, 0.01])


SPEEDS = {"torch.compile": 1.6, "compiled scan": 4.0, "reference": 0.7, "fused": 21.0}


def speeds() -> Figure:
    spread = 1 + 0.3 * np.abs(noise(6))
    ratios = {name: middle * spread for name, middle in SPEEDS.items()}
    ratios["torch.compile"][2] = np.nan
    low, high = ({name: r * factor for name, r in ratios.items()} for factor in (0.8, 1.3))
    names = [f"{name}, batch {rows}" for name in ("basic", "phase", "uniform") for rows in (128, 1024)]
    return throughput.speeds(names, ratios, low, high, "a processor, 2 threads")


def growth() -> Figure:
    values = {
        "instances": [4, 8, 16, 32],
        "n": [16, 64, 512],
        "batch": [64, 512, 4096],
        "density": [0.003, 1],
    }
    values |= {"steps": [1, 2, 4, 8, 16]}
    power = {"instances": 0.9, "n": 1.02, "batch": 1.0, "density": 0.3, "steps": 1.0}
    seconds = {name: 1e-4 * np.array(x) ** power[name] for name, x in values.items()}
    intervals = {name: (exponent - 0.1, exponent + 0.1) for name, exponent in power.items()}
    return throughput.growth(values, seconds, power, intervals, "fused engine on a processor, 2 threads")


DRAWN = [
    introduction_row,
    features_per_dimension,
    superposition_onset,
    one_sparse_loss,
    diagram,
    excess_loss,
    first_order,
    activations,
    no_bias_loss_surfaces,
    no_bias_transition,
    feature_dimensionality,
    geometry_graph,
    small_models,
    pentagon_row,
    loss_by_geometry,
    correlated_row,
    collapse_row,
    local_bases,
    dimensionality_over_training,
    trajectories_3d,
    vulnerability,
    vulnerability_against_features,
    hidden_l1,
    compressed_sensing,
    matched_cosines,
    linear_and_relu_weights,
    monosemantic_to_polysemantic,
    configuration_ranges,
    absolute_value,
    asymmetric_motif,
    neurons,
    speeds,
    growth,
]
EXAMPLES: dict[str, Callable[[], Figure]] = {
    **{example.__name__: example for example in DRAWN},
    "single_model": lambda: demonstrating.single_model(antipodal_model(20, 5, 2), 0.3 * noise(20)),
    "sparsity_row_20x5": lambda: sparsity_row(20, 5),
    "sparsity_row_80x20": lambda: sparsity_row(80, 20),
    "loss_decomposition": lambda: mathematics.loss_decomposition(
        DENSITY, DENSITY[:, None] ** np.arange(12) / np.arange(1, 13)
    ),
    "dimensions_per_feature": lambda: uniform.dimensions_per_feature(INVERSE_DENSITY, dimensionalities()[0]),
}


@pytest.fixture(params=EXAMPLES)
def example(request: pytest.FixtureRequest) -> Callable[[], Figure]:
    return EXAMPLES[request.param]


def shown_texts(figure: Figure) -> list[tuple[str, Bbox]]:
    styled(figure.draw_without_rendering)()
    outside: set[int] = set()
    for axis in figure.findobj(Axis):
        low, high = sorted(axis.get_view_interval())
        slack = 1e-9 * (high - low)
        for tick in axis.get_major_ticks():
            if not low - slack <= tick.get_loc() <= high + slack:
                outside |= {id(tick.label1), id(tick.label2)}
    texts = [text for text in figure.findobj(Text) if text.get_visible() and id(text) not in outside]
    extents = [(text.get_text(), text.get_window_extent()) for text in texts]
    return [(text, extent) for text, extent in extents if text.strip() and extent.width > 0]


def test_a_figure_is_legible_and_its_files_small(example: Callable[[], Figure], tmp_path: Path) -> None:
    figure = example()
    png, svg = save(figure, tmp_path / "section" / "figure")
    assert png.stat().st_size < 150_000
    with Image.open(png) as picture:
        assert len(picture.convert("RGB").getcolors(2**24) or ()) > 2
    assert ElementTree.parse(svg).getroot().tag.endswith("svg")

    # Saving has laid the figure out; once is enough.
    figure.set_layout_engine(None)
    texts = shown_texts(figure)
    width, height = figure.bbox.size
    clipped = [
        text
        for text, box in texts
        if min(box.x0, box.y0) < -0.5 or box.x1 > width + 0.5 or box.y1 > height + 0.5
    ]
    overlapping = [
        (first, second)
        for (first, a), (second, b) in combinations(texts, 2)
        if min(a.x1, b.x1) - max(a.x0, b.x0) > 1.5 and min(a.y1, b.y1) - max(a.y0, b.y0) > 1.5
    ]
    sizes = [float(text.get_fontsize()) for text in figure.findobj(Text) if text.get_text().strip()]
    assert not clipped
    assert not overlapping
    assert min(sizes) >= 8
    assert figure.get_figwidth() <= 9


@pytest.mark.parametrize("draw", [diagram, feature_dimensionality, geometry_graph])
def test_files_are_the_same_bytes_in_every_run(draw: Callable[[], Figure], tmp_path: Path) -> None:
    first, second = (save(draw(), tmp_path / run / "figure") for run in ("one", "two"))
    for one, two in zip(first, second, strict=True):
        assert one.read_bytes() == two.read_bytes()
        assert matplotlib.__version__.encode() not in one.read_bytes()
    assert b"dc:date" not in first[1].read_bytes()


@pytest.mark.parametrize(
    ("draw", "labels"),
    [
        (introduction_row, {"importance $I_i$", "90% sparse", "$1-S = 0.1$"}),
        (EXAMPLES["single_model"], {"$W^TW$", "$b$", r"$\|W_i\|$"}),
        (EXAMPLES["sparsity_row_20x5"], {"linear model", "$W^TW$ and $b$", r"$\|W_i\|$", "superposition"}),
        (features_per_dimension, {"feature density $1-S$, dense to sparse"}),
        (superposition_onset, {"feature, most important first", "$m = 5$", "antipodal pair"}),
        (one_sparse_loss, {r"norm $\|W_i\|$", r"$W_i\cdot W_j$ of two unit features"}),
        (EXAMPLES["loss_decomposition"], {"loss $L$", "share of the loss", "$L_{0}$", "$L_{6}$ and beyond"}),
        (diagram, {"relative importance of the extra feature", "feature density $1-S$", "triple point"}),
        (first_order, {"loss", "exact global optimum", "best trained model"}),
        (no_bias_loss_surfaces, {"$W_1$", "$W_2$", "global minimum"}),
        (EXAMPLES["dimensions_per_feature"], {r"dimensions per feature $D^* = m\,/\,\|W\|_F^2$"}),
        (feature_dimensionality, {"feature dimensionality $D_i$", "3/4  tetrahedron", "2/5  pentagon"}),
        (geometry_graph, {"9 × digon", "1 × triangle", "1 × pentagon"}),
        (small_models, {"$n=4$", "2 × digon", "0.500 × 4", "pentagon", "0.400 × 5", "triangle\ndigon"}),
        (collapse_row, {r"radius $1/\sqrt{2}$", "$1-S = 0.75$"}),
        (
            speeds,
            {"training steps per second, in units of the notebook loop's", "uniform, batch 1024", "fused"},
        ),
        (growth, {"seconds", "density\nexponent 0.30\n[0.20, 0.40]"}),
        (vulnerability, {"$1/(1-S)$, dense to sparse", "features per dimension"}),
    ],
)
def test_labels_are_in_the_symbols_of_the_paper(draw: Callable[[], Figure], labels: set[str]) -> None:
    shown = {text for text, _ in shown_texts(draw())}
    assert labels <= shown


def test_drawing_leaves_the_callers_settings_and_pyplot_alone() -> None:
    with matplotlib.rc_context({"font.size": 31.0, "svg.hashsalt": "mine"}):
        figure = EXAMPLES["single_model"]()
        assert matplotlib.rcParams["font.size"] == 31.0
        assert matplotlib.rcParams["svg.hashsalt"] == "mine"
    assert max(float(text.get_fontsize()) for text in figure.findobj(Text) if text.get_text()) < 12
    assert getattr(figure, "number", None) is None
