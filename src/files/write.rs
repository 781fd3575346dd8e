//! Writing files that hold secrets: whole or not at all, to nobody else's eyes, and over nothing
//! that is there unless told to.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::{FileError, failure};

/// What becomes of a file that is there already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Existing {
    /// It stays, and nothing is written.
    Keep,
    /// The new one takes its place.
    Replace,
}

/// Who may read a file, and look into a folder that is made for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Its owner.
    Owner,
    /// Whoever the umask lets.
    Anybody,
}

/// Room for a file: an empty one of mode 0600 beside its place. What cannot be written is known
/// before anything else is done; without [`NewFile::place`] nothing is left of it.
#[derive(Debug)]
pub struct NewFile {
    folder: PathBuf,
    temporary: PathBuf,
    file: File,
    placed: bool,
}

impl NewFile {
    /// Room in a folder.
    ///
    /// # Errors
    /// [`FileError`] of the folder.
    pub fn inside(folder: &Path) -> Result<Self, FileError> {
        NewFile::for_whom(folder, Access::Owner)
    }

    /// Room in a folder for a file that these may read.
    ///
    /// # Errors
    /// [`FileError`] of the folder.
    pub(super) fn for_whom(folder: &Path, access: Access) -> Result<Self, FileError> {
        let metadata = fs::metadata(folder).map_err(|source| failure(folder, source))?;
        if !metadata.is_dir() {
            return Err(FileError::NoFolder {
                path: folder.into(),
            });
        }
        let random = getrandom::u64().expect("the system gives randomness");
        let temporary = folder.join(format!(".certctl-{random:016x}.tmp"));
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        if access == Access::Owner {
            std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        }
        #[cfg(not(unix))]
        let _ = access;
        let file = options
            .open(&temporary)
            .map_err(|source| failure(folder, source))?;
        Ok(NewFile {
            folder: folder.into(),
            temporary,
            file,
            placed: false,
        })
    }

    /// Room for the file of that path, unless something is there.
    ///
    /// # Errors
    /// [`FileError`] of the file or of the folder it belongs into.
    pub fn at(path: &Path, existing: Existing) -> Result<Self, FileError> {
        refuse_existing(path, existing)?;
        NewFile::inside(folder_of(path))
    }

    /// Gives it the owner and the mode of another file.
    ///
    /// # Errors
    /// What the system says: only the superuser gives files away.
    pub(super) fn belong_as(&self, other: &fs::Metadata) -> io::Result<()> {
        #[cfg(unix)]
        {
            use std::os::unix::fs::{MetadataExt, fchown};
            let own = self.file.metadata()?;
            if (own.uid(), own.gid()) != (other.uid(), other.gid()) {
                fchown(&self.file, Some(other.uid()), Some(other.gid()))?;
            }
        }
        self.file.set_permissions(other.permissions())
    }

    /// Writes the file and gives it its name; returns its path.
    ///
    /// # Errors
    /// [`FileError`]; the file is not there then, and what was there before still is.
    pub fn place(
        mut self,
        name: impl AsRef<Path>,
        bytes: &[u8],
        existing: Existing,
    ) -> Result<PathBuf, FileError> {
        let path = self.folder.join(name);
        self.fill(&path, bytes)?;
        self.name(&path, existing)?;
        Ok(path)
    }

    /// Writes what is to be in it; `path` is where it belongs, for messages.
    ///
    /// # Errors
    /// [`FileError`]
    pub(super) fn fill(&mut self, path: &Path, bytes: &[u8]) -> Result<(), FileError> {
        self.file
            .write_all(bytes)
            .and_then(|()| self.file.sync_all())
            .map_err(|source| failure(path, source))
    }

    /// Gives it its name.
    ///
    /// # Errors
    /// [`FileError`]; what was there before still is.
    pub(super) fn name(mut self, path: &Path, existing: Existing) -> Result<(), FileError> {
        refuse_existing(path, existing)?;
        let placed = match existing {
            Existing::Replace => fs::rename(&self.temporary, path),
            Existing::Keep => self.link(path),
        };
        placed.map_err(|source| match source.kind() {
            io::ErrorKind::AlreadyExists => FileError::Exists { path: path.into() },
            _ => failure(path, source),
        })?;
        self.placed = existing == Existing::Replace;
        Ok(())
    }

