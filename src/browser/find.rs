//! Where Chromium is on this machine.

use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use super::LaunchError;

/// Environment variable that names the browser to use.
pub const BROWSER_VARIABLE: &str = "REHEARSAL_BROWSER";

/// Usual places of the headless shell: the same engine without the parts that only a window
/// needs, a third cheaper per user. Debian's wrapper in `/usr/bin` is a shell script that does
/// not `exec`, so the real file comes first.
const SHELLS: [&str; 2] = [
    "/usr/lib/chromium/chromium-headless-shell",
    "/usr/lib64/chromium-browser/headless_shell",
];

/// Usual places of whole browsers, on Debian, Fedora and macOS.
const BROWSERS: [&str; 5] = [
    "/usr/lib/chromium/chromium",
    "/usr/lib64/chromium-browser/chromium-browser",
    "/opt/google/chrome/chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
];

/// Names on the `PATH` of headless shells.
const SHELL_NAMES: [&str; 3] = [
    "chrome-headless-shell",
    "chromium-headless-shell",
    "headless_shell",
];

/// Names on the `PATH` of whole browsers (Ubuntu's `chromium` is a snap in `/snap/bin`).
const BROWSER_NAMES: [&str; 5] = [
    "chromium",
    "chromium-browser",
    "google-chrome-stable",
    "google-chrome",
    "chrome",
];

/// The browser to start: the one asked for, the one that [`BROWSER_VARIABLE`] names, or the
/// first in the usual places, where the headless shell goes before a whole browser (unless
/// `headed`).
pub fn find(asked: Option<&Path>, headed: bool) -> Result<PathBuf, LaunchError> {
    if let Some(path) = asked {
        return given(path, "--browser");
    }
    if let Some(path) = env::var_os(BROWSER_VARIABLE).filter(|path| !path.is_empty()) {
        return given(Path::new(&path), BROWSER_VARIABLE);
    }
    usual(headed, &env::var_os("PATH").unwrap_or_default()).ok_or(LaunchError::Missing)
}

fn given(path: &Path, setting: &'static str) -> Result<PathBuf, LaunchError> {
    let on_path = || search(&[path.to_str()?], &env::var_os("PATH")?);
    if is_program(path) {
        Ok(path.to_owned())
    } else if let Some(found) = on_path() {
        Ok(found)
    } else {
        Err(LaunchError::NotThere {
            path: path.to_owned(),
            setting,
        })
    }
}

fn usual(headed: bool, path: &OsString) -> Option<PathBuf> {
    let shell = || first(&SHELLS).or_else(|| search(&SHELL_NAMES, path));
    let browser = || first(&BROWSERS).or_else(|| search(&BROWSER_NAMES, path));
    if headed {
        browser()
    } else {
        shell().or_else(browser)
    }
}

fn first(places: &[&str]) -> Option<PathBuf> {
    places
        .iter()
        .map(PathBuf::from)
        .find(|path| is_program(path))
}

/// The first of the names, in the order of the names, on the search path.
fn search(names: &[&str], path: &OsString) -> Option<PathBuf> {
    names
        .iter()
        .filter(|name| !name.contains('/'))
        .flat_map(|name| env::split_paths(path).map(move |folder| folder.join(name)))
        .find(|candidate| is_program(candidate))
}

fn is_program(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    path.metadata()
        .is_ok_and(|file| file.is_file() && file.permissions().mode() & 0o111 != 0)
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn program(folder: &Path, name: &str) -> PathBuf {
        let path = folder.join(name);
        fs::write(&path, "#!/bin/sh\n").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        path
    }

    #[test]
    fn a_missing_path_says_which_setting_named_it() {
        let error = find(Some(Path::new("/nowhere/chromium")), false).unwrap_err();
        assert_eq!(
            error.to_string(),
            "there is no program at `/nowhere/chromium`, which `--browser` names"
        );
    }

    #[test]
    fn names_are_tried_in_their_order_and_only_programs_count() {
        let folder = tempfile::tempdir().unwrap();
        let folders = [folder.path().join("a"), folder.path().join("b")];
        for folder in &folders {
            fs::create_dir(folder).unwrap();
        }
        fs::write(folders[0].join("chromium"), "not executable").unwrap();
        let later = program(&folders[0], "google-chrome");
        let wanted = program(&folders[1], "chromium");
        let path = env::join_paths(&folders).unwrap();
        assert_eq!(search(&BROWSER_NAMES, &path), Some(wanted));
        assert_eq!(search(&["google-chrome"], &path), Some(later));
        assert_eq!(search(&["chrome"], &path), None);
    }
}
