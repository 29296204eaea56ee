"""Decodes one picture file, whatever its kind, to the size and colours that are wanted."""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from PIL import Image

#: What is decoded; all else (EPS, SVG, PSD, HEIC ...) is refused by name.
FORMATS = ("PNG", "JPEG", "BMP", "GIF", "TIFF", "WEBP", "PPM")
FORMATS_TEXT = "PNG, JPEG, BMP, GIF, TIFF, WebP or PPM"
NO_MEMORY = "it does not fit into memory"
_ORIENTATION = 0x0112
_GREY_MODES = frozenset(("1", "L", "LA", "La", "I", "I;16", "I;16B", "I;16L", "F"))


class BadPicture(Exception):
    """A file that cannot be used; the text says why, without the file's name."""


class NotRead(BadPicture):
    """A file that could not be read this time; what is in it is not known."""


@contextmanager
def quiet() -> Iterator[None]:
    """Nothing that odd pictures make their library warn of is shown, and its alarm at too many
    pixels is an error. What is done with warnings holds for all threads, so that this stands
    around the reading of many pictures, not of each.
    """
    from PIL import Image

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        yield


def _check_pixels(image: Image.Image) -> None:
    """Raises: BadPicture for more pixels than any picture to learn from has."""
    from PIL import Image

    most = Image.MAX_IMAGE_PIXELS
    if most is not None and image.width * image.height > most:
        raise BadPicture("it claims far too many pixels")


@contextmanager
def _guarded() -> Iterator[None]:
    """Turn everything that a broken picture can raise into one short reason."""
    from PIL import Image, UnidentifiedImageError

    try:
        yield
    except UnidentifiedImageError:
        raise BadPicture(f"no picture that can be read ({FORMATS_TEXT})") from None
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise BadPicture("it claims far too many pixels") from None
    except MemoryError:
        raise NotRead(NO_MEMORY) from None
    except OSError as error:
        text = str(error)
        if "truncated" in text or "not processed" in text:
            raise BadPicture("it is cut off") from None
        kind = BadPicture if error.errno is None else NotRead  # the library's own, or the system's
        raise kind(f"it cannot be read: {error.strerror or text}") from None
    except (
        SyntaxError,
        ValueError,
        NotImplementedError,
        OverflowError,
        EOFError,
        TypeError,
        IndexError,
        KeyError,
        AttributeError,
        ArithmeticError,
        RuntimeError,
    ) as error:
        raise BadPicture(f"it is damaged ({error})") from None


def probe(content: bytes | str) -> tuple[int, int, bool]:
    """Width and height as a person would see it, and whether it is grey. Reads the header alone.

    Raises: BadPicture.
    """
    from PIL import Image

    with _guarded():
        source: Any = io.BytesIO(content) if isinstance(content, bytes) else content
        with Image.open(source, formats=FORMATS) as image:
            _check_pixels(image)
            width, height = image.size
            if not (width and height):
                raise BadPicture("it has no pixels")
            if _turned(image):
                width, height = height, width
            return width, height, _is_grey(image)


def decode(content: bytes, size: tuple[int, int], channels: int, fit: str) -> npt.NDArray[np.uint8]:
    """The picture as ``(height, width, channels)``, first frame, upright. Raises: BadPicture."""
    from PIL import Image, ImageOps

    if not content:
        raise BadPicture("it is empty (0 bytes)")
    mode = "L" if channels == 1 else "RGB"
    with _guarded(), Image.open(io.BytesIO(content), formats=FORMATS) as image:
        _check_pixels(image)
        if image.format == "JPEG" and min(image.size) > 2 * max(size):
            image.draft(mode, (2 * max(size), 2 * max(size)))
        image.load()
        upright: Image.Image = ImageOps.exif_transpose(image)
        flat = _flattened(upright, mode)
        if flat.size != size:
            flat = _fitted(flat, size, fit)
        array = np.asarray(flat, dtype=np.uint8)
    return array.reshape(size[1], size[0], channels)


def _turned(image: Image.Image) -> bool:
    """Whether the EXIF data say that the picture lies on its side.

    A PNG is not unpacked to look for such data behind its pixels: only its size is guessed here.
    """
    if image.format == "PNG" and not ({"exif", "Raw profile type exif"} & image.info.keys()):
        return False
    try:
        return image.getexif().get(_ORIENTATION) in (5, 6, 7, 8)
    except Exception:  # damaged EXIF data are no reason to refuse the pixels
        return False


def _is_grey(image: Image.Image) -> bool:
    if image.mode == "P":
        palette = image.getpalette() or []
        return palette[0::3] == palette[1::3] == palette[2::3]
    return image.mode in _GREY_MODES


def _flattened(image: Image.Image, mode: str) -> Image.Image:
    """The picture in grey or RGB, on white where transparent, deep pixels scaled to 8 bits."""
    from PIL import Image

    if image.mode.startswith("I") or image.mode == "F":
        deep = np.asarray(image).astype(np.float64)
        deep[~np.isfinite(deep)] = 0
        high = float(deep.max(initial=0.0))
        if image.mode == "F":
            scale = 255.0 if high <= 1.0 else (1.0 if high <= 255.0 else 255.0 / high)
        elif image.mode == "I" and high > 65535:
            scale = 255.0 / high
        else:
            scale = 255.0 / 65535.0
        image = Image.fromarray(np.clip(np.rint(deep * scale), 0, 255).astype(np.uint8))
    elif image.mode in ("RGBA", "LA", "PA", "RGBa", "La") or "transparency" in image.info:
        image = image.convert("RGBA")
        ground = Image.new("RGBA", image.size, (255, 255, 255, 255))
        ground.alpha_composite(image)
        image = ground.convert("RGB")
    return image if image.mode == mode else image.convert(mode)


def _fitted(image: Image.Image, size: tuple[int, int], fit: str) -> Image.Image:
    from PIL import Image, ImageOps

    if fit == "pad":
        return ImageOps.pad(image, size, Image.Resampling.BILINEAR)
    if fit == "crop":
        return ImageOps.fit(image, size, Image.Resampling.BILINEAR)
    return image.resize(size, Image.Resampling.BILINEAR, reducing_gap=2.0)
