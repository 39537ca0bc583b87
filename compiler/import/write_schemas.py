#!/usr/bin/env python3
"""Writes the table of ONNX's operator schemas that Schemas.cpp includes: arity and attributes of every version.

usage: write_schemas.py OUTPUT                         needs (PyPI): onnx
"""
import sys

from onnx import defs

# One letter a formal parameter: needed, optional, or as many as the model has.
PARAMETER = {
    defs.OpSchema.FormalParameterOption.Single: "s",
    defs.OpSchema.FormalParameterOption.Optional: "o",
    defs.OpSchema.FormalParameterOption.Variadic: "v",
}


def row(schema):
    """A line of the table; a needed attribute's name begins with '!'."""
    attributes = " ".join(
        ("!" if attribute.required else "") + f"{name}:{attribute.type.name}" for name, attribute in sorted(schema.attributes.items()))
    inputs, outputs = ("".join(PARAMETER[p.option] for p in parameters) for parameters in (schema.inputs, schema.outputs))
    return (f'{{"{schema.domain}", "{schema.name}", {schema.since_version}, {schema.min_input}, {schema.max_input}, '
            f'{schema.min_output}, {schema.max_output}, {str(schema.deprecated).lower()}, "{inputs}", "{outputs}", "{attributes}"}},')


def main():
    schemas = sorted(defs.get_all_schemas_with_history(), key=lambda s: (s.domain, s.name, s.since_version))
    with open(sys.argv[1], "w") as file:
        file.write("\n".join(map(row, schemas)) + "\n")


if __name__ == "__main__":
    main()
