//! The run folder: `run.json`, `samples.ndjson.zst`, `summary.json`, `report.html`. Renders a
//! summary; measures nothing.
