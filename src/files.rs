//! Reading the user's own files: a limit on size, and one clear line when it cannot be done.

use std::fmt;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

/// The most that a certificate or key file may hold, in bytes: far above any real chain, far below
/// what a mistaken path could read in.
pub const MAX_PEM: u64 = 1024 * 1024;

/// Why a file could not be read.
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
    /// The file, or a directory on the way to it, may not be read.
    #[error("{}: permission denied", path.display())]
    Denied {
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
        match self {
            FileError::Missing { path } => {
                let parent = path
                    .parent()
                    .filter(|parent| !parent.as_os_str().is_empty());
                let parent = parent.unwrap_or(Path::new("."));
                format!("check the name: ls -l {}", parent.display())
            }
            FileError::DanglingLink { path, .. } => {
                format!("check the link: ls -l {}", path.display())
            }
            FileError::Directory { path } => {
                format!("name a file in it: ls -l {}", path.display())
            }
            FileError::Denied { path } => {
                format!("check who may read it: ls -l {} and id", path.display())
            }
            FileError::TooLarge { path, .. } => {
                format!("check that this is the right file: file {}", path.display())
            }
            FileError::Io { path, .. } => format!("check the path: ls -l {}", path.display()),
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
        write!(
            f,
            "{path} can be read by others (mode {mode:04o}): chmod 600 {path}"
        )
    }
}

/// Reads a file, or whatever can be opened and comes to an end: a pipe, `/dev/stdin`, `<(…)`.
///
/// # Errors
/// [`FileError`], also when it holds more than `limit` bytes.
pub fn read_limited(path: &Path, limit: u64) -> Result<Vec<u8>, FileError> {
    let file = open(path, limit)?;
    let mut bytes = Vec::new();
    read(path, &file, limit, &mut bytes)?;
    Ok(bytes)
}

/// Reads a file with a secret in it, of at most [`MAX_PEM`] bytes, and says whether others can too.
/// The permissions are those of the file that was opened, not of a link that leads to it; a pipe
/// has none that matter.
///
/// # Errors
/// As [`read_limited`].
pub fn read_secret_file(
    path: &Path,
) -> Result<(Zeroizing<Vec<u8>>, Option<OpenToOthers>), FileError> {
    let file = open(path, MAX_PEM)?;
    // Room for all of it at once: growing would leave copies behind in freed memory.
    let mut bytes = Zeroizing::new(Vec::with_capacity(MAX_PEM as usize + 1));
    read(path, &file, MAX_PEM, &mut bytes)?;
    Ok((bytes, open_to_others(path, &file)?))
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

fn read(path: &Path, file: &File, limit: u64, bytes: &mut Vec<u8>) -> Result<(), FileError> {
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

#[cfg(unix)]
fn open_to_others(path: &Path, file: &File) -> Result<Option<OpenToOthers>, FileError> {
    use std::os::unix::fs::PermissionsExt;
    let metadata = file.metadata().map_err(|source| failure(path, source))?;
    let mode = metadata.permissions().mode() & 0o7777;
    Ok(
        (metadata.is_file() && mode & 0o044 != 0).then(|| OpenToOthers {
            path: path.into(),
            mode,
        }),
    )
}

#[cfg(not(unix))]
fn open_to_others(_: &Path, _: &File) -> Result<Option<OpenToOthers>, FileError> {
    Ok(None)
}

fn failure(path: &Path, source: io::Error) -> FileError {
    let path = path.to_owned();
    // Windows denies opening a directory instead of naming it.
    if path.is_dir() && source.kind() != io::ErrorKind::NotFound {
        return FileError::Directory { path };
    }
    match source.kind() {
        io::ErrorKind::NotFound => match fs::read_link(&path) {
            Ok(target) => FileError::DanglingLink { path, target },
            Err(_) => FileError::Missing { path },
        },
        io::ErrorKind::PermissionDenied => FileError::Denied { path },
        _ => FileError::Io { path, source },
    }
}
