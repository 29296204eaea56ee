"""The theme: text is readable, marks are visible, and the window follows."""

from __future__ import annotations

import pytest
from PySide6.QtGui import QColor

from nndesigner.ui import theme


def luminance(value: str) -> float:
    color = QColor(value)
    parts = []
    for part in (color.redF(), color.greenF(), color.blueF()):
        parts.append(part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4)
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]


def contrast(one: str, other: str) -> float:
    """The ratio of WCAG 2."""
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


THEMES = pytest.mark.parametrize("t", [theme.LIGHT, theme.DARK], ids=["light", "dark"])


@THEMES
@pytest.mark.parametrize("text", ["text", "text_quiet", "error", "warning", "good"])
@pytest.mark.parametrize("ground", ["panel", "raised", "canvas", "window"])
def test_text_has_a_contrast_of_4_5(t, text, ground):
    assert contrast(getattr(t, text), getattr(t, ground)) >= 4.5


@THEMES
def test_text_on_the_accent_has_it_too(t):
    assert contrast(t.accent_text, t.accent) >= 4.5


@THEMES
@pytest.mark.parametrize("mark", ["accent", "text_off", "wire", "curve_train", "curve_val"])
@pytest.mark.parametrize("ground", ["panel", "raised", "canvas"])
def test_marks_have_a_contrast_of_3(t, mark, ground):
    assert contrast(getattr(t, mark), getattr(t, ground)) >= 3.0


@THEMES
@pytest.mark.parametrize("name", ["core", "convolution", "shape", "regularization", "merge"])
def test_category_bars_are_seen_on_cards(t, name):
    assert contrast(getattr(t, f"bar_{name}"), t.raised) >= 3.0


def test_a_change_of_theme_is_told_and_reaches_the_application(qtbot):
    before = theme.mode()
    try:
        with qtbot.waitSignal(theme.changed()):
            theme.apply("dark")
        assert theme.tokens() is theme.DARK
        assert qtbot is not None
        theme.apply("light")
        assert theme.tokens() is theme.LIGHT
    finally:
        theme.apply(before)


def test_zero_is_neutral_and_signs_have_their_colours():
    assert theme.signed_color(0).name() == theme.tokens().neutral
    assert theme.signed_color(1).name() == theme.POSITIVE
    assert theme.signed_color(-7).name() == theme.NEGATIVE
