//! Files in memory, for tests of workloads and crowds.
#![expect(clippy::unwrap_used, reason = "a helper that fails fails its test")]

use std::collections::HashMap;
use std::io;
use std::path::{Path, PathBuf};

use miette::{Diagnostic, GraphicalReportHandler, GraphicalTheme};
use rehearsal::workload::{FeedShape, Overrides, SeedSection, Sources, Workload, WorkloadError};

/// Files by path, and the feeds of the seed plan.
#[derive(Default)]
pub(crate) struct Files {
    texts: HashMap<PathBuf, String>,
    feeds: Vec<FeedShape>,
    pub(crate) reads: Vec<PathBuf>,
}

impl Files {
    /// A workload at `shop/rehearsal.toml`.
    pub(crate) fn with_workload(text: &str) -> Self {
        Self::default().with("rehearsal.toml", text)
    }

    /// One file more, in the workload's folder.
    pub(crate) fn with(mut self, name: &str, text: &str) -> Self {
        self.texts
            .insert(Path::new("shop").join(name), text.to_owned());
        self
    }

    /// A flow of `steps` (JSON objects, parted by commas).
    pub(crate) fn with_flow(self, name: &str, title: &str, steps: &str) -> Self {
        let text = format!(r#"{{"title": "{title}", "steps": [{steps}]}}"#);
        self.with(name, &text)
    }

    /// A feed that the seed plan writes.
    pub(crate) fn with_seeded(mut self, name: &str, columns: &[&str], rows: Option<u64>) -> Self {
        self.feeds.push(FeedShape {
            name: name.to_owned(),
            columns: columns.iter().map(ToString::to_string).collect(),
            rows,
            weighted: false,
        });
        self
    }

    /// A feed of the seed plan as it is: its rows are known.
    pub(crate) fn with_feed(mut self, feed: &rehearsal::feed::Feed) -> Self {
        self.feeds.push(FeedShape::of(feed));
        self
    }

    pub(crate) fn load(&mut self) -> Result<Workload, WorkloadError> {
        self.load_with(&Overrides::default())
    }

    pub(crate) fn load_with(&mut self, overrides: &Overrides) -> Result<Workload, WorkloadError> {
        Workload::load(Path::new("shop/rehearsal.toml"), overrides, self)
    }

    /// The error as a person sees it, without colours.
    pub(crate) fn error(&mut self) -> String {
        let error = self.load().expect_err("the workload is wrong");
        let mut text = String::new();
        GraphicalReportHandler::new_themed(GraphicalTheme::unicode_nocolor())
            .with_width(100)
            .render_report(&mut text, &error as &dyn Diagnostic)
            .unwrap();
        text
    }
}

impl Sources for Files {
    fn text(&mut self, path: &Path) -> io::Result<String> {
        self.reads.push(path.to_owned());
        let text = self.texts.get(path).cloned();
        text.ok_or_else(|| io::Error::new(io::ErrorKind::NotFound, "no such file"))
    }

    fn file(&mut self, path: &Path) -> Option<PathBuf> {
        self.texts.contains_key(path).then(|| path.to_owned())
    }

    fn seed_feeds(
        &mut self,
        _seed: &SeedSection,
    ) -> Result<Vec<FeedShape>, Box<dyn Diagnostic + Send + Sync>> {
        Ok(self.feeds.clone())
    }
}
