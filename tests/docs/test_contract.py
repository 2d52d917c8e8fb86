"""docs/contract says what firmware/protocol does: topics, fields in order, ranges, reasons, examples."""

import copy
import json
import re
from pathlib import Path
from typing import Any

import jsonschema
import yaml

from firmware.protocol import cbor, errors, messages, outcomes, topics

ROOT = Path(__file__).resolve().parents[2]
DOCUMENT = yaml.safe_load((ROOT / "docs/contract/asyncapi.yaml").read_text("utf-8"))
README = (ROOT / "docs/contract/README.md").read_text("utf-8")
VECTORS = json.loads((ROOT / "tests/vectors/contract.json").read_text("utf-8"))["messages"]


def follow(reference: str) -> Any:
    """What "#/a/b" names in the document; a KeyError if nothing."""
    assert reference.startswith("#/")
    node = DOCUMENT
    for key in reference[2:].split("/"):
        node = node[key]
    return node


def resolve(schema: Any) -> Any:
    """The schema with every $ref replaced by what it names."""
    if isinstance(schema, list):
        return [resolve(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        return resolve(follow(schema["$ref"]))
    return {key: resolve(value) for key, value in schema.items()}


def payload_of(kind: str) -> Any:
    return resolve(DOCUMENT["components"]["messages"][kind]["payload"])


def flat(schema: Any) -> Any:
    """The schema without its words, its allOf folded in."""
    folded = {key: value for key, value in schema.items() if key not in ("description", "multipleOf")}
    for part in folded.pop("allOf", []):
        folded |= {key: value for key, value in part.items() if key != "description"}
    return folded


def as_row(schema: Any) -> Any:
    """A field of the document in the form of the code: (name, type, low, high), the type perhaps rows."""
    schema = flat(schema)
    name = schema.get("title")
    if schema["type"] == "integer":
        return (name, int, schema["minimum"], schema["maximum"])
    if schema["type"] == "string":
        kind = bytes if schema.get("format") == "bytes" else str
        return (name, kind, schema["minLength"], schema["maxLength"])
    if isinstance(schema["items"], dict):
        return (name, as_rows(schema["items"]), schema["minItems"], schema["maxItems"])
    return (name, as_rows(schema), None, None)


def as_rows(schema: Any) -> Any:
    schema = flat(schema)
    assert (schema["type"], schema["additionalItems"]) == ("array", False)
    return tuple(as_row(item) for item in schema["items"])


def rows_of_code(shape: Any) -> Any:
    return tuple(
        (name, rows_of_code(kind) if isinstance(kind, tuple) else kind, low, high)
        for name, kind, low, high in shape[1]
    )


def in_json(coded: Any) -> Any:
    """A golden message as the document's schemas see it: a byte string as text of so many characters."""
    if isinstance(coded, list):
        return [in_json(item) for item in coded]
    return bytes.fromhex(coded["bytes"]).decode("latin-1") if isinstance(coded, dict) else coded


def leaf_names(shape: Any) -> list[str]:
    names = []
    for name, kind, _, _ in shape[1]:
        names += leaf_names(kind) if isinstance(kind, tuple) else [name]
    return names


def example(kind: str) -> tuple[bytes, list[str]]:
    """(bytes, first word of each note) of the annotated message in the README."""
    match = re.search(rf"<!-- {kind} -->\n```\n(.*?)```", README, re.DOTALL)
    assert match
    lines = [line.split(maxsplit=1) for line in match[1].splitlines()]
    return bytes.fromhex("".join(line[0] for line in lines)), [
        re.split(r"[ ,:]", line[1])[0] for line in lines
    ]


def test_every_reference_names_something() -> None:
    resolve(DOCUMENT)


def test_channels_are_the_topics_of_the_code() -> None:
    expected = {topics.up("device", kind) for kind in topics.UP_KINDS}
    expected |= {topics.down("device", kind) for kind in topics.DOWN_KINDS}
    addresses = [channel["address"] for channel in DOCUMENT["channels"].values()]
    assert len(set(addresses)) == len(addresses)
    assert {address.replace("{device}", "device") for address in addresses} == expected


def test_channels_carry_their_kind_and_the_rest_is_reserved() -> None:
    for name, channel in DOCUMENT["channels"].items():
        _, direction, kind = topics.parse(channel["address"].replace("{device}", "device"))
        assert name == direction + kind.capitalize()
        assert list(channel["parameters"]) == ["device"]
        if kind in messages.SHAPES:
            assert channel["messages"] == {kind: {"$ref": f"#/components/messages/{kind}"}}
        else:
            assert channel["messages"] == {}
            assert channel["description"].startswith("Reserved.")


def test_every_channel_with_a_message_has_its_operation() -> None:
    expected = {
        (("send" if "/up/" in channel["address"] else "receive"), f"#/channels/{name}")
        for name, channel in DOCUMENT["channels"].items()
        if channel["messages"]
    }
    operations = DOCUMENT["operations"].values()
    assert {(operation["action"], operation["channel"]["$ref"]) for operation in operations} == expected
    retained = [name for name, row in DOCUMENT["operations"].items() if row["bindings"]["mqtt"].get("retain")]
    assert retained == ["sendStatus"]


def test_fields_stand_in_wire_order_with_their_ranges() -> None:
    assert set(DOCUMENT["components"]["messages"]) == set(messages.SHAPES)
    for kind, shape in messages.SHAPES.items():
        payload = payload_of(kind)
        assert payload["items"][0] == {"title": "version", "type": "integer", "const": messages.VERSION}
        fields = dict(payload, items=payload["items"][1:])
        assert as_rows(fields) == rows_of_code(shape), kind


def test_named_tuples_have_the_fields_of_their_rows() -> None:
    def check(shape: Any) -> None:
        make, rows = shape
        assert make._fields == tuple(row[0] for row in rows)
        for row in rows:
            if isinstance(row[1], tuple):
                check(row[1])

    for shape in messages.SHAPES.values():
        check(shape)


def test_golden_messages_fit_the_document() -> None:
    for vector in VECTORS:
        message = [messages.VERSION, *in_json(vector["message"])]
        validator = jsonschema.Draft7Validator(payload_of(vector["kind"]))
        validator.validate(message)
        assert not validator.is_valid([*message, 0])
        assert not validator.is_valid([2, *message[1:]])


def test_strips_begin_at_a_page() -> None:
    strip = follow("#/components/schemas/strip")
    assert strip["items"][1]["multipleOf"] == 8
    tilted = copy.deepcopy(
        next(vector for vector in VECTORS if vector["kind"] == "booked" and vector["message"][6][3])
    )
    tilted["message"][6][3][0][1] = 4
    message = [messages.VERSION, *in_json(tilted["message"])]
    assert not jsonschema.Draft7Validator(payload_of("booked")).is_valid(message)


def test_reasons_and_outcomes_are_those_of_the_code() -> None:
    assert tuple(DOCUMENT["x-reasons"]) == errors.REASONS
    assert tuple(re.findall(r"^\| `(\w+)` \|", README, re.MULTILINE)) == errors.REASONS
    assert DOCUMENT["x-outcomes"] == outcomes.NAMES


def test_bounds_of_the_codec_are_those_of_the_code() -> None:
    encoding = DOCUMENT["x-encoding"]
    assert encoding["version"] == messages.VERSION
    assert int(DOCUMENT["info"]["version"]) == messages.VERSION
    bounds = (encoding["maxBytes"], encoding["maxItems"], encoding["maxDepth"])
    assert bounds == (cbor.MAX_BYTES, cbor.MAX_ITEMS, cbor.MAX_DEPTH)
    assert "At most {} bytes, {} items, {} arrays".format(*bounds) in README
    assert f"Age {messages.AGE_UNKNOWN} is unknown" in README
    assert f"outcome {outcomes.LATE} (late)" in README


def test_annotated_examples_decode_and_their_notes_name_the_fields() -> None:
    for kind in ("tap", "booked", "command", "pin"):
        data, notes = example(kind)
        message = messages.decode(kind, data)
        assert messages.encode(kind, message) == data
        names = leaf_names(messages.SHAPES[kind])
        assert [note for note in notes if note in names] == names


def test_annotated_sighting_is_golden_and_names_every_field_of_all_three_kinds() -> None:
    data, notes = example("sighting")
    assert data.hex() in {vector["hex"] for vector in VECTORS}
    seen = messages.decode("sighting", data).payload
    kinds = [messages.SIGHTED_OWN, messages.SIGHTED_EID, messages.SIGHTED_IBEACON]
    assert [sighting.kind for sighting in seen] == kinds
    assert [len(sighting.identity) for sighting in seen] == [14, 14, 10]
    names = leaf_names(messages.SHAPES["sighting"])
    last = names[-len(messages.Sighting._fields) :]
    assert [note for note in notes if note in names] == names + 2 * last
    for kind, bytes_of in zip(
        kinds, ("its EID (8), its", "EID (8 bytes), then", "iBeacon (4), then"), strict=True
    ):
        assert re.search(rf"^\| {kind} \| .*{re.escape(bytes_of)}", README, re.MULTILINE)


def test_annotated_tap_is_the_first_golden_message_and_booked_answers_it() -> None:
    tap_data, _ = example("tap")
    assert tap_data.hex() == VECTORS[0]["hex"]
    tap = messages.decode("tap", tap_data)
    booked = messages.decode("booked", example("booked")[0])
    assert booked[:3] == tap.record[:3]
    assert (booked.epoch, booked.seq) > tuple(tap.witness)
    assert booked.outcome == outcomes.GREETED


def test_annotated_question_and_answer_are_golden_and_of_one_session() -> None:
    golden = {vector["hex"] for vector in VECTORS}
    asked, answered = example("command")[0], example("pin")[0]
    assert {asked.hex(), answered.hex()} <= golden
    assert messages.decode("command", asked).session == messages.decode("pin", answered).session


def test_annotated_numbers_are_the_values() -> None:
    tap = messages.decode("tap", example("tap")[0])
    for name in ("boot", "number", "uptime_ms", "unix_ms", "deadline_ms"):
        assert f"{name} {getattr(tap.record, name)}" in README
    assert f"age_ms {tap.age_ms}," in README
    booked = messages.decode("booked", example("booked")[0])
    assert f"hold_ms {booked.screen.hold_ms}" in README
    assert f"light {booked.screen.light:#08x}" in README
    assert f"x {booked.screen.strips[0].x}\n" in README
    assert f"y {booked.screen.strips[0].y}\n" in README
