//! Fills a database with realistic rows: schema introspection, the plan, generators (pure,
//! seeded), ordering, writers per database, snapshots, feeds. Knows nothing of browsers.
