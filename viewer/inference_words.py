"""What `inference` says in English, in the user's language: sentences of which it has few.

Its errors stay English: their sentences are made where the problem is found, of names, numbers
and what a library said.
"""

from inference.case_filter import CaseFilter
from inference.measured_faithfulness import Faithfulness
from viewer.translation import N_, tr

EXPLAINED = (
    N_("How much further apart the two are with this part of the radiograph hidden."),
    N_("Each part's share in the similarity, by the features of the radiograph."),
    N_("Each part's share in the similarity, by the features of the saliency map."),
    N_(
        "Each part's share in the similarity, by the features of the radiograph and its saliency "
        "map."
    ),
    N_("Where more of the radiograph's features would bring the two nearer."),
    N_("Where more of the saliency map's features would bring the two nearer."),
    N_("Where more of the radiograph and its saliency map's features would bring the two nearer."),
    N_("What resembles the chosen place, by the features of the radiograph."),
    N_("What resembles the chosen place, by the features of the saliency map."),
    N_("What resembles the chosen place, by the features of the radiograph and its saliency map."),
)
"""All that `inference.similarity_saliency.what_is_explained` can say, for `tr`."""

VERDICTS = (
    N_("beats random weights"),
    N_("beats random weights in insertion only"),
    N_("beats random weights in deletion only"),
    N_("does not beat random weights"),
)
"""All that `Faithfulness.verdict` can be, for `tr`."""


def faithfulness_words(measured: Faithfulness) -> str:
    """How faithful a map was measured to be, as `Faithfulness.sentence` says it in English."""
    return tr(
        "Measured ({split}): insertion {insertion:.2f} (random {control_insertion:.2f}), "
        "deletion {deletion:.2f} (random {control_deletion:.2f}); {verdict}."
    ).format(
        split=measured.split,
        insertion=measured.insertion,
        control_insertion=measured.control_insertion,
        deletion=measured.deletion,
        control_deletion=measured.control_deletion,
        verdict=tr(measured.verdict),
    )


def sex_words(sex: str) -> str:
    """A patient's sex as DICOM codes it, in words; what is unknown stays."""
    return {"F": tr("female"), "M": tr("male")}.get(sex, sex)


def filter_words(only: CaseFilter) -> str:
    """What a filter asks for, such as "Pneumonia, female, 40–60 years, PA"."""
    young, old, ages = only.youngest, only.oldest, ""
    if young is not None and old is not None:
        ages = tr("{youngest:g}–{oldest:g} years").format(youngest=young, oldest=old)
    elif young is not None:
        ages = tr("from {youngest:g} years").format(youngest=young)
    elif old is not None:
        ages = tr("up to {oldest:g} years").format(oldest=old)
    parts = (only.finding, sex_words(only.sex), ages, only.view, only.source)
    return ", ".join(part for part in parts if part)
