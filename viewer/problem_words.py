"""The sentences that `inference` makes of an expected problem, in the user's language.

`inference` knows no languages: its sentences are English, with names and numbers in them. Those
that a reader meets most often are listed here as templates, and recognised by them; within one,
the reason is recognised in turn. A sentence that is not listed is shown in English.
"""

import re
from functools import cache

from viewer.translation import N_, tr

TEMPLATES = (
    # what is wrong, with the reason inside
    N_("Cannot open {name}: {reason}."),
    N_("Cannot use the model bundle {name}: {reason}."),
    N_("Cannot use the catalogue of {folder}: {reason}."),
    N_("Cannot use the table {name}: {reason}."),
    N_("Cannot write {name}: {reason}."),
    N_("The catalogue has nothing to compare with: {reason}."),
    # a file
    N_("there is no such file; it may have been moved or renamed"),
    N_("you have no permission to read it; ask for it or copy the file elsewhere"),
    N_("the file is empty; copy it again from its source"),
    N_("it is a folder; choose one radiograph in it"),
    N_("it is not a regular file; choose another one"),
    N_("nothing in it can be read as DICOM; fetch it again from its source"),
    N_("its file header is damaged; fetch it again from its source"),
    N_("the file is damaged or cut short ({details}); fetch it again from its source"),
    N_("the file is cut short: its pixels are missing; fetch it again from its source"),
    N_("its compressed picture is cut short; fetch it again from its source"),
    N_("its compression ({syntax}) is not supported; export it uncompressed or as JPEG 2000"),
    N_("it holds no picture{details}; choose a radiograph"),
    N_("it holds {frames} pictures; export the one radiograph to compare by itself"),
    N_("it holds {frames} pictures; save the one radiograph to compare by itself"),
    N_("it lacks {elements}, without which its pixels cannot be shown"),
    N_("none of its pixels is a number; it is damaged"),
    N_("there is not enough memory to open it; close other programs"),
    # a catalogue
    N_("all of its cases are of this patient"),
    N_("it holds no usable case"),
    N_("none of its other cases passes the filter ({filter})"),
    N_("there is no such folder"),
    N_("there are no radiographs in it"),
    N_("it was not indexed yet; index it first"),
    N_("it was not indexed with the bundle {bundle}; index it first"),
    N_("it was indexed without the method {method}; index it again"),
    N_("its list of cases is damaged; index the folder again to repair it"),
    N_("its embeddings of {method} is damaged; index the folder again to repair it"),
    N_(
        "it was made with another bundle ({bundle}) or by another version of Kindred; index it "
        "again"
    ),
    N_("it is being indexed by {who}; wait until that is done, or stop it"),
    N_("The file of case {case} changed since it was indexed; index again."),
    # an image that the model was not made for
    N_(
        "This is a lateral view ({view}), and the model was made for {views}: its answer means "
        "little."
    ),
    N_(
        "The file gives the view as {found}, and the model was made for {expected}: its answer "
        "means little."
    ),
    N_(
        "The file gives the body part as {found}, and the model was made for {expected}: its "
        "answer means little."
    ),
    N_(
        "The file gives the modality as {found}, and the model was made for {expected}: its "
        "answer means little."
    ),
    N_("The image is in colour, and the model was made for grey radiographs."),
    N_("The image is grey, and the model was made for colour."),
    N_("The image is constant: there is nothing to compare."),
    N_(
        "The file says that its pixels hold text that may identify the patient "
        "(BurnedInAnnotation)."
    ),
    N_(
        "The file contradicts itself on which end is white (MONOCHROME1 with Presentation LUT "
        "Shape IDENTITY): shown as MONOCHROME1. Check that bone is white."
    ),
    N_("A window in the file makes no sense and is left out."),
    N_("A VOI look-up table in the file is damaged and is left out."),
    # where models run, and what they explain
    N_("No NVIDIA GPU was found; running on the CPU."),
    N_("The GPU could not be used ({details}); running on the CPU."),
    N_(
        "this method goes on computing after its last feature map is averaged, so no position's "
        "part in the similarity can be told from the map; use occlusion"
    ),
    N_(
        "The model did not see this region: it lies outside the part that was compared. Drag a "
        "region inside the lungs."
    ),
    N_(
        "The model did not see this place: it lies outside the part that was compared. Choose a "
        "place inside the lungs."
    ),
    N_("One of the two images gave no features: nothing can be compared."),
)
"""What `inference` says; the names in braces are this module's own."""

_WITH_FIELDS = tuple(one for one in TEMPLATES if "{" in one)
_FIELD = re.compile(r"\\\{(\w+)\\\}")


def problem_words(sentence: str) -> str:
    """A sentence of `inference` in the user's language; as it is where it is not listed."""
    if tr(sentence) != sentence:
        return tr(sentence)
    for template in _WITH_FIELDS:
        if tr(template) == template:
            continue  # English: nothing to look for
        found = _pattern(template).fullmatch(sentence)
        if found is None:
            continue
        values = found.groupdict()
        if "reason" in values:
            reason = problem_words(values["reason"])
            if reason == values["reason"]:
                return sentence  # half of it in another language reads worse than none
            values["reason"] = reason
        return tr(template).format(**values)
    return sentence


@cache
def _pattern(template: str) -> re.Pattern[str]:
    return re.compile(_FIELD.sub(r"(?P<\1>.*?)", re.escape(template)), re.DOTALL)
