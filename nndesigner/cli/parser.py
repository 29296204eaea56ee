"""The words of the command line, and the one place where errors become sentences and exit codes."""

from __future__ import annotations

import argparse
import contextlib
import sys
from collections.abc import Sequence
from typing import Any, NoReturn

from nndesigner import __version__
from nndesigner.cli.hints import hinted
from nndesigner.errors import DesignerError

VERBS = ("new", "train", "crossval", "evaluate", "predict", "export", "describe", "bench", "fetch")
EXIT_OK = 0
EXIT_DEFECT = 1
EXIT_ERROR = 2
EXIT_STOPPED = 130

_DATA = (
    "a table (CSV, Excel, Parquet, JSON lines, arrays), pictures (a folder, a zip of one, a table "
    "of paths, npz, idx), the name of a sample or of a fetched set, or points that are made, such "
    "as circle:noise=0.2,points=300"
)
_LABELS = "the idx label file, when it does not lie beside the images under the usual name"
_EXAMPLES = """\
examples:
  nndesigner                                   open the window
  nndesigner train samples/digits.nnd --epochs 20 --export weights.npz
  nndesigner new --layers "flatten, dense 64 relu, dense 10 softmax" --data digits --out d.nnd
  nndesigner train d.nnd --set optimizer=adam learning_rate=0.003 --save trained.nnd
  nndesigner evaluate trained.nnd --data digits
  nndesigner crossval d.nnd --folds 5          mean and deviation over five held-out parts
  nndesigner describe conv2d                   what a layer, loss or optimizer can be set to

'nndesigner VERB --help' tells more about a verb.
"""


class _Parser(argparse.ArgumentParser):
    """An argument parser whose complaints are one sentence."""

    def error(self, message: str) -> NoReturn:
        """Say what is wrong and where help is, and exit with 2."""
        sys.stderr.write(f"{self.prog}: {message}; '{self.prog} --help' tells more\n")
        raise SystemExit(EXIT_ERROR)


def build_parser() -> argparse.ArgumentParser:
    """The parser of all verbs."""
    parser = _Parser(
        prog="nndesigner",
        description="Draw a neural network, train it on your own data, watch it learn, take the "
        "weights home. Without a verb, the window opens.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        usage="nndesigner [PROJECT]\n       nndesigner VERB ...",
    )
    parser.add_argument("--version", action="version", version=f"nndesigner {__version__}")
    verbs = parser.add_subparsers(dest="verb", metavar="VERB", required=True, prog="nndesigner")
    _new(_verb(verbs, "new", "make a project from a line of text"))
    _train(_verb(verbs, "train", "train a project"))
    _crossval(_verb(verbs, "crossval", "train once a fold and judge each on the rows left out"))
    _evaluate(_verb(verbs, "evaluate", "compare what a trained project says with the truth"))
    _predict(_verb(verbs, "predict", "write what a trained project says about every row"))
    _export(_verb(verbs, "export", "take the weights of a trained project home"))
    _fetch(_verb(verbs, "fetch", "get a known data set from the internet"))
    _describe(_verb(verbs, "describe", "show a project, or what a layer can be set to"))
    _bench(_verb(verbs, "bench", "time the engine beside other programs on this machine"))
    return parser


def _verb(verbs: Any, name: str, help: str) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = verbs.add_parser(
        name, help=help, description=f"{help[0].upper()}{help[1:]}."
    )
    return parser


def _new(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--layers",
        required=True,
        metavar="RECIPE",
        help="layers from the input on, as in 'conv2d 20 5 relu, maxpool2d 2, flatten, "
        "dense 10 softmax'; 'nndesigner describe' lists them",
    )
    parser.add_argument("--data", required=True, metavar="PATH", help=_DATA)
    parser.add_argument(
        "--target",
        metavar="COLUMN",
        help="the column of a CSV to predict, or same-as-input to give every row back",
    )
    parser.add_argument("--labels", metavar="FILE", help=_LABELS)
    _plan(parser)
    parser.add_argument("--out", required=True, metavar="P.nnd", help="the project file to write")


