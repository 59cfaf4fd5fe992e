//! The flow's file while a recording goes on. It is written anew after each change, beside itself
//! and then renamed, so that whatever happens there is a whole flow of all but the last second.
//! Files that were uploaded are copied to a folder beside it.

use std::collections::HashMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use rehearsal::flow::{Action, Flow, OwnStep};

/// A flow's file that is still being recorded.
pub(super) struct Draft {
    file: PathBuf,
    /// Uploaded files that were copied, by where they were.
    copied: HashMap<String, String>,
    /// Uploaded files that are nowhere.
    lost: Vec<String>,
    saved: bool,
}

impl Draft {
    pub(super) fn new(file: PathBuf) -> Self {
        Self {
            file,
            copied: HashMap::new(),
            lost: Vec::new(),
            saved: false,
        }
    }

    pub(super) fn file(&self) -> &Path {
        &self.file
    }

    /// Whether there is a file now.
    pub(super) fn is_saved(&self) -> bool {
        self.saved
    }

    /// Uploaded files that could not be kept, as they were called.
    pub(super) fn lost(&self) -> &[String] {
        &self.lost
    }

    /// Writes the flow if a person has done anything in it, and keeps what it uploads. Paths of
    /// uploads in it become relative.
    ///
    /// # Errors
    /// What the system says, when the file cannot be written.
    pub(super) fn save(&mut self, flow: &mut Flow) -> io::Result<()> {
        if !has_deeds(flow) {
            return Ok(());
        }
        self.keep_files(flow)?;
        write(&self.file, flow)?;
        self.saved = true;
        Ok(())
    }

    fn keep_files(&mut self, flow: &mut Flow) -> io::Result<()> {
        self.lost.clear();
        for step in &mut flow.steps {
            let Action::Own(OwnStep::Upload(upload)) = &mut step.action else {
                continue;
            };
            for path in &mut upload.files {
                match self.kept(path)? {
                    Some(relative) => *path = relative,
                    None => self.lost.push(path.clone()),
                }
            }
        }
        Ok(())
    }

    /// The relative path of the copy of an uploaded file; none when the file is not there.
    fn kept(&mut self, path: &str) -> io::Result<Option<String>> {
        if let Some(relative) = self.copied.get(path) {
            return Ok(Some(relative.clone()));
        }
        let source = Path::new(path);
        if !source.is_absolute() || !source.is_file() {
            return Ok(None);
        }
        let stem = self.file.file_stem().unwrap_or_default();
        let folder = format!("{}.files", stem.to_string_lossy());
        let parent = self.file.parent().unwrap_or(Path::new(""));
        let place = parent.join(&folder);
        fs::create_dir_all(&place)?;
        let name = source.file_name().unwrap_or_default().to_string_lossy();
        let taken = |name: &str| {
            let relative = format!("{folder}/{name}");
            self.copied.values().any(|known| *known == relative)
        };
        let numbered = (2..).map(|number| format!("{number}-{name}"));
        let mut names = std::iter::once(name.to_string()).chain(numbered);
        let name = names.find(|name| !taken(name)).unwrap_or_default();
        fs::copy(source, place.join(&name))?;
        let relative = format!("{folder}/{name}");
        self.copied.insert(path.to_owned(), relative.clone());
        Ok(Some(relative))
    }
}

/// Whether more was done than to open a page.
fn has_deeds(flow: &Flow) -> bool {
    let opens = |action: &Action| {
        matches!(
            action,
            Action::Navigate { .. }
                | Action::SetViewport(_)
                | Action::EmulateNetworkConditions { .. }
        )
    };
    let visits = flow.steps.iter();
    let visits = visits.filter(|step| matches!(step.action, Action::Navigate { .. }));
    visits.count() > 1 || flow.steps.iter().any(|step| !opens(&step.action))
}

/// Writes the flow in one go: whoever reads the file sees the one before, or this one.
pub(super) fn write(file: &Path, flow: &Flow) -> io::Result<()> {
    let parent = match file.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    fs::create_dir_all(parent)?;
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    let beside = parent.join(format!(".{name}.part"));
    fs::write(&beside, flow.to_json())?;
    fs::rename(&beside, file)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn flow(steps: &str) -> Flow {
        let open = r#"{"type": "navigate", "url": "http://a.test/"}"#;
        Flow::parse(
            "t",
            &format!(r#"{{"title": "t", "steps": [{open}{steps}]}}"#),
        )
        .unwrap()
    }

    fn upload(files: &[&str]) -> Flow {
        let files = serde_json::to_string(files).unwrap();
        flow(&format!(
            r##", {{"type": "customStep", "name": "rehearsal.upload",
            "parameters": {{"selectors": [["#f"]], "files": {files}}}}}"##
        ))
    }

    fn uploaded(flow: &Flow) -> Vec<String> {
        match &flow.steps[1].action {
            Action::Own(OwnStep::Upload(upload)) => upload.files.clone(),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_page_that_was_only_opened_is_not_saved() {
        let folder = tempfile::tempdir().unwrap();
        let mut draft = Draft::new(folder.path().join("a.json"));
        draft.save(&mut flow("")).unwrap();
        assert!(!draft.is_saved() && !draft.file().exists());
        let second = r#", {"type": "navigate", "url": "http://a.test/2"}"#;
        draft.save(&mut flow(second)).unwrap();
        assert!(draft.is_saved() && draft.file().exists());
    }

    #[test]
    fn nothing_is_left_beside_the_file_and_folders_are_made() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("deep/flows/a.json");
        write(&file, &flow("")).unwrap();
        write(&file, &flow("")).unwrap();
        let names = fs::read_dir(file.parent().unwrap()).unwrap();
        assert_eq!(names.count(), 1);
        assert_eq!(fs::read_to_string(&file).unwrap(), flow("").to_json());
    }

    #[test]
    fn uploads_are_copied_beside_the_flow_once_and_by_different_names() {
        let folder = tempfile::tempdir().unwrap();
        let sources = [folder.path().join("x"), folder.path().join("y")];
        for (number, source) in sources.iter().enumerate() {
            fs::create_dir(source).unwrap();
            fs::write(source.join("photo.png"), format!("{number}")).unwrap();
        }
        let paths: Vec<String> = sources
            .iter()
            .map(|source| source.join("photo.png").display().to_string())
            .collect();
        let mut draft = Draft::new(folder.path().join("order.json"));
        for _again in 0..2 {
            let mut flow = upload(&[&paths[0], &paths[1], "unknown.png"]);
            draft.save(&mut flow).unwrap();
            assert_eq!(
                uploaded(&flow),
                [
                    "order.files/photo.png",
                    "order.files/2-photo.png",
                    "unknown.png"
                ]
            );
        }
        assert_eq!(draft.lost(), ["unknown.png"]);
        let copy = folder.path().join("order.files/2-photo.png");
        assert_eq!(fs::read_to_string(copy).unwrap(), "1");
    }
}
