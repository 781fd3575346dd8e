//! The user's own files: reading with a limit on size, writing secrets, and one clear line when it
//! cannot be done.

pub mod archive;
mod change;
mod deadline;
mod others;
mod set;
mod write;

use std::fmt;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

pub use self::change::{Lock, behind_links, replace};
pub use self::deadline::{end_by, within};
pub use self::others::{Changeable, changeable_by_others};
pub use self::set::{Content, write_all};
pub use self::write::{Access, Existing, NewFile, private_folder, refuse_existing};
use crate::cert::shell_word;

/// The most that a certificate or key file may hold, in bytes: far above any real chain, far below
/// what a mistaken path could read in.
pub const MAX_PEM: u64 = 1024 * 1024;

/// What standard input is called.
const STDIN: &str = "standard input";

/// Why a file could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// Nothing has this name.
    #[error("{}: no such file", path.display())]
    Missing {
        /// The path as given.
        path: PathBuf,
    },
    /// A symbolic link whose target does not exist.
    #[error("{}: the link points to {}, which does not exist", path.display(), target.display())]
    DanglingLink {
        /// The path as given.
        path: PathBuf,
        /// Where the link points.
        target: PathBuf,
    },
    /// The path names a directory.
    #[error("{}: is a directory", path.display())]
    Directory {
        /// The path as given.
        path: PathBuf,
    },
    /// The file, or a directory on the way to it, may not be read or written.
    #[error("{}: permission denied", path.display())]
    Denied {
        /// The path as given.
        path: PathBuf,
    },
    /// The path names a device, a FIFO or a socket.
    #[error("{}: is not a regular file", path.display())]
    Irregular {
        /// The path as given.
        path: PathBuf,
    },
    /// Another process is changing the file, and does not come to an end.
    #[error("{}: another process is changing it", path.display())]
    Locked {
        /// The path as given.
        path: PathBuf,
    },
    /// The path names a file where a directory belongs.
    #[error("{}: is not a directory", path.display())]
    NoFolder {
        /// The path as given.
        path: PathBuf,
    },
    /// Something has this name, and nobody said that it may be replaced.
    #[error("{}: already exists", path.display())]
    Exists {
        /// The path as given.
        path: PathBuf,
    },
    /// The file is larger than what was asked for can be.
    #[error("{}: too large: {} bytes, the limit is {limit}", path.display(), size.map_or_else(|| format!("more than {limit}"), |size| size.to_string()))]
    TooLarge {
        /// The path as given.
        path: PathBuf,
        /// Its size in bytes; unknown for a pipe.
        size: Option<u64>,
        /// The limit in bytes.
        limit: u64,
    },
    /// It was not read to its end, or not changed, when the command had to end.
    #[error("{}: no more input before the deadline (--deadline)", path.display())]
    Late {
        /// The path as given.
        path: PathBuf,
    },
    /// Another failure of the system.
    #[error("{}: {source}", path.display())]
    Io {
        /// The path as given.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

impl FileError {
    /// What to do next: a command to type, or a thing to check. One line.
    pub fn hint(&self) -> String {
        let word = |path: &Path| shell_word(&path.to_string_lossy());
        match self {
            FileError::Late { path } if path == Path::new(STDIN) => {
                "check that the program that writes to it ends, or raise --deadline".into()
            }
            FileError::TooLarge { path, .. } if path == Path::new(STDIN) => {
                "check that this is the right input".into()
            }
            FileError::Io { path, .. } if path == Path::new(STDIN) => "give a file instead".into(),
            FileError::Missing { path } => {
                let parent = path
                    .parent()
                    .filter(|parent| !parent.as_os_str().is_empty());
                format!(
                    "check the name: ls -l {}",
                    word(parent.unwrap_or(Path::new(".")))
                )
            }
            FileError::DanglingLink { path, .. } => format!("check the link: ls -l {}", word(path)),
            FileError::Directory { path } => format!("use a file in it: ls -l {}", word(path)),
            FileError::Irregular { path } => {
                format!("use a file: ls -l {}", word(path))
            }
            FileError::Locked { path } => {
                format!(
                    "try again, or find the process that uses it: fuser {}",
                    word(path)
                )
            }
            FileError::Denied { path } => {
                format!("check the permissions: ls -l {}; id", word(path))
            }
            FileError::TooLarge { path, .. } => {
                format!("check that this is the right file: file {}", word(path))
            }
            FileError::NoFolder { path } => format!("use a directory: ls -ld {}", word(path)),
            FileError::Exists { path } => {
                format!(
                    "check it, then add --force to replace it: ls -l {}",
                    word(path)
                )
            }
            FileError::Late { path } => format!(
                "check that something writes to it and closes it: fuser {}",
                word(path)
            ),
            FileError::Io { path, .. } => format!("check the path: ls -l {}", word(path)),
        }
    }
}

/// A file with a secret in it that other users of the machine can read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenToOthers {
    /// The path as given.
    pub path: PathBuf,
    /// Its permission bits.
    pub mode: u32,
}

