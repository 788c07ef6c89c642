"""The states in which there are no similar cases to show: what each says and offers."""

from pathlib import Path

from inference.catalogue_build import BuildProgress
from inference.model_bundle import BundleManifest
from viewer.state_card import CardContent, Choice

CHOOSE_FOLDER = "choose folder"
DEMO = "demo"
INDEX = "index"
STOP = "stop"
SHOW_ANYWAY = "show anyway"
CLEAR_FILTER = "clear filter"

_FOLDER_CHOICE = Choice(CHOOSE_FOLDER, "Choose a folder…")
_DEMO_CHOICE = Choice(DEMO, "Open the demo")
_STOP_CHOICE = Choice(STOP, "Stop")

NO_CATALOGUE = CardContent(
    "▢",
    "No catalogue is open",
    "Similar cases come from a folder of past radiographs.",
    (_FOLDER_CHOICE, _DEMO_CHOICE),
)

PREPARING_DEMO = CardContent(
    "▤",
    "Preparing the demo",
    "Synthetic radiographs are made and indexed, once. Stopping keeps what was done.",
    (_STOP_CHOICE,),
    has_progress=True,
)


def nothing_similar(nearest: float, limit: float) -> CardContent:
    """Even the nearest case is too far.

    Args:
        nearest: Its distance.
        limit: Within which 99 of 100 cases of the catalogue have their own nearest.
    """
    return CardContent(
        "○",
        "Nothing similar",
        f"Even the nearest case is {nearest:.3g} away. In this catalogue 99 of 100 cases have "
        f"another patient's within {limit:.3g}. What the model says of such an image deserves "
        "doubt too.",
        (Choice(SHOW_ANYWAY, "Show the nearest anyway"), _FOLDER_CHOICE),
    )


def no_index(folder: Path, manifest: BundleManifest) -> CardContent:
    """The folder was not indexed with this bundle."""
    return CardContent(
        "▢",
        "This folder is not indexed",
        f"{folder.name} has no index for {manifest.condition} ({manifest.name}). Building it "
        "reads every radiograph once; the files are not changed.",
        (Choice(INDEX, "Build the index"), _FOLDER_CHOICE),
    )


def stopped_index(folder: Path) -> CardContent:
    """Indexing was stopped by the user."""
    return CardContent(
        "▢",
        "Indexing was stopped",
        f"What was done of {folder.name} is kept; indexing goes on from there.",
        (Choice(INDEX, "Go on"), _FOLDER_CHOICE),
    )


def indexing(folder: Path, manifest: BundleManifest) -> CardContent:
    """The folder is being indexed."""
    return CardContent(
        "▤",
        "Indexing",
        f"{folder.name}: every radiograph is read once and described for "
        f"{manifest.condition}. Stopping keeps what was done.",
        (_STOP_CHOICE,),
        has_progress=True,
    )


def broken_catalogue(reason: str) -> CardContent:
    """The catalogue is there and cannot be used."""
    return CardContent(
        "▲",
        "This catalogue cannot be used",
        reason,
        (Choice(INDEX, "Index again"), _FOLDER_CHOICE),
    )


def nothing_to_compare(reason: str, *, is_filtered: bool = False) -> CardContent:
    """The catalogue has no case left for this query, perhaps because of the filter."""
    clear = (Choice(CLEAR_FILTER, "Clear the filter"),) if is_filtered else ()
    return CardContent("○", "Nothing to compare with", reason, (*clear, _FOLDER_CHOICE))


def no_model(reason: str) -> CardContent:
    """The bundle cannot be used."""
    return CardContent("▲", "No model is loaded", reason, (_DEMO_CHOICE, _FOLDER_CHOICE))


def progress_words(progress: BuildProgress) -> str:
    """How far indexing is, in words."""
    words = {
        "listing": f"Looking for radiographs: {progress.done:,} files so far",
        "reading": f"{progress.done:,} of {progress.total:,}   {progress.current}",
        "indexing": "Writing the index",
    }[progress.stage]
    if progress.refused:
        words += f"   ({progress.refused:,} could not be read)"
    return words
