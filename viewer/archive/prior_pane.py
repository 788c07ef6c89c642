"""A radiograph of the same patient from an earlier study, beside the query.

It is no similar case: it has no rank, no similarity and no overlay, is never searched with,
marked or exported, and its title begins with the word "prior".
"""

import datetime

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QToolButton, QVBoxLayout, QWidget

from viewer.archive.jobs import PriorFetched
from viewer.archive.words import age_words, image_words, prior_title
from viewer.frame.elided_label import ElidedLabel
from viewer.pane.case_pane import CasePane
from viewer.theme import RHYTHM
from viewer.translation import tr


class PriorPane(CasePane):
    """Follows the other panes while they are linked.

    Signals:
        close_wished: The user has seen enough of it.
    """

    close_wished = Signal()

    def __init__(self, prior: PriorFetched, archive: str, parent: QWidget | None = None) -> None:
        """
        Args:
            prior: To be shown.
            archive: The name of the archive it is from.
            parent: Its parent.
        """
        super().__init__(tr("Prior radiograph"), parent)
        self.query = prior.query
        self.setAccessibleDescription(tr("An earlier study of the same patient, and no case"))
        self.set_title(prior_title(prior.image))
        age = age_words(prior.image.date, datetime.datetime.now().astimezone().date())
        source = tr("from {archive}").format(archive=archive)
        parts = (image_words(prior.image), age, source)
        self.set_caption(" · ".join(part for part in parts if part))
        self.view.show_radiograph(prior.radiograph, prior.pixels)
        close = QToolButton()
        close.setText("✕")
        close.setToolTip(tr("Put the prior away"))
        close.setAccessibleName(tr("Put the prior away"))
        close.setAutoRaise(True)
        close.setStyleSheet("QToolButton { padding: 0 4px; min-height: 0; border: 0 }")
        close.clicked.connect(self.close_wished)
        layout = self.layout()
        assert isinstance(layout, QVBoxLayout)
        title = self.findChild(ElidedLabel)  # the first of its two lines
        assert title is not None
        close.setFixedHeight(title.height())
        layout.removeWidget(title)
        row = QHBoxLayout()
        row.setContentsMargins(0, 0, RHYTHM // 2, 0)
        row.addWidget(title, 1)
        row.addWidget(close)
        layout.insertLayout(0, row)