def _plan(parser: argparse.ArgumentParser) -> None:
    """What can be said about the columns and the split of a table."""
    parser.add_argument(
        "--column",
        action="extend",
        nargs="+",
        default=[],
        metavar="NAME:KEY=VALUE,...",
        help="what one column of a table is and how it is prepared, as in name:role=ignore or "
        "age:fill=median,was_missing=yes,clip=quartiles or size:scaling=log; "
        "'nndesigner describe column' lists the keys",
    )
    parser.add_argument(
        "--add",
        action="extend",
        nargs="+",
        default=[],
        metavar="INPUT",
        help="inputs made of other columns: 'x^2', 'x*y', 'sin(x)', 'cos(x)'",
    )
    parser.add_argument(
        "--split",
        action="extend",
        nargs="+",
        default=[],
        metavar="KEY=VALUE",
        help="which rows are kept aside: test=0.2 (a share) or test=100 (rows), validation=0.1, "
        "method=stratified, random, group, time, column or folder, column=NAME, seed=1; "
        "'nndesigner describe split' lists them",
    )

    parser.add_argument(
        "--task",
        choices=("classification", "regression"),
        help="whether the target is a class or a number, where its values would do for both",
    )
    _text(parser)
    parser.add_argument(
        "--pictures",
        action="extend",
        nargs="+",
        default=[],
        metavar="KEY=VALUE",
        help="what pictures become: size=32 or 64x48, colour=grey or rgb, fit=stretch, pad or "
        "crop, scaling=unit; 'nndesigner describe pictures' lists them",
    )
    parser.add_argument(
        "--arrays",
        nargs=2,
        metavar=("X", "Y"),
        help="the arrays of pictures and of labels in a .npz where their names do not say it",
    )


def _text(parser: argparse.ArgumentParser) -> None:
    """How the text of a table is cut, where that is not found out."""
    parser.add_argument(
        "--text",
        action="extend",
        nargs="+",
        default=[],
        metavar="KEY=VALUE",
        help="how the text of a table is read: delimiter=semicolon, decimal=, (a comma), "
        "encoding=cp1252, header=no, skip=2, foot=1, quote=none, ragged=skip, missing=-9; "
        "'nndesigner describe text' lists them",
    )
    parser.add_argument("--sheet", metavar="NAME", help="the sheet of a workbook, else its first")


