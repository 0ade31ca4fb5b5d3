"""JSON Schema, as much of it as the description of clinicd uses: problems(doc, schema, value)."""
import datetime
import re

UUID = re.compile(r"^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}\Z")
INSTANT = re.compile(r"^(\d{4}-\d\d-\d\d)[Tt ](\d\d):(\d\d):(\d\d)(\.\d+)?([Zz]|[+-]\d\d:\d\d)\Z", re.ASCII)


def known_date(text):
    try:
        datetime.date.fromisoformat(text)
        return bool(re.match(r"^\d{4}-\d\d-\d\d\Z", text, re.ASCII))
    except ValueError:
        return False


def known_instant(text):
    m = INSTANT.match(text)
    return bool(m) and known_date(m[1]) and int(m[2]) < 24 and int(m[3]) < 60 and int(m[4]) <= 60


FORMATS = {"uuid": lambda s: bool(UUID.match(s)), "date": known_date, "date-time": known_instant}


def type_of(value):
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int) or (isinstance(value, float) and value == value and abs(value) < 2**53 and value == int(value)):
        return "integer"
    if isinstance(value, float):
        return "number"
    return {str: "string", list: "array", dict: "object"}[type(value)]


def pattern(text):
    return re.compile(text[:-1] + r"\Z" if text.endswith("$") else text)


def problems(doc, schema, value, at=""):
    """What is wrong with value, as texts; empty: nothing."""
    if "$ref" in schema:
        schema = doc["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]]
    if "oneOf" in schema:
        fits = sum(not problems(doc, s, value, at) for s in schema["oneOf"])
        return [] if fits == 1 else [f"{at}: fits {fits} of oneOf"]
    if "const" in schema and (value != schema["const"] or type(value) is not type(schema["const"])):
        return [f"{at}: is not {schema['const']!r}"]
    kind, want = type_of(value), schema.get("type")
    want = want if isinstance(want, list) else [want] if want else [kind]
    if kind not in want and not (kind == "integer" and "number" in want):
        return [f"{at}: {kind} instead of {want}"]
    found = []
    if "enum" in schema and value not in schema["enum"]:
        found.append(f"{at}: {value!r} is not in the enum")
    if kind == "string":
        found += text_problems(schema, value, at)
    if kind in ("integer", "number") and value is not None:
        if value < schema.get("minimum", value) or value > schema.get("maximum", value):
            found.append(f"{at}: {value} is out of range")
        if schema.get("format") == "int64" and not -(2**63) <= value < 2**63:
            found.append(f"{at}: {value} is no int64")
    if kind == "array":
        if not schema.get("minItems", 0) <= len(value) <= schema.get("maxItems", len(value)):
            found.append(f"{at}: {len(value)} items")
        if schema.get("uniqueItems") and any(v in value[:i] for i, v in enumerate(value)):
            found.append(f"{at}: an item stands twice")
        for i, item in enumerate(value):
            found += problems(doc, schema.get("items", {}), item, f"{at}[{i}]")
    if kind == "object":
        for name in schema.get("required", []):
            if name not in value:
                found.append(f"{at}.{name}: is missing")
        for name, member in value.items():
            if name in schema.get("properties", {}):
                found += problems(doc, schema["properties"][name], member, f"{at}.{name}")
            elif schema.get("additionalProperties") is False:
                found.append(f"{at}.{name}: is not known")
    return found


def text_problems(schema, value, at):
    found = []
    if not schema.get("minLength", 0) <= len(value) <= schema.get("maxLength", len(value)):
        found.append(f"{at}: {len(value)} characters")
    if "pattern" in schema and not pattern(schema["pattern"]).match(value):
        found.append(f"{at}: {value[:60]!r} does not match")
    if schema.get("format") in FORMATS and not FORMATS[schema["format"]](value):
        found.append(f"{at}: {value[:60]!r} is no {schema['format']}")
    return found