    /// A link never takes the place of a file that came meanwhile, as renaming does. Some file
    /// systems have none.
    fn link(&self, path: &Path) -> io::Result<()> {
        match fs::hard_link(&self.temporary, path) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => {
                let mut options = OpenOptions::new();
                options.write(true).create_new(true);
                drop(options.open(path)?);
                fs::rename(&self.temporary, path)
            }
            linked => linked,
        }
    }
}

impl Drop for NewFile {
    fn drop(&mut self) {
        if !self.placed {
            // There may be nothing to remove, and nobody is left to be told.
            let _ = fs::remove_file(&self.temporary);
        }
    }
}

/// The folder that a path stands in.
pub(super) fn folder_of(path: &Path) -> &Path {
    let folder = path.parent().filter(|p| !p.as_os_str().is_empty());
    folder.unwrap_or(Path::new("."))
}

/// Makes a folder, and those on the way to it, that nobody but its owner can look into. One that is
/// there stays as it is.
///
/// # Errors
/// [`FileError`] of the folder.
pub fn private_folder(path: &Path) -> Result<(), FileError> {
    make_folder(path, Access::Owner)
}

/// Makes a folder, and those on the way to it. One that is there stays as it is.
pub(super) fn make_folder(path: &Path, access: Access) -> Result<(), FileError> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    if access == Access::Owner {
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    }
    #[cfg(not(unix))]
    let _ = access;
    builder.create(path).map_err(|source| failure(path, source))
}

/// Refuses a place that is taken: by a folder always, by a file unless it may be replaced.
///
/// # Errors
/// [`FileError::Directory`], [`FileError::Exists`].
pub fn refuse_existing(path: &Path, existing: Existing) -> Result<(), FileError> {
    match fs::symlink_metadata(path) {
        Ok(metadata) if metadata.is_dir() => Err(FileError::Directory { path: path.into() }),
        Ok(_) if existing == Existing::Keep => Err(FileError::Exists { path: path.into() }),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let entries = fs::read_dir(folder).unwrap();
        let mut names: Vec<String> = entries
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    #[test]
    fn a_file_is_there_whole_or_not_at_all() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("key.pem");
        let room = NewFile::at(&path, Existing::Keep).unwrap();
        assert!(!path.exists());
        drop(room);
        assert_eq!(names(dir.path()), [""; 0]);
        let room = NewFile::at(&path, Existing::Keep).unwrap();
        assert_eq!(room.place("key.pem", b"one", Existing::Keep).unwrap(), path);
        assert_eq!(names(dir.path()), ["key.pem"]);
        assert_eq!(fs::read(&path).unwrap(), b"one");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = fs::metadata(&path).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
        }
    }

    #[test]
    fn what_is_there_stays_unless_it_may_be_replaced() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("key.pem");
        let room = NewFile::at(&path, Existing::Keep).unwrap();
        fs::write(&path, "theirs").unwrap();
        let refused = room.place("key.pem", b"ours", Existing::Keep).unwrap_err();
        assert!(matches!(refused, FileError::Exists { .. }), "{refused}");
        let refused = NewFile::at(&path, Existing::Keep).unwrap_err();
        assert!(refused.to_string().ends_with("key.pem: already exists"));
        assert_eq!(fs::read(&path).unwrap(), b"theirs");
        let room = NewFile::at(&path, Existing::Replace).unwrap();
        room.place("key.pem", b"ours", Existing::Replace).unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"ours");
        assert_eq!(names(dir.path()), ["key.pem"]);
        let folder = NewFile::at(dir.path(), Existing::Replace).unwrap_err();
        assert!(matches!(folder, FileError::Directory { .. }), "{folder}");
    }

    #[test]
    fn a_folder_that_cannot_be_written_is_said_so() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("file");
        fs::write(&file, "").unwrap();
        let inside = NewFile::inside(&file).unwrap_err();
        assert!(matches!(inside, FileError::NoFolder { .. }), "{inside}");
        let below = NewFile::at(&dir.path().join("none/key.pem"), Existing::Keep).unwrap_err();
        assert!(matches!(below, FileError::Missing { .. }), "{below}");
    }
}
