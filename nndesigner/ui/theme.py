"""The one place of colours, spacing, fonts and icons, in a light and a dark form."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import qtawesome
from PySide6.QtCore import QObject, Qt, Signal, SignalInstance
from PySide6.QtGui import QColor, QFont, QGuiApplication, QIcon, QPalette
from PySide6.QtWidgets import QApplication

from nndesigner.errors import FileError
from nndesigner.shipped import shipped

#: Distances in pixels: the grid, two margins, the radius of cards, the least height of a target.
GRID = 8
MARGIN = 8
WIDE_MARGIN = 16
RADIUS = 6
TARGET = 28

#: Signed values run from NEGATIVE over the theme's neutral to POSITIVE, zero in the middle.
NEGATIVE = "#f59322"
POSITIVE = "#0877bd"
#: Okabe and Ito's colours for classes and runs, readable with any colour vision.
CLASSES = (
    "#0072B2",
    "#E69F00",
    "#009E73",
    "#CC79A7",
    "#56B4E9",
    "#D55E00",
    "#F0E442",
    "#7F7F7F",
)

Mode = Literal["system", "light", "dark"]


@dataclass(frozen=True)
class Tokens:
    """The colours of one theme, as ``#rrggbb``."""

    dark: bool
    window: str  # behind panels
    panel: str  # docks, forms
    raised: str  # cards, fields, menus
    canvas: str
    canvas_dot: str
    hairline: str
    text: str
    text_quiet: str
    text_off: str
    accent: str
    accent_text: str  # on the accent
    accent_soft: str  # selection behind text
    error: str
    warning: str
    good: str
    wire: str
    neutral: str  # zero of signed values
    shadow: str
    curve_train: str
    curve_val: str
    bar_core: str
    bar_convolution: str
    bar_pooling: str
    bar_normalization: str
    bar_shape: str
    bar_regularization: str
    bar_merge: str


LIGHT = Tokens(
    dark=False,
    window="#eef0f3",
    panel="#f7f8fa",
    raised="#ffffff",
    canvas="#fbfcfd",
    canvas_dot="#d9dde3",
    hairline="#d4d8de",
    text="#1b1f24",
    text_quiet="#57606a",
    text_off="#6e7781",
    accent="#0a66c2",
    accent_text="#ffffff",
    accent_soft="#d6e6f7",
    error="#b3261e",
    warning="#9a5b00",
    good="#16703f",
    wire="#7d8794",
    neutral="#e8eaeb",
    shadow="#33000000",
    curve_train="#0072B2",
    curve_val="#B45309",
    bar_core="#0a66c2",
    bar_convolution="#7a4fc4",
    bar_pooling="#a8327e",
    bar_normalization="#4d7314",
    bar_shape="#57606a",
    bar_regularization="#00796b",
    bar_merge="#b0570a",
)

DARK = Tokens(
    dark=True,
    window="#16181c",
    panel="#1d2025",
    raised="#262a30",
    canvas="#191b1f",
    canvas_dot="#2f343b",
    hairline="#363b43",
    text="#e8eaed",
    text_quiet="#a9b1bc",
    text_off="#868e99",
    accent="#5aa9f0",
    accent_text="#0c1116",
    accent_soft="#23405c",
    error="#ff8a80",
    warning="#f2b04d",
    good="#63cf9b",
    wire="#828b97",
    neutral="#3a3f46",
    shadow="#66000000",
    curve_train="#56B4E9",
    curve_val="#E69F00",
    bar_core="#5aa9f0",
    bar_convolution="#b191f0",
    bar_pooling="#ec8fcb",
    bar_normalization="#a9cf6a",
    bar_shape="#a9b1bc",
    bar_regularization="#4fc3b0",
    bar_merge="#f0a860",
)


class _Notifier(QObject):
    """Tells whoever paints that the theme has changed."""

    changed = Signal()


_notifier = _Notifier()
_mode: Mode = "system"
_tokens = LIGHT


def tokens() -> Tokens:
    """The colours in force."""
    return _tokens


def changed() -> SignalInstance:
    """The signal that follows a change of theme: ``theme.changed().connect(self.restyle)``."""
    return _notifier.changed


def mode() -> Mode:
    """What was asked for: the system's theme, or one of ours."""
    return _mode


