//! Lines of code with their indentation.

/// Text of a program being written.
#[derive(Debug)]
pub(super) struct Writer {
    text: String,
    depth: usize,
    indent: &'static str,
}

impl Writer {
    pub(super) fn new(indent: &'static str, depth: usize) -> Self {
        Self {
            text: String::new(),
            depth,
            indent,
        }
    }

    /// A line. Empty ones have no white space.
    pub(super) fn line(&mut self, line: impl AsRef<str>) {
        let line = line.as_ref();
        if !line.is_empty() {
            for _ in 0..self.depth {
                self.text.push_str(self.indent);
            }
        }
        self.text.push_str(line);
        self.text.push('\n');
    }

    /// Each line of a text.
    pub(super) fn lines(&mut self, text: &str) {
        for line in text.lines() {
            self.line(line);
        }
    }

    /// Lines one level deeper.
    pub(super) fn deeper(&mut self, write: impl FnOnce(&mut Self)) {
        self.enter();
        write(self);
        self.leave();
    }

    pub(super) fn enter(&mut self) {
        self.depth += 1;
    }

    pub(super) fn leave(&mut self) {
        self.depth -= 1;
    }

    pub(super) fn into_text(self) -> String {
        self.text
    }
}

/// A number as both languages write it.
pub(super) fn number(value: f64) -> String {
    if value.fract() == 0.0 && value.abs() < 9e15 {
        return format!("{}", value as i64);
    }
    let rounded = format!("{value:.4}");
    let short = rounded.trim_end_matches('0').trim_end_matches('.');
    match short {
        "" | "-" | "-0" => "0".to_owned(),
        short => short.to_owned(),
    }
}

/// Text for a comment: one line, without an end of comment in it.
pub(super) fn comment(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    line.replace("*/", "* /")
}
