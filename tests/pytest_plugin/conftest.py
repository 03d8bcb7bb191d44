"""The sample is a project of its own: its tests are run by those here, not by pytest itself."""

collect_ignore = ["sample"]
