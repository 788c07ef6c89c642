"""Choosing keys: which binding has which, what is taken, and what differs from the defaults.

Keys are written as in the settings: "Ctrl+I", several of one binding parted by a space.
"""

from collections.abc import Mapping

from viewer.frame.bindings import BINDINGS, BindingError, bound_keys
from viewer.translation import tr

_PANES_OWN = (
    *("return", "enter", "space", "tab", "backtab", "left", "right", "up", "down", "menu"),
    *("+", "-", "=", "ctrl++", "ctrl+-", "ctrl+="),
)
"""What panes, lists and fields do themselves: a key of the window would take it from them."""


class KeyChoices:
    """The keys as they are being chosen; nothing is in use before somebody takes `changes`."""

    def __init__(self, changes: Mapping[str, str]) -> None:
        """
        Args:
            changes: The user's keys so far, by the names of `viewer.frame.bindings`.
        """
        self._defaults = {binding.name: binding.keys for binding in BINDINGS}
        self._words = {binding.name: binding.shown_words for binding in BINDINGS}
        self._keys = bound_keys(changes)

    @property
    def changes(self) -> dict[str, str]:
        """What differs from the defaults, by name."""
        return {name: keys for name, keys in self._keys.items() if not self.is_default(name)}

    def keys(self, name: str) -> str:
        """Of one binding; "" for none."""
        return self._keys[name]

    def is_default(self, name: str) -> bool:
        """Whether it has the keys that it ships with."""
        return self._keys[name].split() == self._defaults[name].split()

    def owner(self, key: str) -> str:
        """The binding that has the key; "" for none."""
        for name, keys in self._keys.items():
            if key.casefold() in keys.casefold().split():
                return name
        return ""

    def problem(self, name: str, key: str) -> str:
        """Why the key cannot simply be given to the binding, in a sentence; "" where it can."""
        bare = key.casefold().removeprefix("shift+")
        if bare in _PANES_OWN:
            return tr("The panes and lists use {key} themselves; choose another key.").format(
                key=key
            )
        other = self.owner(key)
        if other and other != name:
            return tr(
                "{key} is taken: “{words}”. Press it once more to take it from there."
            ).format(key=key, words=self._words[other])
        try:
            bound_keys({name: key, **({other: ""} if other and other != name else {})})
        except BindingError as error:
            if "is no key" in str(error):
                return tr("{key} cannot be used; choose another key.").format(key=key)
        return ""

    def is_reserved(self, key: str) -> bool:
        """Whether the key can be given to nothing."""
        return key.casefold().removeprefix("shift+") in _PANES_OWN

    def give(self, name: str, key: str, *, is_further: bool = False) -> None:
        """Give a binding a key, in place of those it has or as one more; others lose it."""
        for other, keys in self._keys.items():
            left = [one for one in keys.split() if one.casefold() != key.casefold()]
            self._keys[other] = " ".join(left)
        kept = self._keys[name].split() if is_further else []
        self._keys[name] = " ".join([*kept, key])

    def clear(self, name: str) -> None:
        """Take all keys away from a binding."""
        self._keys[name] = ""

    def reset(self, name: str) -> str:
        """Give a binding its default keys; the sentence that says why not, where one is taken."""
        for key in self._defaults[name].split():
            other = self.owner(key)
            if other and other != name:
                return tr("{key} is taken: “{words}”. Set that back first.").format(
                    key=key, words=self._words[other]
                )
        self._keys[name] = self._defaults[name]
        return ""

    def reset_all(self) -> None:
        """Give every binding its default keys."""
        self._keys = dict(self._defaults)
