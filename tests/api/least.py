"""The least body that a JSON schema lets pass: enough to get past the checks of its form."""

from __future__ import annotations

ANY_TEXT = "a text that is long enough"


def least(schema, document):
    """Build it; what a schema does not say is left out."""
    schema = resolved(schema, document)
    for given in ("const", "default"):
        if given in schema:
            return schema[given]
    if "examples" in schema:
        return schema["examples"][0]
    if "enum" in schema:
        return schema["enum"][0]
    if "anyOf" in schema or "oneOf" in schema:
        choices = [resolved(one, document) for one in schema.get("anyOf") or schema["oneOf"]]
        return least(next((c for c in choices if c.get("type") != "null"), choices[0]), document)
    return of_type(schema, document)


def of_type(schema, document):
    kind = schema.get("type")
    if kind == "object":
        properties = schema.get("properties", {})
        return {name: least(properties[name], document) for name in schema.get("required", ())}
    if kind == "array":
        return [least(schema["items"], document)] * schema.get("minItems", 0)
    if kind in {"integer", "number"}:
        return schema.get("minimum", 1)
    if kind == "boolean":
        return True
    if schema.get("format") == "date-time":
        return "2026-01-05T06:10:00Z"
    return ANY_TEXT[: schema.get("maxLength", 80)].ljust(schema.get("minLength", 0), "x")


def resolved(schema, document):
    while "$ref" in schema:
        schema = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    return schema
