//! Whether others than its owner can change a file, as ssh judges it: the file itself, or a folder on
//! the way to it, in which it could be replaced.

use std::fmt;
use std::path::{Path, PathBuf};

use crate::cert::shell_word;

/// What others can change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Changeable {
    /// The file, or a folder on the way to it.
    pub path: PathBuf,
    /// Why they can.
    pub because: Because,
}

/// Why others can change something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Because {
    /// Its permission bits.
    Mode(u32),
    /// It belongs to another user, of this number.
    Owner(u32),
}

impl Changeable {
    /// A command that mends it.
    pub fn mend(&self) -> String {
        let word = shell_word(&self.path.to_string_lossy());
        match self.because {
            Because::Mode(_) => format!("run `chmod go-w {word}`"),
            Because::Owner(_) => {
                format!("run `ls -ld {word}`; use a file that belongs to you or to root")
            }
        }
    }
}

/// What can be changed, and why.
impl fmt::Display for Changeable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = self.path.display();
        match self.because {
            Because::Mode(mode) => write!(f, "other users can change {path} (mode {mode:04o})"),
            Because::Owner(uid) => write!(f, "another user (uid {uid}) owns {path}"),
        }
    }
}

/// What lets others change the file of a path, or what the path leads to.
#[cfg(unix)]
pub fn changeable_by_others(path: &Path) -> Option<Changeable> {
    use std::os::unix::fs::MetadataExt;
    const STICKY: u32 = 0o1000;
    let me = rustix::process::geteuid().as_raw();
    let judge = |path: &Path| {
        let found = std::fs::metadata(path).ok()?;
        let mode = found.mode() & 0o7777;
        let because = match (found.uid(), mode & 0o022) {
            (uid, _) if uid != 0 && uid != me => Because::Owner(uid),
            (_, 0) => return None,
            // Everybody may write to /tmp, and replace nothing there that is another's.
            _ if found.is_dir() && mode & STICKY != 0 => return None,
            _ => Because::Mode(mode),
        };
        let path = path.to_owned();
        Some(Changeable { path, because })
    };
    let given = std::path::absolute(path).ok()?;
    let behind_links = given.canonicalize().ok()?;
    // Where a link leads there, it must not be turned elsewhere either.
    let turned = (behind_links != given).then_some(given.as_path());
    let folders = turned
        .into_iter()
        .flat_map(|given| given.ancestors().skip(1));
    behind_links.ancestors().chain(folders).find_map(judge)
}

/// Permissions mean something on Unix only.
#[cfg(not(unix))]
pub fn changeable_by_others(_: &Path) -> Option<Changeable> {
    None
}

#[cfg(all(test, unix))]
mod tests {
    use std::fs::{self, Permissions};
    use std::os::unix::fs::{PermissionsExt, symlink};

    use super::*;

    #[test]
    fn the_file_and_every_folder_on_the_way_are_looked_at() {
        let dir = tempfile::tempdir().unwrap();
        let folder = dir.path().canonicalize().unwrap().join("folder");
        let file = folder.join("file");
        fs::create_dir(&folder).unwrap();
        fs::write(&file, "").unwrap();
        let mode = |path: &Path, mode| fs::set_permissions(path, Permissions::from_mode(mode));
        let found =
            |path: &Path| changeable_by_others(path).map(|found| (found.path, found.because));
        for (file_mode, folder_mode, culprit) in [
            (0o600, 0o700, None),
            (0o644, 0o755, None),
            (0o644, 0o1777, None),
            (0o620, 0o700, Some((&file, 0o620))),
            (0o602, 0o700, Some((&file, 0o602))),
            (0o600, 0o770, Some((&folder, 0o770))),
            (0o600, 0o702, Some((&folder, 0o702))),
        ] {
            mode(&file, file_mode).unwrap();
            mode(&folder, folder_mode).unwrap();
            let culprit = culprit.map(|(path, mode)| (path.clone(), Because::Mode(mode)));
            assert_eq!(found(&file), culprit, "{file_mode:o} {folder_mode:o}");
        }
        mode(&folder, 0o700).unwrap();
        mode(&file, 0o600).unwrap();
        let open = dir.path().canonicalize().unwrap().join("open");
        fs::create_dir(&open).unwrap();
        symlink(&file, open.join("link")).unwrap();
        assert_eq!(found(&open.join("link")), None);
        mode(&open, 0o777).unwrap();
        let culprit = Some((open.clone(), Because::Mode(0o777)));
        assert_eq!(found(&open.join("link")), culprit);
        assert_eq!(found(&open.join("none")), None);
    }
}
