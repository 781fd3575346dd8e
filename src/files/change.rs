//! Changing a file that is there: found behind its links, by one process at a time, and with the
//! owner and the mode that it had.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::deadline::end;
use super::write::folder_of;
use super::{Existing, FileError, NewFile, failure};

/// As many links as the system follows.
const LINKS: usize = 40;

/// How long a file is waited for that another process is changing. A change takes milliseconds.
const PATIENCE: Duration = Duration::from_secs(10);

/// Where a file is to be written: behind the links that lead to it, also where nothing is there yet
/// (`git config` and `aws configure` do the same).
///
/// # Errors
/// What is there is a folder, a device, a FIFO or a socket; the links go round in a circle.
pub fn behind_links(path: &Path) -> Result<PathBuf, FileError> {
    let mut place = path.to_path_buf();
    for _ in 0..LINKS {
        match fs::symlink_metadata(&place) {
            Ok(found) if found.is_symlink() => {
                let target = fs::read_link(&place).map_err(|source| failure(&place, source))?;
                place = folder_of(&place).join(target);
            }
            Ok(found) if found.is_file() => return Ok(place),
            Ok(found) if found.is_dir() => return Err(FileError::Directory { path: path.into() }),
            Ok(_) => return Err(FileError::Irregular { path: path.into() }),
            // What else is wrong shows once it is written.
            Err(_) => return Ok(place),
        }
    }
    let source = io::Error::other("it leads through too many links");
    Err(failure(path, source))
}

/// Replaces a file as a whole or not at all; owner and mode stay as they were. A new one is its
/// owner's alone.
///
/// # Errors
/// [`FileError`]; what was there is as it was.
pub fn replace(path: &Path, bytes: &[u8]) -> Result<(), FileError> {
    let room = NewFile::at(path, Existing::Replace)?;
    if let Ok(before) = fs::metadata(path) {
        room.belong_as(&before)
            .map_err(|source| failure(path, source))?;
    }
    let name = path.file_name().unwrap_or_default();
    room.place(name, bytes, Existing::Replace)?;
    sync(folder_of(path));
    Ok(())
}

/// Makes the new name last. Where folders cannot be opened as files, the system sees to it.
fn sync(folder: &Path) {
    if let Ok(folder) = File::open(folder) {
        let _ = folder.sync_all();
    }
}

/// The right to change a file, held by one process at a time. It ends with the process at the
/// latest, however that ends: the system sees to it. Where it has no such locks, nobody waits.
#[derive(Debug)]
pub struct Lock {
    path: PathBuf,
    _held: File,
}

impl Lock {
    /// Waits for the right to change the file of that path, which need not be there yet.
    ///
    /// # Errors
    /// Another process has had it for too long; nothing can be written beside the file.
    pub fn of(path: &Path) -> Result<Self, FileError> {
        let folder = folder_of(path);
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let place = folder.join(format!(".{name}.lock"));
        let started = Instant::now();
        loop {
            let mut options = OpenOptions::new();
            options.write(true).create(true).truncate(false);
            #[cfg(unix)]
            std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
            let file = options
                .open(&place)
                .map_err(|source| failure(folder, source))?;
            // Who had it has removed it: a lock on what has no name keeps nobody out.
            if is_free(&file) {
                if is_at(&file, &place) {
                    return Ok(Lock {
                        path: place,
                        _held: file,
                    });
                }
                continue;
            }
            if end().is_some_and(|end| Instant::now() >= end) {
                return Err(FileError::Late { path: path.into() });
            }
            if started.elapsed() >= PATIENCE {
                return Err(FileError::Locked { path: path.into() });
            }
            std::thread::sleep(Duration::from_millis(10));
        }
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        // It is held still, so that nobody else's is removed.
        let _ = fs::remove_file(&self.path);
    }
}

/// Takes the lock of a file, if nobody has it.
#[cfg(unix)]
fn is_free(file: &File) -> bool {
    use rustix::fs::{FlockOperation, flock};
    use rustix::io::Errno;
    flock(file, FlockOperation::NonBlockingLockExclusive) != Err(Errno::WOULDBLOCK)
}

#[cfg(not(unix))]
fn is_free(_: &File) -> bool {
    true
}

#[cfg(unix)]
fn is_at(file: &File, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    let same = |a: &fs::Metadata, b: &fs::Metadata| a.dev() == b.dev() && a.ino() == b.ino();
    matches!((file.metadata(), fs::metadata(path)), (Ok(a), Ok(b)) if same(&a, &b))
}

#[cfg(not(unix))]
fn is_at(_: &File, _: &Path) -> bool {
    true
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};

    use super::*;

    #[test]
    fn a_place_is_found_behind_its_links() {
        let dir = tempfile::tempdir().unwrap();
        let at = |name: &str| dir.path().join(name);
        fs::create_dir(at("deep")).unwrap();
        fs::write(at("deep/file"), "").unwrap();
        symlink("deep/file", at("link")).unwrap();
        symlink(at("link"), at("link2")).unwrap();
        symlink("deep/none", at("dangling")).unwrap();
        symlink("round", at("round")).unwrap();
        symlink("/dev/null", at("null")).unwrap();
        for (name, place) in [
            ("deep/file", "deep/file"),
            ("link", "deep/file"),
            ("link2", "deep/file"),
            ("dangling", "deep/none"),
            ("none", "none"),
        ] {
            assert_eq!(behind_links(&at(name)).unwrap(), at(place), "{name}");
        }
        for (name, reason) in [
            ("deep", "is a directory"),
            ("null", "is not a regular file"),
            ("round", "it leads through too many links"),
        ] {
            let refused = behind_links(&at(name)).unwrap_err().to_string();
            assert!(refused.ends_with(reason), "{refused}");
        }
    }

    #[test]
    fn a_file_keeps_its_mode_and_a_new_one_is_private() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("file");
        replace(&path, b"one").unwrap();
        assert_eq!(fs::metadata(&path).unwrap().mode() & 0o777, 0o600);
        for mode in [0o644, 0o640, 0o400] {
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
            replace(&path, b"two").unwrap();
            assert_eq!(fs::metadata(&path).unwrap().mode() & 0o777, mode);
        }
        assert_eq!(fs::read(&path).unwrap(), b"two");
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_lock_is_held_by_one_and_leaves_nothing_behind() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("file");
        let lock = Lock::of(&path).unwrap();
        let beside = File::open(dir.path().join(".file.lock")).unwrap();
        assert!(!is_free(&beside));
        drop(lock);
        assert!(is_free(&beside));
        assert!(!is_at(&beside, &dir.path().join(".file.lock")));
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0);
        // One that a process left which was killed is nobody's.
        fs::write(dir.path().join(".file.lock"), "").unwrap();
        drop(Lock::of(&path).unwrap());
    }
}