/// One line, to be printed after `warning: `.
impl fmt::Display for OpenToOthers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = self.path.display();
        let mode = self.mode;
        let word = shell_word(&self.path.to_string_lossy());
        write!(
            f,
            "{path} can be read by others (mode {mode:04o}): chmod 600 {word}"
        )
    }
}

/// Reads a file, or whatever can be opened and comes to an end: a pipe, `/dev/stdin`, `<(…)`.
///
/// # Errors
/// [`FileError`], also when it holds more than `limit` bytes, or does not come to an end before the
/// deadline.
pub fn read_limited(path: &Path, limit: u64) -> Result<Vec<u8>, FileError> {
    at_once_or_within(path, move |path| {
        let file = open(path, limit)?;
        let size = file.metadata().map_or(0, |metadata| metadata.len());
        // One more, so that the end is seen without growing.
        let mut bytes = Vec::with_capacity(size.min(limit) as usize + 1);
        read(path, &file, limit, &mut bytes)?;
        Ok(bytes)
    })
}

/// Reads a file, or standard input where `-` stands for it, of at most `limit` bytes; it comes with what
/// people know it by.
///
/// # Errors
/// As [`read_limited`].
pub fn read_or_stdin(path: &Path, limit: u64) -> Result<(String, Zeroizing<Vec<u8>>), FileError> {
    match path.as_os_str() == "-" {
        true => Ok(("standard input".to_owned(), read_stdin(limit)?)),
        false => Ok((
            path.display().to_string(),
            Zeroizing::new(read_limited(path, limit)?),
        )),
    }
}

/// Reads a file with a secret in it, of at most [`MAX_PEM`] bytes, and says whether others can too.
///
/// # Errors
/// As [`read_limited`].
pub fn read_secret_file(
    path: &Path,
) -> Result<(Zeroizing<Vec<u8>>, Option<OpenToOthers>), FileError> {
    let (bytes, metadata) = read_secret(path)?;
    let open = open_to_others(path, &metadata);
    Ok((bytes, open))
}

/// Reads a file with a secret in it, of at most [`MAX_PEM`] bytes, and what the system says of it.
///
/// # Errors
/// As [`read_limited`].
pub fn read_secret(path: &Path) -> Result<(Zeroizing<Vec<u8>>, fs::Metadata), FileError> {
    at_once_or_within(path, |path| {
        let file = open(path, MAX_PEM)?;
        let metadata = file.metadata().map_err(|source| failure(path, source))?;
        // Room for all of it at once: growing would leave copies behind in freed memory.
        let size = match metadata.is_file() {
            true => metadata.len().min(MAX_PEM),
            false => MAX_PEM,
        };
        let mut bytes = Zeroizing::new(Vec::with_capacity(size as usize + 1));
        read(path, &file, MAX_PEM, &mut bytes)?;
        Ok((bytes, metadata))
    })
}

/// Reads standard input, of at most `limit` bytes, which may be a secret.
///
/// # Errors
/// As [`read_limited`].
pub fn read_stdin(limit: u64) -> Result<Zeroizing<Vec<u8>>, FileError> {
    let name = Path::new(STDIN);
    within(name, move || {
        // Room for a key at once: growing would leave copies of it behind in freed memory.
        let room = limit.min(MAX_PEM) as usize + 1;
        let mut bytes = Zeroizing::new(Vec::with_capacity(room));
        read(name, io::stdin().lock(), limit, &mut bytes)?;
        Ok(bytes)
    })
}

