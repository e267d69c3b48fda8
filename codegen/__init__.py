"""The generator: reads openapi/, writes the generated part of src/fishjam/."""
