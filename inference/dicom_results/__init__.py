"""Results as DICOM, to go back to the archive that the radiograph came from.

    source.py              the radiograph's file, checked: what every result refers to
    content.py             what is returned: the comparison, the marks, how it is looked at
    salient_region.py      the region above a threshold, and its outline
    secondary_capture.py   the sheet as a picture
    presentation_state.py  outline, marks and window over the radiograph itself
    segmentation.py        the salient region as a mask
    structured_report.py   the numbers (TID 1500)
    results.py             the four by name: built, described, written to a folder
    outbox.py              what is to be sent, kept until it has arrived
    send.py                C-STORE and STOW-RS

The query's own study gets results with its patient's name, since they go back beside it. Of the
similar cases they hold what an export holds: a pseudonym, distances, findings; never an identity.

Built with highdicom, of the extra `dicom-io`.
"""