/// What is on a disk is read at once, everything else on a thread, so that the deadline holds.
fn at_once_or_within<T: Send + 'static>(
    path: &Path,
    work: impl FnOnce(&Path) -> Result<T, FileError> + Send + 'static,
) -> Result<T, FileError> {
    let on_disk = |metadata: fs::Metadata| metadata.is_file() || metadata.is_dir();
    // What is not there does not block either.
    match fs::metadata(path).map_or(true, on_disk) {
        true => work(path),
        false => {
            let owned = path.to_owned();
            within(path, move || work(&owned))
        }
    }
}

fn open(path: &Path, limit: u64) -> Result<File, FileError> {
    let file = File::open(path).map_err(|source| failure(path, source))?;
    let metadata = file.metadata().map_err(|source| failure(path, source))?;
    if metadata.is_dir() {
        return Err(FileError::Directory { path: path.into() });
    }
    if metadata.is_file() && metadata.len() > limit {
        return Err(FileError::TooLarge {
            path: path.into(),
            size: Some(metadata.len()),
            limit,
        });
    }
    Ok(file)
}

fn read(path: &Path, file: impl Read, limit: u64, bytes: &mut Vec<u8>) -> Result<(), FileError> {
    let read = file.take(limit + 1).read_to_end(bytes);
    let read = read.map_err(|source| failure(path, source))?;
    if read as u64 > limit {
        return Err(FileError::TooLarge {
            path: path.into(),
            size: None,
            limit,
        });
    }
    Ok(())
}

/// Whether others can read a file, by the metadata of the open one: links and replacements in
/// between do not matter. A pipe has no permissions that do.
#[cfg(unix)]
pub fn open_to_others(path: &Path, metadata: &fs::Metadata) -> Option<OpenToOthers> {
    use std::os::unix::fs::PermissionsExt;
    let mode = metadata.permissions().mode() & 0o7777;
    (metadata.is_file() && mode & 0o044 != 0).then(|| OpenToOthers {
        path: path.into(),
        mode,
    })
}

/// Permissions mean something on Unix only.
#[cfg(not(unix))]
pub fn open_to_others(_: &Path, _: &fs::Metadata) -> Option<OpenToOthers> {
    None
}

