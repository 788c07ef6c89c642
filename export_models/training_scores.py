"""The few figures a training run looks at after each epoch, on the validation split."""

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import f1_score, precision_recall_curve, roc_auc_score

from export_models.retrieval_metrics import score_embeddings
from inference.records import Distance


def best_threshold(probability: NDArray[np.float32], positive: NDArray[np.bool_]) -> float:
    """The probability from which calling a case positive gives the best F1."""
    precision, recall, thresholds = precision_recall_curve(positive, probability)
    f1 = 2 * precision * recall / np.maximum(precision + recall, 1e-9)
    return float(thresholds[int(f1[:-1].argmax())])


def classification_scores(
    logits: NDArray[np.float32], classes: NDArray[np.int64]
) -> dict[str, float]:
    """F1 (at its best threshold; macro for several classes) and AUROC.

    Args:
        logits: (n, 1) or (n, K).
        classes: (n,), all known.
    """
    if logits.shape[1] > 1:
        shifted = np.exp(logits - logits.max(1, keepdims=True))
        probabilities = shifted / shifted.sum(1, keepdims=True)
        return {
            "f1": float(f1_score(classes, logits.argmax(1), average="macro")),
            "auroc": float(
                np.mean(
                    [
                        roc_auc_score(classes == index, probabilities[:, index])
                        for index in range(logits.shape[1])
                        if 0 < (classes == index).sum() < len(classes)
                    ]
                )
            ),
        }
    positive = classes == 1
    probability = (1 / (1 + np.exp(-logits[:, 0].astype(np.float64)))).astype(np.float32)
    threshold = best_threshold(probability, positive)
    return {
        "f1": float(f1_score(positive, probability >= threshold)),
        "auroc": float(roc_auc_score(positive, probability)),
        "threshold": threshold,
    }


def retrieval_scores(
    embeddings: NDArray[np.float32],
    classes: NDArray[np.int64],
    patients: NDArray[np.str_],
    distance: Distance,
) -> dict[str, float]:
    """mAP, P@1 and P@5 with every case as query against all of other patients."""
    found = score_embeddings(embeddings, classes, patients.tolist(), distance)
    return {name: float(found[name]) for name in ("map", "p_at_1", "p_at_5")}


def severity_scores(
    embeddings: NDArray[np.float32],
    predicted: NDArray[np.float32],
    severity: NDArray[np.float32],
    patients: NDArray[np.str_],
) -> dict[str, float]:
    """Correlation with the scores, and nDCG@10 by difference of severity."""
    found = score_embeddings(
        embeddings, [0] * len(embeddings), patients.tolist(), "l2", severity=severity
    )
    return {
        "correlation": float(np.corrcoef(predicted, severity)[0, 1]),
        "ndcg_at_10": float(found["ndcg_mean"]["10"]),
    }
