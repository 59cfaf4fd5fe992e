//! Files that a flow gives to the site.

use std::path::{Path, PathBuf};

use super::{Action, Flow, OwnStep};

impl Flow {
    /// Puts the places of all files that the flow uploads where their names are: `folder` is where
    /// the flow's own file is, `find` gives the absolute path of a file that is there. Returns
    /// those that are not, each with its step's number from 1.
    pub fn resolve_files(
        &mut self,
        folder: &Path,
        mut find: impl FnMut(&Path) -> Option<PathBuf>,
    ) -> Vec<(usize, PathBuf)> {
        let mut missing = Vec::new();
        for (index, step) in self.steps.iter_mut().enumerate() {
            let Action::Own(OwnStep::Upload(upload)) = &mut step.action else {
                continue;
            };
            for file in &mut upload.files {
                let path = folder.join(&*file);
                match find(&path) {
                    Some(path) => *file = path.to_string_lossy().into_owned(),
                    None => missing.push((index + 1, path)),
                }
            }
        }
        missing
    }
}
