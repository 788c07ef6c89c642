"""Says what macOS needs for links: it gives them to application bundles, never to commands."""

from collections.abc import Iterator

BUNDLE_KEYS = """\
    <key>CFBundleURLTypes</key>
    <array><dict>
        <key>CFBundleURLName</key><string>Kindred link</string>
        <key>CFBundleURLSchemes</key><array><string>kindred</string></array>
    </dict></array>"""


def instruction(*, remove: bool) -> Iterator[str]:
    """What to do by hand. Nothing is changed.

    Yields:
        Lines to be read.
    """
    yield "Nothing was changed: macOS opens links with application bundles (.app) alone."
    if remove:
        yield "Links stop opening with Kindred when Kindred.app is put in the Bin."
        return
    yield "A Kindred.app that was built with these lines in its Info.plist opens them as soon as"
    yield "it was started once; the running window takes the links:"
    yield from BUNDLE_KEYS.splitlines()
