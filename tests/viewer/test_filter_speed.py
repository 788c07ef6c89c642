"""A filter over ten thousand cases answers while the finger is still on the key."""

import json
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from inference.case_filter import CaseFilter
from inference.catalogue_database import KnownFile, open_database
from inference.catalogue_publish import PublishedCase, publish
from inference.catalogue_store import maker_of, writable_store
from inference.pipeline import Engine, analyse, open_engine
from inference.relevance_feedback import NO_MARKS
from viewer.results.result_jobs import search_again, sum_up

COUNT = 10_000


@pytest.fixture
def engine(tiny_bundle: Path, tmp_path: Path) -> Engine:
    """Ten thousand cases whose records are as long as real ones; their files are not there."""
    folder = tmp_path / "many"
    folder.mkdir()
    bare = open_engine(tiny_bundle, provider="cpu")
    bundle = bare.bundle
    store = writable_store(folder, bundle)
    generator = np.random.default_rng(5)
    method = replace(bundle.manifest.methods["cnn"])
    with open_database(store / "catalogue.sqlite", maker_of(bundle)) as database:
        cases = []
        for number in range(COUNT):
            patient = f"P-{number // 2}"
            content = {"patient_id": patient, "sex": "FM"[number % 2], "age": number % 90}
            labels = {
                "findings": ["Pneumonia"] if number % 10 == 0 else ["No finding"],
                "findings_source": "report",
                "view": "PA",
                "report": "The heart is of normal size. " * 20,
            }
            file = KnownFile(
                f"{number:05}.png", 1, 1, content=json.dumps(content), labels=json.dumps(labels)
            )
            vector = generator.random(method.length, np.float32)
            cases.append(
                PublishedCase(f"{number:05}", patient, database.put(file, {"cnn": vector}))
            )
        for _ in publish(
            store,
            database,
            bundle,
            cases,
            methods=["cnn"],
            refused={},
            notes=(),
            revision="one",
            previous=None,
        ):
            pass
    return open_engine(tiny_bundle, folder, provider="cpu")


def test_a_filter_over_ten_thousand_cases_takes_less_than_a_tenth_of_a_second(
    engine: Engine, tmp_path: Path
) -> None:
    query = tmp_path / "query.png"
    Image.fromarray(np.tile(np.arange(64, dtype=np.uint8), (64, 1))).save(query)
    *_, analysis = analyse(query, engine, method="cnn", k=20, exclude_patient=True)
    assert engine.catalogue is not None
    list(sum_up(engine.catalogue))  # as it happens whenever a catalogue is opened
    times = []
    for only in (
        CaseFilter(finding="pneumonia", sex="F"),
        CaseFilter(youngest=40, oldest=60),
        CaseFilter(view="PA", source="nowhere"),
        CaseFilter(),
    ):
        start = time.thread_time()  # what the search itself takes, however busy the computer is
        (found,) = search_again(
            analysis, engine, 20, exclude_patient=True, only=only, marks=NO_MARKS
        )
        times.append(time.thread_time() - start)
        neighbours = found.analysis.neighbours or ()
        assert all(only.accepts(one.case) for one in neighbours)
        assert len(neighbours) == (0 if only.source else 20)
    assert max(times) < 0.1, times
