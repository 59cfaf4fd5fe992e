//! Files that a flow gives to the site.

use std::path::{Path, PathBuf};

use super::{Action, Flow, OwnStep};

impl Flow {
    /// Makes the paths of all files that the flow uploads absolute: `folder` is where the flow's
    /// own file is. Returns them, for whoever checks that they are there.
    pub fn resolve_files(&mut self, folder: &Path) -> Vec<PathBuf> {
        let mut all = Vec::new();
        for step in &mut self.steps {
            let Action::Own(OwnStep::Upload(upload)) = &mut step.action else {
                continue;
            };
            for file in &mut upload.files {
                let path = folder.join(&*file);
                *file = path.to_string_lossy().into_owned();
                all.push(path);
            }
        }
        all
    }
}
