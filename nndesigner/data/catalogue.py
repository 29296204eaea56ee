"""The known data sets that can be fetched: what each is, whose, its licence, and where it lies.

The checksums are those that TensorFlow Datasets and scikit-learn publish for these files; those of
MNIST were also compared with files at hand. A file without one would be trusted when it is first
fetched: its sum is then kept beside it in ``fetched.json``.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

#: What is made of the files once they are there: nothing, or a table or arrays that we can open.
Finish = Literal["none", "cifar", "california", "adult"]


@dataclass(frozen=True)
class RemoteFile:
    """One file: its name here, where it lies, its bytes, and its sha256 (empty: not known)."""

    name: str
    url: str
    size: int
    sha256: str = ""


@dataclass(frozen=True)
class KnownSet:
    """A data set that can be fetched by its name.

    ``opens`` is the file (of those fetched or made of them) that is opened, with ``options``.
    ``rows`` are how many it must have; ``tests`` is what ``--test`` may take.
    """

    name: str
    title: str
    help: str
    licence: str
    source: str
    files: tuple[RemoteFile, ...]
    opens: str
    rows: int
    finish: Finish = "none"
    tests: str = ""
    options: dict[str, Any] = field(default_factory=dict)

    @property
    def size(self) -> int:
        """The bytes that are fetched."""
        return sum(file.size for file in self.files)


_IDX = (
    "train-images-idx3-ubyte.gz",
    "train-labels-idx1-ubyte.gz",
    "t10k-images-idx3-ubyte.gz",
    "t10k-labels-idx1-ubyte.gz",
)


def _idx(base: str, sizes: tuple[int, ...], sums: tuple[str, ...]) -> tuple[RemoteFile, ...]:
    return tuple(
        RemoteFile(name, f"{base}{name}", size, total)
        for name, size, total in zip(_IDX, sizes, sums, strict=True)
    )


KNOWN_SETS: tuple[KnownSet, ...] = (
    KnownSet(
        name="mnist",
        title="MNIST",
        help="Handwritten digits: 60,000 grey pictures of 28 × 28 to train on, 10,000 to test.",
        licence="CC BY-SA 3.0",
        source="Y. LeCun, C. Cortes, C. Burges: The MNIST database of handwritten digits",
        files=_idx(
            "https://ossci-datasets.s3.amazonaws.com/mnist/",
            (9_912_422, 28_881, 1_648_877, 4_542),
            (
                "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
                "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c",
                "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
                "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6",
            ),
        ),
        opens=_IDX[0],
        tests=_IDX[2],
        rows=60_000,
    ),
    KnownSet(
        name="fashion-mnist",
        title="Fashion-MNIST",
        help="Ten kinds of clothes from a shop: 60,000 grey pictures of 28 × 28, 10,000 to test.",
        licence="MIT",
        source="H. Xiao, K. Rasul, R. Vollgraf (Zalando Research), arXiv:1708.07747",
        files=_idx(
            "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
            (26_421_880, 29_515, 4_422_102, 5_148),
            (
                "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84",
                "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845",
                "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073",
                "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5",
            ),
        ),
        opens=_IDX[0],
        tests=_IDX[2],
        rows=60_000,
    ),
    KnownSet(
        name="kmnist",
        title="KMNIST",
        help="Ten characters of old Japanese writing: 60,000 grey pictures of 28 × 28, "
        "10,000 to test.",
        licence="CC BY-SA 4.0",
        source="T. Clanuwat et al. (ROIS-DS CODH), arXiv:1812.01718",
        files=_idx(
            "http://codh.rois.ac.jp/kmnist/dataset/kmnist/",
            (18_165_135, 29_497, 3_041_136, 5_120),
            (
                "51467d22d8cc72929e2a028a0428f2086b092bb31cfb79c69cc0a90ce135fde4",
                "e38f9ebcd0f3ebcdec7fc8eabdcdaef93bb0df8ea12bee65224341c8183d8e17",
                "edd7a857845ad6bb1d0ba43fe7e794d164fe2dce499a1694695a792adfac43c5",
                "20bb9a0ef54c7db3efc55a92eef5582c109615df22683c380526788f98e42a1c",
            ),
        ),
        opens=_IDX[0],
        tests=_IDX[2],
        rows=60_000,
    ),
    KnownSet(
        name="cifar-10",
        title="CIFAR-10",
        help="Ten kinds of things, from aeroplanes to trucks: 50,000 colour pictures of 32 × 32 "
        "to train on, 10,000 to test.",
        licence="none stated; its authors ask to be cited",
        source="A. Krizhevsky: Learning multiple layers of features from tiny images, 2009",
        files=(
            RemoteFile(
                "cifar-10-binary.tar.gz",
                "https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz",
                170_052_171,
                "c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd",
            ),
        ),
        opens="cifar-10.npz",
        rows=60_000,
        finish="cifar",
    ),
    KnownSet(
        name="california-housing",
        title="California housing",
        help="20,640 districts of 1990: eight numbers each, and the median price of a house.",
        licence="CC BY 4.0",
        source="R. K. Pace, R. Barry: Sparse spatial autoregressions, 1997 (StatLib)",
        files=(
            RemoteFile(
                "cal_housing.tgz",
                "https://ndownloader.figshare.com/files/5976036",
                441_963,
                "aaa5c9a6afe2225cc2aed2723682ae403280c4a3695a2ddda4ffb5d8215ea681",
            ),
        ),
        opens="california-housing.csv",
        rows=20_640,
        finish="california",
        options={"target": "median_house_value"},
    ),
    KnownSet(
        name="adult",
        title="Adult",
        help="32,561 people of the census of 1994 (16,281 more to test): does one earn more than "
        "50,000 dollars a year?",
        licence="CC BY 4.0",
        source="B. Becker, R. Kohavi: Adult, UCI Machine Learning Repository, 1996",
        files=(
            RemoteFile(
                "adult.data",
                "https://archive.ics.uci.edu/ml/machine-learning-databases/adult/adult.data",
                3_974_305,
                "5b00264637dbfec36bdeaab5676b0b309ff9eb788d63554ca0a249491c86603d",
            ),
            RemoteFile(
                "adult.test",
                "https://archive.ics.uci.edu/ml/machine-learning-databases/adult/adult.test",
                2_003_153,
                "a2a9044bc167a35b2361efbabec64e89d69ce82d9790d2980119aac5fd7e9c05",
            ),
        ),
        opens="adult.csv",
        tests="adult-test.csv",
        rows=32_561,
        finish="adult",
        options={"target": "income"},
    ),
)


def known_names() -> tuple[str, ...]:
    """The names that ``fetch`` takes."""
    return tuple(known.name for known in KNOWN_SETS)


def find_known(name: str) -> KnownSet | None:
    """The set of that name, in any case and with blanks or lines between its words; or None."""
    wanted = name.strip().casefold().replace(" ", "-").replace("_", "-")
    also = {"cifar10": "cifar-10", "california": "california-housing", "fashion": "fashion-mnist"}
    wanted = also.get(wanted, wanted)
    return next((known for known in KNOWN_SETS if known.name == wanted), None)