def _crossval(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("project", metavar="P.nnd", help="the project file")
    parser.add_argument("--folds", metavar="N", default="5", help="how many parts (5)")
    parser.add_argument("--data", metavar="PATH", help=f"other data: {_DATA}")
    parser.add_argument("--target", metavar="COLUMN", help="the column of that CSV to predict")
    parser.add_argument("--labels", metavar="FILE", help=_LABELS)
    _plan(parser)
    parser.add_argument("--epochs", metavar="N", help="how often every training row is seen")
    parser.add_argument("--batch", metavar="N", help="rows between two changes of the weights")
    parser.add_argument("--seed", metavar="N", help="the start of all random numbers")
    parser.add_argument(
        "--set",
        action="extend",
        nargs="+",
        default=[],
        metavar="KEY=VALUE",
        help="any training setting, as for train",
    )
    parser.add_argument("--json", metavar="FILE", help="write all figures as JSON")
    parser.add_argument("--quiet", action="store_true", help="say nothing unless it fails")


def _train(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("project", metavar="P.nnd", help="the project file")
    parser.add_argument("--data", metavar="PATH", help=f"other data: {_DATA}")
    parser.add_argument("--target", metavar="COLUMN", help="the column of that CSV to predict")
    parser.add_argument("--labels", metavar="FILE", help=_LABELS)
    _plan(parser)
    parser.add_argument("--test", metavar="PATH", help="evaluate on this data after training")
    parser.add_argument("--test-labels", metavar="FILE", help="the idx label file of --test")
    parser.add_argument(
        "--continue",
        dest="go_on",
        action="store_true",
        help="go on with the training that the project holds, as if it had never been "
        "interrupted; --epochs N then adds N epochs",
    )
    parser.add_argument("--epochs", metavar="N", help="how often every training row is seen")
    parser.add_argument("--batch", metavar="N", help="rows between two changes of the weights")
    parser.add_argument("--seed", metavar="N", help="the start of all random numbers")
    parser.add_argument(
        "--set",
        action="extend",
        nargs="+",
        default=[],
        metavar="KEY=VALUE",
        help="any training setting: optimizer=adam, learning_rate=0.001, loss=mse; "
        "'nndesigner describe training' lists them",
    )
    parser.add_argument("--save", metavar="P2.nnd", help="save the trained project")
    parser.add_argument(
        "--export",
        action="extend",
        nargs="+",
        default=[],
        metavar="FILE",
        help="write the weights as .npz or .safetensors",
    )
    parser.add_argument("--json", metavar="FILE", help="write all figures as JSON")
    parser.add_argument("--quiet", action="store_true", help="say nothing unless it fails")


def _evaluate(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("project", metavar="P.nnd", help="a trained project, or exported weights")
    parser.add_argument("--data", required=True, metavar="PATH", help=_DATA)
    parser.add_argument("--labels", metavar="FILE", help=_LABELS)
    _text(parser)
    parser.add_argument("--json", metavar="FILE", help="write the figures as JSON")


def _predict(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("project", metavar="P.nnd", help="a trained project, or exported weights")
    parser.add_argument("--data", required=True, metavar="PATH", help=_DATA)
    _text(parser)
    parser.add_argument(
        "--out", required=True, metavar="FILE.csv", help="the table to write, one line a row"
    )


def _export(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("project", metavar="P.nnd", help="a trained project, or exported weights")
    parser.add_argument("file", metavar="FILE", help="a .npz or .safetensors file to write")


def _describe(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "what",
        nargs="?",
        metavar="P.nnd | KIND",
        help="a project, or a layer, loss or optimizer; without it, all kinds are listed",
    )


def _bench(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--against",
        default="torch,keras,sklearn",
        metavar="NAMES",
        help="whom to compare with (torch,keras,sklearn); who is not installed is left out",
    )
    parser.add_argument(
        "--only",
        action="extend",
        nargs="+",
        default=[],
        metavar="NAME",
        help="these networks alone, as in --only LeNet; without it also growth, prediction, starts",
    )
    parser.add_argument(
        "--peer-python",
        action="append",
        default=[],
        metavar="NAME=PATH",
        help="the Python of another environment that has a peer, as in keras=/env/bin/python",
    )
    parser.add_argument(
        "--rounds", type=_positive, default=3, metavar="N", help="turns of each side (3)"
    )
    parser.add_argument(
        "--seconds", type=_seconds, default=3.0, metavar="S", help="seconds a turn (3)"
    )
    parser.add_argument("--json", metavar="FILE", help="write all figures as JSON")


def _positive(text: str) -> int:
    number = int(text) if text.isdecimal() else 0
    if number < 1:
        raise argparse.ArgumentTypeError(f"a whole number from 1 on is wanted, got {text!r}")
    return number


def _seconds(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = 0.0
    if not 0 < number < 1e6:
        raise argparse.ArgumentTypeError(f"seconds above 0 are wanted, got {text!r}")
    return number


def _fetch(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "name",
        nargs="?",
        metavar="NAME",
        help="the data set, as in 'mnist'; without it, all are listed with size and licence",
    )
    parser.add_argument(
        "--mirror",
        metavar="URL",
        help="fetch from URL/NAME/FILE instead (also: the variable NNDESIGNER_DATA_MIRROR)",
    )


def main(argv: Sequence[str] | None = None) -> int:
    """Run one verb and return the exit code. Never raises what a person can put right."""
    _tolerate_any_text()
    try:
        options = build_parser().parse_args(argv)
    except SystemExit as stop:  # argparse's own way out, also after --help
        return stop.code if isinstance(stop.code, int) else EXIT_ERROR
    try:
        return _run(options)
    except DesignerError as error:
        _complain(f"nndesigner {options.verb}: {hinted(str(error), options)}")
        return EXIT_ERROR
    except MemoryError:
        _complain(
            f"nndesigner {options.verb}: there is too little memory: "
            "use smaller layers, a smaller batch or less data"
        )
        return EXIT_ERROR
    except KeyboardInterrupt:
        _complain(f"nndesigner {options.verb}: stopped")
        return EXIT_STOPPED
    except BrokenPipeError:  # the reader of our output left, as `head` does
        with contextlib.suppress(OSError):
            sys.stdout.close()
        return EXIT_OK
    except Exception:
        from nndesigner.cli.defects import keep_traceback

        _complain(f"nndesigner {options.verb}: {keep_traceback()}")
        return EXIT_DEFECT


def _run(options: argparse.Namespace) -> int:
    if options.verb in ("new", "train", "crossval", "evaluate", "predict", "export"):
        from nndesigner.cli.apart import refuse_replacing

        refuse_replacing(options)
    match options.verb:
        case "train":
            from nndesigner.cli.train import train

            return train(options)
        case "crossval":
            from nndesigner.cli.crossval import crossval

            return crossval(options)
        case "new" | "describe":
            from nndesigner.cli import design

            return design.new(options) if options.verb == "new" else design.describe(options)
        case "bench":
            from nndesigner.cli.bench import bench

            return bench(options)
        case "fetch":
            from nndesigner.cli.fetch import fetch

            return fetch(options)
        case _:
            from nndesigner.cli import use

            verbs = {"evaluate": use.evaluate, "predict": use.predict, "export": use.export}
            return verbs[options.verb](options)


def _tolerate_any_text() -> None:
    """Class and file names may hold what a terminal's encoding does not: never fail for that."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="backslashreplace")


def _complain(text: str) -> None:
    with contextlib.suppress(OSError):
        sys.stderr.write(f"{text}\n")
