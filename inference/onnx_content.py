"""What an ONNX file may not hold: tensors that lie in other files, and operators of its own.

External data is a path inside the model that onnxruntime would follow, so a crafted bundle
could make it read any file. Operators beyond the standard's are those of somebody's library, or
of onnxruntime itself, among them one that reads other files (EPContext). The `onnx` package is
not needed to view, so the few protobuf fields that matter are walked here.

Source:
    onnx.proto3 for the field numbers (ModelProto.graph 7, GraphProto.initializer 5,
    TensorProto.external_data 13, data_location 14, ModelProto.opset_import 8, NodeProto.domain
    7, ...); the protobuf encoding guide for the wire types.
"""

from collections.abc import Iterator

_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5
_MAX_DEPTH = 40

# message -> field number -> the message it holds
_FIELDS: dict[str, dict[int, str]] = {
    "model": {7: "graph", 20: "training", 25: "function"},
    "training": {1: "graph", 2: "graph"},
    "function": {7: "node", 11: "attribute"},
    "graph": {1: "node", 5: "tensor", 15: "sparse_tensor"},
    "node": {5: "attribute"},
    "attribute": {
        5: "tensor",
        6: "graph",
        10: "tensor",
        11: "graph",
        22: "sparse_tensor",
        23: "sparse_tensor",
    },
    "sparse_tensor": {1: "tensor", 2: "tensor"},
}
_EXTERNAL_DATA, _DATA_LOCATION = 13, 14
_IMPORTS, _IMPORTED_DOMAIN = 8, 1
_FUNCTIONS, _FUNCTION_DOMAIN = 25, 10
_NODE_DOMAIN = 7
_STANDARD = ("", "ai.onnx")
_BUILT_IN = (b"com.m", b"org.pytorch.", b"ai.onnx.")  # how onnxruntime's own domains begin


def has_external_data(model: bytes) -> bool:
    """Whether any tensor of an ONNX model says that its values lie in another file.

    Args:
        model: The content of an ONNX file.

    Raises:
        ValueError: The bytes are not a protobuf message.
    """
    return _is_external(memoryview(model), "model", 0)


def foreign_operators(model: bytes) -> set[str]:
    """The sets of operators that a model needs beside the standard's, by their domain.

    Args:
        model: The content of an ONNX file.

    Returns:
        Such as {"com.microsoft"}.

    Raises:
        ValueError: The bytes are not a protobuf message.
    """
    whole = memoryview(model)
    found = set()
    for number, value in _fields(whole):
        if isinstance(value, memoryview):
            if number == _IMPORTS:
                found.add(_text(value, _IMPORTED_DOMAIN))
            elif number == _FUNCTIONS:
                found.add(_text(value, _FUNCTION_DOMAIN))
    # onnxruntime runs its own operators (seen with 1.31) without their being imported, and
    # nobody else's. Looking at every node takes a tenth of a second, so only where it must be.
    if any(domain in model for domain in _BUILT_IN):
        found |= set(_node_domains(whole, "model", 0))
    return found - set(_STANDARD)


def _node_domains(message: memoryview, kind: str, depth: int) -> Iterator[str]:
    """Domain of every node, those of graphs inside nodes too."""
    if depth > _MAX_DEPTH:
        raise ValueError("nested too deeply")
    if kind == "node":
        yield _text(message, _NODE_DOMAIN)
    inside = _FIELDS.get(kind, {})
    for number, value in _fields(message):
        if number in inside and isinstance(value, memoryview):
            yield from _node_domains(value, inside[number], depth + 1)


def _text(message: memoryview, wanted: int) -> str:
    """A text field; of several the last, as protobuf has it."""
    found = ""
    for number, value in _fields(message):
        if number == wanted and isinstance(value, memoryview):
            found = bytes(value).decode("utf-8", "replace")
    return found


def _is_external(message: memoryview, kind: str, depth: int) -> bool:
    if depth > _MAX_DEPTH:
        raise ValueError("nested too deeply")
    if kind == "tensor":
        return any(
            number == _EXTERNAL_DATA or (number == _DATA_LOCATION and value != 0)
            for number, value in _fields(message)
        )
    inside = _FIELDS[kind]
    return any(
        _is_external(value, inside[number], depth + 1)
        for number, value in _fields(message)
        if number in inside and isinstance(value, memoryview)
    )


def _fields(message: memoryview) -> Iterator[tuple[int, memoryview | int]]:
    """Each field's number with its content: bytes, or an integer (0 for fixed widths)."""
    position, end = 0, len(message)
    while position < end:
        key, position = _varint(message, position)
        number, wire = key >> 3, key & 7
        if wire == _VARINT:
            value, position = _varint(message, position)
            yield number, value
            continue
        if wire == _BYTES:
            length, position = _varint(message, position)
        elif wire in (_FIXED64, _FIXED32):
            length = 8 if wire == _FIXED64 else 4
        else:
            raise ValueError(f"unknown wire type {wire}")
        if position + length > end:
            raise ValueError("ends in the middle of a field")
        yield number, message[position : position + length] if wire == _BYTES else 0
        position += length


def _varint(message: memoryview, position: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        if position >= len(message) or shift > 63:
            raise ValueError("a number is damaged")
        byte = message[position]
        value |= (byte & 0x7F) << shift
        position, shift = position + 1, shift + 7
        if byte < 0x80:
            return value, position