def apply(mode: Mode | None = None) -> None:
    """Use a theme on the whole application; without one, follow what was asked for before."""
    global _mode, _tokens
    _mode = mode or _mode
    hints = QGuiApplication.styleHints()
    dark = _mode == "dark" or (_mode == "system" and hints.colorScheme() == Qt.ColorScheme.Dark)
    _tokens = DARK if dark else LIGHT
    app = QApplication.instance()
    if isinstance(app, QApplication):
        app.setStyle("Fusion")
        app.setPalette(_palette(_tokens))
        app.setStyleSheet(_sheet(_tokens))
    qtawesome.reset_cache()
    _notifier.changed.emit()


def follow_system() -> None:
    """Change with the system's theme as long as the mode is ``system``."""
    QGuiApplication.styleHints().colorSchemeChanged.connect(lambda _: apply())


def color(value: str, alpha: int = 255) -> QColor:
    """A token as a colour, if wanted with some transparency (0 to 255)."""
    result = QColor(value)
    if alpha != 255:
        result.setAlpha(alpha)
    return result


def icon(name: str, token: str = "text_quiet") -> QIcon:
    """An icon of the one family, in a colour of the theme."""
    return qtawesome.icon(name, color=getattr(_tokens, token), color_disabled=_tokens.text_off)


def signed_color(share: float) -> QColor:
    """The colour of a signed value from -1 to 1."""
    share = max(-1.0, min(1.0, share))
    end = QColor(POSITIVE if share >= 0 else NEGATIVE)
    zero = QColor(_tokens.neutral)
    weight = abs(share)
    return QColor.fromRgbF(
        zero.redF() + (end.redF() - zero.redF()) * weight,
        zero.greenF() + (end.greenF() - zero.greenF()) * weight,
        zero.blueF() + (end.blueF() - zero.blueF()) * weight,
    )


def title_font(step: int = 1) -> QFont:
    """The system's font some points larger, semibold, for titles."""
    font = QFont(QApplication.font())
    font.setPointSizeF(font.pointSizeF() + step)
    font.setWeight(QFont.Weight.DemiBold)
    return font


def number_font() -> QFont:
    """The system's font with figures of equal width."""
    font = QFont(QApplication.font())
    font.setFeature(QFont.Tag("tnum"), 1)
    return font


def _palette(t: Tokens) -> QPalette:
    palette = QPalette()
    roles = QPalette.ColorRole
    for role, value in {
        roles.Window: t.panel,
        roles.WindowText: t.text,
        roles.Base: t.raised,
        roles.AlternateBase: t.panel,
        roles.Text: t.text,
        roles.Button: t.raised,
        roles.ButtonText: t.text,
        roles.BrightText: t.error,
        roles.ToolTipBase: t.raised,
        roles.ToolTipText: t.text,
        roles.PlaceholderText: t.text_off,
        roles.Highlight: t.accent,
        roles.HighlightedText: t.accent_text,
        roles.Link: t.accent,
        roles.Light: t.raised,
        roles.Midlight: t.hairline,
        roles.Mid: t.hairline,
        roles.Dark: t.hairline,
        roles.Shadow: t.window,
        roles.Accent: t.accent,
    }.items():
        palette.setColor(role, QColor(value))
    for role in (roles.WindowText, roles.Text, roles.ButtonText):
        palette.setColor(QPalette.ColorGroup.Disabled, role, QColor(t.text_off))
    return palette


def _check_mark(t: Tokens) -> str:
    try:
        path = shipped("resources", f"icons/check-{'dark' if t.dark else 'light'}.svg")
    except FileError:  # the filled square says it as well
        return ""
    return f'image: url("{path.as_posix()}");'


