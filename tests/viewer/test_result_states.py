"""The states: each says what it is and what to do."""

from pathlib import Path

from inference.catalogue_build import BuildProgress
from inference.model_bundle import read_manifest
from viewer.results import result_states


def test_every_state_can_be_left_and_differs_from_the_others(tiny_bundle: Path) -> None:
    manifest, folder = read_manifest(tiny_bundle), Path("/somewhere/chest")
    cards = [
        result_states.NO_CATALOGUE,
        result_states.nothing_similar(12.5, 9.25),
        result_states.nothing_similar(12.5, 9.25, is_filtered=True),
        result_states.PREPARING_DEMO,
        result_states.no_index(folder, manifest),
        result_states.stopped_index(folder),
        result_states.indexing(folder, manifest),
        result_states.broken_catalogue("It is damaged."),
        result_states.nothing_to_compare("All of its cases are of this patient."),
        result_states.no_model("It is missing."),
    ]
    assert len({card.heading for card in cards}) == len(cards)
    assert all(card.choices and card.text for card in cards)


def test_a_folder_that_is_not_there_can_be_tried_again_and_not_indexed() -> None:
    gone = result_states.broken_catalogue("It is not there.", is_there=False)
    assert [choice.wish for choice in gone.choices] == ["reopen", "choose folder"]
    assert result_states.broken_catalogue("It is damaged.").choices[0].wish == "index"


def test_what_a_filter_left_out_puts_no_doubt_on_the_image() -> None:
    assert "doubt" in result_states.nothing_similar(12.5, 9.25).text
    filtered = result_states.nothing_similar(12.5, 9.25, is_filtered=True)
    assert "pass the filter" in filtered.text
    assert "doubt" not in filtered.text
    assert "clear filter" in [choice.wish for choice in filtered.choices]


def test_progress_says_what_is_done_and_what_was_refused() -> None:
    words = result_states.progress_words(BuildProgress("reading", 1200, 5000, "a/b.dcm", 3))
    assert words == "1,200 of 5,000   a/b.dcm   (3 could not be read)"
    listing = result_states.progress_words(BuildProgress("listing", 40, 0))
    assert listing == "Looking for radiographs: 40 files so far"
