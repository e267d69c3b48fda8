"""The REST side: from the bytes of a request to those of its answer, on one path for all APIs."""
