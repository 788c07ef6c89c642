"""What the papers report, to stand beside what we measure, with what differs.

Source: Silva et al. 2020 (MICCAI), table 1; Silva et al. 2022 (Scientific Reports), "Results";
    Hu, Vasu & Hoogs 2021 (X-MIR), table 1 and supplement.
"""

from dataclasses import dataclass
from typing import Literal

DIFFERENCES = (
    "Silva 2020 trained on CheXpert (224,316 radiographs) from ImageNet's weights and tested on "
    "its 200 radiographs read by radiologists; Silva 2022 went on from those networks with 61,203 "
    "(effusion) and 18,226 (pneumonia) radiographs of MIMIC-CXR-JPG; X-MIR started from a network "
    "that had learned chest radiographs. A bundle's card says what it was trained on.",
    "Their precision is of five queries in all, one per draw. Ours lets every case of the split "
    "be a query in each of the five draws; one query per draw is given beside it.",
    "Their nDCG is against orders that radiologists gave for ten (effusion) or five (pneumonia) "
    "queries. Ours, where no such orders are given, is against the order of a severity score, "
    "over 2,000 random queries and catalogues of ten.",
    "X-MIR tests on as many images of each class. mAP rises and falls with the classes' shares, "
    "so a random order's mAP is given with ours.",
)


@dataclass(frozen=True, slots=True)
class Published:
    """One published figure.

    Attributes:
        paper, method, measure, value: As printed; the method by our name for it.
        kind: Which of our figures stands beside it.
    """

    paper: str
    method: str
    measure: str
    value: str
    kind: Literal["precision", "f1", "ndcg", "retrieval"]


PUBLISHED = (
    Published("Silva 2020", "ssim", "precision 4/10, 7/20, 11/30",
              "0.55 [0.25, 0.75], 0.40 [0.29, 0.57], 0.42 [0.27, 0.55]", "precision"),
    Published("Silva 2020", "cnn", "precision 4/10, 7/20, 11/30",
              "0.85 [0.50, 1.00], 0.60 [0.29, 0.86], 0.69 [0.55, 0.82]", "precision"),
    Published("Silva 2020", "ig", "precision 4/10, 7/20, 11/30",
              "0.95 [0.75, 1.00], 0.77 [0.71, 0.86], 0.80 [0.73, 0.82]", "precision"),
    Published("Silva 2022", "cnn", "F1 effusion, pneumonia", "0.790, 0.620", "f1"),
    Published("Silva 2022", "attention", "F1 effusion, pneumonia", "0.809, 0.655", "f1"),
    Published("Silva 2022", "ig", "F1 effusion, pneumonia", "0.862, 0.645", "f1"),
    Published("Silva 2022", "ig", "nDCG@10, pneumonia", "above 0.88 in 4 of 5 draws", "ndcg"),
    Published("X-MIR 2021", "metric", "COVIDx mAP, P@1, P@5",
              "86.2–88.4, 88.1–90.8, 88.8–90.3 %", "retrieval"),
    Published("X-MIR 2021", "metric", "ISIC 2017 mAP, P@1, P@5",
              "56.0–61.6, 64.7–69.6, 62.4–69.2 %", "retrieval"),
)  # fmt: skip
