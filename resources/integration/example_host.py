"""Kindred's comparison panel inside another program: python example_host.py RADIOGRAPH CATALOGUE"""

import sys

from PySide6.QtWidgets import QApplication, QLabel, QMainWindow, QSplitter

from viewer.frame.panel import ComparisonPanel

if __name__ == "__main__":  # needed: processes that decode radiographs import this file again
    application = QApplication(sys.argv)
    host, words, panel = QMainWindow(), QLabel("Analysing…"), ComparisonPanel()
    panel.analysis_finished.connect(lambda done: words.setText(f"{done.probabilities[0]:.2f}"))
    panel.case_chosen.connect(lambda chosen: words.setText(f"Case: {chosen.case.case_id}"))
    panel.failed.connect(words.setText)
    inside = QSplitter()
    inside.addWidget(words)
    inside.addWidget(panel)
    host.setCentralWidget(inside)
    panel.set_catalogue(sys.argv[2])
    panel.open(sys.argv[1])
    host.show()
    sys.exit(application.exec())
