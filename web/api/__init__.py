"""The addresses for programs: jobs of stations, as JSON, described at /api/openapi.json."""