fn failure(path: &Path, source: io::Error) -> FileError {
    let path = path.to_owned();
    match source.kind() {
        io::ErrorKind::IsADirectory => FileError::Directory { path },
        // Windows denies opening a directory instead of naming it.
        io::ErrorKind::PermissionDenied if cfg!(windows) && path.is_dir() => {
            FileError::Directory { path }
        }
        io::ErrorKind::NotFound => match fs::read_link(&path) {
            Ok(target) => FileError::DanglingLink { path, target },
            Err(_) => FileError::Missing { path },
        },
        io::ErrorKind::PermissionDenied => FileError::Denied { path },
        _ => FileError::Io { path, source },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_up_to_the_limit_and_no_further() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("file");
        fs::write(&path, b"12345").unwrap();
        assert_eq!(read_limited(&path, 5).unwrap(), b"12345");
        let error = read_limited(&path, 4).unwrap_err();
        let shown = format!("{}: too large: 5 bytes, the limit is 4", path.display());
        assert_eq!(error.to_string(), shown);
        assert!(
            error
                .hint()
                .starts_with("check that this is the right file")
        );
    }

    #[test]
    fn says_what_stands_in_the_way() {
        let dir = tempfile::tempdir().unwrap();
        let missing = read_limited(&dir.path().join("none"), 9).unwrap_err();
        assert!(missing.to_string().ends_with("none: no such file"));
        assert!(missing.hint().contains(&dir.path().display().to_string()));
        assert_eq!(
            read_limited(Path::new("none"), 9).unwrap_err().hint(),
            "check the name: ls -l ."
        );
        let directory = read_limited(dir.path(), 9).unwrap_err();
        assert!(
            matches!(directory, FileError::Directory { .. }),
            "{directory}"
        );

        let file = dir.path().join("file");
        fs::write(&file, b"").unwrap();
        assert_eq!(read_limited(&file, 0).unwrap(), b"");
        let below = read_limited(&file.join("below"), 9).unwrap_err();
        assert!(!below.to_string().is_empty() && below.to_string().lines().count() == 1);
    }

    #[cfg(unix)]
    mod unix {
        use std::os::unix::fs::{PermissionsExt, symlink};
        use std::process::Command;

        use super::*;

        fn with_mode(path: &Path, mode: u32) {
            fs::write(path, b"key").unwrap();
            fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
        }

        #[test]
        fn a_dangling_link_is_told_from_a_missing_file() {
            let dir = tempfile::tempdir().unwrap();
            let link = dir.path().join("link");
            symlink("gone.pem", &link).unwrap();
            let error = read_limited(&link, 9).unwrap_err();
            assert!(
                error
                    .to_string()
                    .ends_with("link: the link points to gone.pem, which does not exist")
            );
        }

        #[test]
        fn what_may_not_be_read() {
            let dir = tempfile::tempdir().unwrap();
            let path = dir.path().join("file");
            with_mode(&path, 0o000);
            // The superuser may read it all the same.
            if File::open(&path).is_err() {
                let error = read_limited(&path, 9).unwrap_err();
                assert!(error.to_string().ends_with("file: permission denied"));
            }
            let error = failure(&path, io::ErrorKind::PermissionDenied.into());
            assert!(error.hint().contains("ls -l"), "{error}");
            assert!(matches!(error, FileError::Denied { .. }));
        }

        #[test]
        fn others_that_can_read_a_secret_are_reported() {
            let dir = tempfile::tempdir().unwrap();
            let path = dir.path().join("my key.pem");
            for (mode, open) in [
                (0o600, false),
                (0o400, false),
                (0o700, false),
                (0o622, false),
                (0o640, true),
                (0o604, true),
                (0o644, true),
                (0o777, true),
            ] {
                with_mode(&path, mode);
                let (bytes, warning) = read_secret_file(&path).unwrap();
                assert_eq!(&bytes[..], b"key");
                assert_eq!(warning.is_some(), open, "{mode:o}");
            }
            with_mode(&path, 0o644);
            let shown = path.display();
            assert_eq!(
                read_secret_file(&path).unwrap().1.unwrap().to_string(),
                format!("{shown} can be read by others (mode 0644): chmod 600 '{shown}'")
            );
        }

        #[test]
        fn the_mode_is_that_of_the_file_behind_a_link() {
            let dir = tempfile::tempdir().unwrap();
            let (path, link) = (dir.path().join("key.pem"), dir.path().join("link"));
            symlink(&path, &link).unwrap();
            with_mode(&path, 0o600);
            assert_eq!(read_secret_file(&link).unwrap().1, None);
            with_mode(&path, 0o640);
            let warning = read_secret_file(&link).unwrap().1.unwrap();
            assert_eq!((warning.path, warning.mode), (link, 0o640));
        }

        #[test]
        fn a_pipe_is_read_to_its_end_or_its_limit() {
            let dir = tempfile::tempdir().unwrap();
            let path = dir.path().join("pipe");
            let made = Command::new("mkfifo")
                .arg("-m")
                .arg("666")
                .arg(&path)
                .status();
            assert!(made.unwrap().success());
            let feed = |bytes: Vec<u8>| {
                let path = path.clone();
                // The reader may close the pipe first.
                std::thread::spawn(move || fs::write(path, bytes).is_ok())
            };
            let feeder = feed(vec![b'x'; 200_000]);
            let (bytes, warning) = read_secret_file(&path).unwrap();
            assert_eq!((bytes.len(), warning), (200_000, None));
            assert!(feeder.join().unwrap());

            let feeder = feed(vec![b'x'; MAX_PEM as usize + 1]);
            let error = read_secret_file(&path).unwrap_err();
            assert!(
                error
                    .to_string()
                    .ends_with("pipe: too large: more than 1048576 bytes, the limit is 1048576"),
                "{error}"
            );
            feeder.join().unwrap();
        }
    }
}