def _sheet(t: Tokens) -> str:
    """What a palette cannot say: panels by shade, hairlines, focus rings, marks."""
    ring = f"border: 1px solid {t.accent};"
    return f"""
    QMainWindow, QMainWindow::separator {{ background: {t.window}; }}
    QMainWindow::separator {{ width: 4px; height: 4px; }}
    QMainWindow::separator:hover {{ background: {t.accent_soft}; }}
    QToolTip {{ background: {t.raised}; color: {t.text}; border: 1px solid {t.hairline};
               padding: 4px; }}
    QMenuBar {{ background: {t.panel}; }}
    QDockWidget {{ font-weight: 600; }}
    QDockWidget > QWidget {{ font-weight: normal; }}
    QDockWidget::title {{ background: {t.panel}; padding: 6px 8px; }}
    QWidget#panel {{ background: {t.panel}; }}
    QStatusBar {{ background: {t.panel}; border-top: 1px solid {t.hairline}; }}
    QStatusBar::item {{ border: none; }}
    QToolBar {{ background: {t.panel}; border: none; spacing: 2px; padding: 3px; }}
    QToolBar#runStrip {{ padding: 0; }}
    QToolBar::separator {{ background: {t.hairline}; width: 1px; margin: 6px 6px; }}
    QToolBar QToolButton {{ border: 1px solid transparent; border-radius: {RADIUS}px;
               padding: 4px 6px; min-height: 18px; }}
    QToolBar QToolButton[popupMode="2"] {{ padding-right: 18px; }}
    QToolBar QToolButton::menu-indicator {{ subcontrol-origin: padding;
               subcontrol-position: right center; right: 5px; }}
    QToolBar QToolButton:hover:enabled {{ background: {t.accent_soft}; }}
    QToolBar QToolButton:focus {{ {ring} }}
    QToolBar QToolButton#train:enabled {{ background: {t.accent}; color: {t.accent_text};
               font-weight: 600; padding: 4px 12px; }}
    QToolBar QToolButton#train:enabled:focus {{ border: 1px solid {t.text}; }}
    QLabel#quiet {{ color: {t.text_quiet}; }}
    QLabel#warningText {{ color: {t.warning}; }}
    QLabel#errorText {{ color: {t.error}; }}
    QAbstractSpinBox[bad="true"], QLineEdit[bad="true"] {{ border: 2px solid {t.warning};
               border-radius: 3px; padding: 2px 4px; background: {t.raised}; }}
    QFrame#card, QFrame#warningCard, QFrame#errorCard {{ background: {t.raised};
               border: none; border-left: 3px solid {t.accent}; border-radius: 3px; }}
    QFrame#warningCard {{ border-left-color: {t.warning}; }}
    QFrame#errorCard {{ border-left-color: {t.error}; }}
    QFrame#bubble {{ background: {t.accent}; border-radius: {RADIUS}px; }}
    QFrame#bubble QLabel {{ color: {t.accent_text}; }}
    QProgressBar {{ background: {t.hairline}; border: none; border-radius: 2px; }}
    QProgressBar::chunk {{ background: {t.accent}; border-radius: 2px; }}
    QToolButton#fold {{ border: 1px solid transparent; color: {t.text_quiet}; padding: 2px 4px; }}
    QToolButton#fold:focus, QToolButton#dot:focus {{ {ring} border-radius: 3px; }}
    QTabBar::tab {{ background: {t.window}; color: {t.text_quiet}; padding: 5px 12px;
               border: none; border-top: 2px solid transparent; }}
    QTabBar::tab:selected {{ background: {t.panel}; color: {t.text};
               border-top-color: {t.accent}; }}
    QTabBar::tab:focus {{ color: {t.accent}; }}
    QScrollBar {{ background: transparent; border: none; }}
    QScrollBar:vertical {{ width: 10px; }}
    QScrollBar:horizontal {{ height: 10px; }}
    QScrollBar::handle {{ background: {t.hairline}; border-radius: 3px; margin: 2px;
               min-height: 24px; min-width: 24px; }}
    QScrollBar::handle:hover {{ background: {t.text_off}; }}
    QScrollBar::add-line, QScrollBar::sub-line {{ width: 0; height: 0; }}
    QScrollBar::add-page, QScrollBar::sub-page {{ background: transparent; }}
    QCheckBox::indicator {{ width: 14px; height: 14px; border: 1px solid {t.text_off};
               border-radius: 3px; background: {t.raised}; }}
    QCheckBox::indicator:hover, QCheckBox::indicator:focus {{ border-color: {t.accent}; }}
    QCheckBox::indicator:checked {{ background: {t.accent}; border-color: {t.accent};
               {_check_mark(t)} }}
    QCheckBox::indicator:checked:focus {{ border-color: {t.text}; }}
    QCheckBox::indicator:disabled {{ background: {t.hairline}; border-color: {t.hairline}; }}
    QSlider::groove:horizontal {{ height: 4px; background: {t.hairline}; border-radius: 2px; }}
    QSlider::sub-page:horizontal {{ background: {t.accent}; border-radius: 2px; }}
    QSlider::handle:horizontal {{ background: {t.raised}; border: 2px solid {t.accent};
               width: 10px; height: 10px; margin: -5px 0; border-radius: 7px; }}
    QSlider::handle:horizontal:focus {{ background: {t.accent}; }}
    """
