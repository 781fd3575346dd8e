//! Several files that belong together: all of them are written, or none.

use std::fs;
use std::path::{Path, PathBuf};

use super::write::{Access, folder_of, make_folder};
use super::{Existing, FileError, NewFile, failure, refuse_existing};

/// A file that is to be written.
#[derive(Debug)]
pub struct Content<'a> {
    /// Where it belongs; the folders on the way are made.
    pub path: PathBuf,
    /// What is in it.
    pub bytes: &'a [u8],
    /// Who may read it.
    pub access: Access,
}

/// Writes all of the files or none: what was there before is there again where one of them fails.
///
/// # Errors
/// [`FileError`] of the first that cannot be written.
pub fn write_all(files: &[Content<'_>], existing: Existing) -> Result<(), FileError> {
    let mut undo = Undo::default();
    let mut rooms = Vec::with_capacity(files.len());
    for file in files {
        let folder = folder_of(&file.path);
        undo.remember_folders(folder);
        make_folder(folder, file.access)?;
        refuse_existing(&file.path, existing)?;
        let mut room = NewFile::for_whom(folder, file.access)?;
        room.fill(&file.path, file.bytes)?;
        rooms.push(room);
    }
    for (room, file) in rooms.into_iter().zip(files) {
        let before = keep(&file.path, existing)?;
        let named = room.name(&file.path, existing);
        if named.is_err() {
            put_back(&file.path, before);
            named?;
        } else {
            undo.files.push((file.path.clone(), before));
        }
    }
    undo.forget();
    Ok(())
}

/// Keeps what is in a file's place under another name beside it, if it may be replaced.
fn keep(path: &Path, existing: Existing) -> Result<Option<PathBuf>, FileError> {
    if existing == Existing::Keep || fs::symlink_metadata(path).is_err() {
        return Ok(None);
    }
    let random = getrandom::u64().expect("the system gives randomness");
    let kept = folder_of(path).join(format!(".certctl-{random:016x}.old"));
    // Some file systems have no links.
    fs::hard_link(path, &kept)
        .or_else(|_| fs::rename(path, &kept))
        .map_err(|source| failure(path, source))?;
    Ok(Some(kept))
}

/// Puts back what [`keep`] has kept.
fn put_back(path: &Path, kept: Option<PathBuf>) {
    if let Some(kept) = kept {
        // Where it still has both names, renaming does nothing.
        let _ = fs::rename(&kept, path);
        let _ = fs::remove_file(&kept);
    }
}

/// What was done so far: undone when dropped.
#[derive(Default)]
struct Undo {
    /// The files that were written, and what was in their places.
    files: Vec<(PathBuf, Option<PathBuf>)>,
    /// The folders that were made, outer ones first.
    folders: Vec<PathBuf>,
}

impl Undo {
    /// Takes note of the folders that are still to be made.
    fn remember_folders(&mut self, folder: &Path) {
        let missing = folder.ancestors().take_while(|folder| {
            !folder.as_os_str().is_empty() && fs::symlink_metadata(folder).is_err()
        });
        let mut missing: Vec<_> = missing.map(Path::to_owned).collect();
        missing.reverse();
        self.folders.extend(missing);
    }

    /// All of it stays.
    fn forget(mut self) {
        for (_, kept) in self.files.drain(..) {
            // It is in nobody's way.
            let _ = kept.map(fs::remove_file);
        }
        self.folders.clear();
    }
}

impl Drop for Undo {
    fn drop(&mut self) {
        // There is nobody left to be told what cannot be undone.
        for (path, kept) in self.files.drain(..).rev() {
            match kept {
                Some(kept) => put_back(&path, Some(kept)),
                None => drop(fs::remove_file(&path)),
            }
        }
        for folder in self.folders.drain(..).rev() {
            let _ = fs::remove_dir(folder);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(folder: &Path, names: &[&str], existing: Existing) -> Result<(), FileError> {
        let files: Vec<_> = names
            .iter()
            .map(|name| Content {
                path: folder.join(name),
                bytes: b"new",
                access: Access::Owner,
            })
            .collect();
        write_all(&files, existing)
    }

    /// Every file and folder below a folder, and what is in it.
    fn tree(folder: &Path) -> Vec<(String, Option<String>)> {
        let mut found = Vec::new();
        let mut left = vec![folder.to_owned()];
        while let Some(next) = left.pop() {
            for entry in fs::read_dir(next).unwrap() {
                let path = entry.unwrap().path();
                let name = path.strip_prefix(folder).unwrap().display().to_string();
                found.push((name, fs::read_to_string(&path).ok()));
                if path.is_dir() {
                    left.push(path);
                }
            }
        }
        found.sort();
        found
    }

    #[test]
    fn all_are_written_or_none() {
        let dir = tempfile::tempdir().unwrap();
        let at = |name: &str| dir.path().join(name);
        fs::write(at("old"), "old").unwrap();
        fs::write(at("blocked"), "a file, not a folder").unwrap();
        let before = tree(dir.path());
        for existing in [Existing::Keep, Existing::Replace] {
            let names = ["a", "deep/er/b", "blocked/c"];
            write(dir.path(), &names, existing).unwrap_err();
            assert_eq!(tree(dir.path()), before, "{existing:?}");
        }
        write(dir.path(), &["a", "old"], Existing::Keep).unwrap_err();
        assert_eq!(tree(dir.path()), before);
        // A folder in a file's place is found before anything is named; one that comes meanwhile,
        // when others are.
        fs::create_dir(at("taken")).unwrap();
        let before = tree(dir.path());
        write(dir.path(), &["old", "taken"], Existing::Replace).unwrap_err();
        assert_eq!(tree(dir.path()), before);
        write(dir.path(), &["a", "deep/er/b", "old"], Existing::Replace).unwrap();
        let after = tree(dir.path());
        assert_eq!(after.len(), before.len() + 4);
        for name in ["a", "deep/er/b", "old"] {
            assert_eq!(fs::read_to_string(at(name)).unwrap(), "new", "{name}");
        }
    }

    #[test]
    fn what_was_named_before_the_failure_is_undone() {
        let dir = tempfile::tempdir().unwrap();
        let at = |name: &str| dir.path().join(name);
        fs::write(at("old"), "old").unwrap();
        let before = tree(dir.path());
        // The second of two files of one name finds the first in its place.
        write(dir.path(), &["new/a", "new/a"], Existing::Keep).unwrap_err();
        assert_eq!(tree(dir.path()), before);
        let kept = keep(&at("old"), Existing::Replace).unwrap();
        fs::write(at("other"), "new").unwrap();
        fs::rename(at("other"), at("old")).unwrap();
        drop(Undo {
            files: vec![(at("old"), kept)],
            folders: Vec::new(),
        });
        assert_eq!(tree(dir.path()), before);
    }
}
