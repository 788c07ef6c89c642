"""The states in which there are no similar cases to show: what each says and offers."""

from pathlib import Path
from typing import TYPE_CHECKING

from inference.model_bundle import BundleManifest
from viewer.frame.state_card import CardContent, Choice
from viewer.translation import N_, tr

if TYPE_CHECKING:
    from inference.catalogue_build import BuildProgress

CHOOSE_FOLDER = "choose folder"
DEMO = "demo"
INDEX = "index"
REOPEN = "reopen"
STOP = "stop"
SHOW_ANYWAY = "show anyway"
CLEAR_FILTER = "clear filter"

_FOLDER_CHOICE = Choice(CHOOSE_FOLDER, N_("Choose a folder…"))
_DEMO_CHOICE = Choice(DEMO, N_("Open the demo"))
_STOP_CHOICE = Choice(STOP, N_("Stop"))

NO_CATALOGUE = CardContent(
    "▢",
    N_("No catalogue is open"),
    N_("Similar cases come from a folder of past radiographs."),
    (_FOLDER_CHOICE, _DEMO_CHOICE),
)

PREPARING_DEMO = CardContent(
    "▤",
    N_("Preparing the demo"),
    N_("Synthetic radiographs are made and indexed, once. Stopping keeps what was done."),
    (_STOP_CHOICE,),
    has_progress=True,
)


def nothing_similar(nearest: float, limit: float, *, is_filtered: bool = False) -> CardContent:
    """Even the nearest case is too far.

    Args:
        nearest: Its distance.
        limit: Within which 99 of 100 cases of the catalogue have their own nearest.
        is_filtered: Whether a filter left cases out, of which one may be nearer: then the image
            deserves no doubt.
    """
    anyway = Choice(SHOW_ANYWAY, tr("Show the nearest anyway"))
    if is_filtered:
        words = tr(
            "Of the cases that pass the filter even the nearest is {nearest:.3g} away. In this "
            "catalogue 99 of 100 cases have another patient's within {limit:.3g}."
        )
        clear = Choice(CLEAR_FILTER, tr("Clear the filter"))
        text = words.format(nearest=nearest, limit=limit)
        return CardContent("○", tr("Nothing similar passes the filter"), text, (anyway, clear))
    return CardContent(
        "○",
        tr("Nothing similar"),
        tr(
            "Even the nearest case is {nearest:.3g} away. In this catalogue 99 of 100 cases "
            "have another patient's within {limit:.3g}. What the model says of such an image "
            "deserves doubt too."
        ).format(nearest=nearest, limit=limit),
        (anyway, _FOLDER_CHOICE),
    )


def no_index(folder: Path, manifest: BundleManifest) -> CardContent:
    """The folder was not indexed with this bundle."""
    return CardContent(
        "▢",
        tr("This folder is not indexed"),
        tr(
            "{name} has no index for {condition} ({bundle}). Building it reads every "
            "radiograph once; the files are not changed."
        ).format(name=folder.name, condition=manifest.condition, bundle=manifest.name),
        (Choice(INDEX, tr("Build the index")), _FOLDER_CHOICE),
    )


def stopped_index(folder: Path) -> CardContent:
    """Indexing was stopped by the user."""
    return CardContent(
        "▢",
        tr("Indexing was stopped"),
        tr("What was done of {name} is kept; indexing goes on from there.").format(
            name=folder.name
        ),
        (Choice(INDEX, tr("Go on")), _FOLDER_CHOICE),
    )


def indexing(folder: Path, manifest: BundleManifest) -> CardContent:
    """The folder is being indexed."""
    return CardContent(
        "▤",
        tr("Indexing"),
        tr(
            "{name}: every radiograph is read once and described for {condition}. Stopping "
            "keeps what was done."
        ).format(name=folder.name, condition=manifest.condition),
        (_STOP_CHOICE,),
        has_progress=True,
    )


def broken_catalogue(reason: str, *, is_there: bool = True) -> CardContent:
    """The catalogue cannot be used; only one whose folder is there can be indexed again."""
    choice = Choice(INDEX, tr("Index again")) if is_there else Choice(REOPEN, tr("Try again"))
    return CardContent("▲", tr("This catalogue cannot be used"), reason, (choice, _FOLDER_CHOICE))


def nothing_to_compare(reason: str, *, is_filtered: bool = False) -> CardContent:
    """The catalogue has no case left for this query, perhaps because of the filter."""
    clear = (Choice(CLEAR_FILTER, tr("Clear the filter")),) if is_filtered else ()
    return CardContent("○", tr("Nothing to compare with"), reason, (*clear, _FOLDER_CHOICE))


def no_model(reason: str) -> CardContent:
    """The bundle cannot be used."""
    return CardContent("▲", tr("No model is loaded"), reason, (_DEMO_CHOICE, _FOLDER_CHOICE))


def progress_words(progress: "BuildProgress") -> str:
    """How far indexing is, in words."""
    words = {
        "listing": tr("Looking for radiographs: {done:,} files so far").format(done=progress.done),
        "reading": tr("{done:,} of {total:,}   {current}").format(
            done=progress.done, total=progress.total, current=progress.current
        ),
        "indexing": tr("Writing the index"),
    }[progress.stage]
    if progress.refused:
        words += tr("   ({refused:,} could not be read)").format(refused=progress.refused)
    return words
