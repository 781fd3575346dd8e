//! ZIP archives: what is in one, as the clouds send it.

use std::path::{Component, Path, PathBuf};

use rawzip::{CompressionMethod, ZipArchive};
use zeroize::Zeroizing;

/// The most that the files of an archive may hold together, in bytes: far above any certificate in
/// every form, far below what a small archive can be made to swell to.
const SIZE_LIMIT: usize = 16 * 1024 * 1024;

/// The most files that an archive may hold.
const FILE_LIMIT: usize = 200;

/// A file of an archive.
#[derive(Debug)]
pub struct Member {
    /// Where it belongs, below the folder that the archive is unpacked into.
    pub path: PathBuf,
    /// What is in it; perhaps a private key.
    pub bytes: Zeroizing<Vec<u8>>,
}

/// The files of an archive, each checked against its sum. Folders come with their files.
///
/// # Errors
/// Why it is none that can be trusted, in a phrase.
pub fn members(archive: &[u8]) -> Result<Vec<Member>, String> {
    let broken = |error: rawzip::Error| format!("the archive is broken: {error}");
    let archive = ZipArchive::from_slice(archive).map_err(broken)?;
    let mut members: Vec<Member> = Vec::new();
    let mut left = SIZE_LIMIT;
    let mut entries = archive.entries();
    while let Some(entry) = entries.next_entry().map_err(broken)? {
        if entry.is_dir() {
            continue;
        }
        let name = entry.file_path().try_normalize().map_err(broken)?;
        let path = below(name.as_str())?;
        if members.len() == FILE_LIMIT || members.iter().any(|member| member.path == path) {
            return Err(format!(
                "the archive contains the same file twice, or more than {FILE_LIMIT} files"
            ));
        }
        let found = archive.get_entry(entry.wayfinder()).map_err(broken)?;
        let bytes = match entry.compression_method() {
            CompressionMethod::STORE if found.data().len() <= left => found.data().to_vec(),
            CompressionMethod::DEFLATE => {
                miniz_oxide::inflate::decompress_to_vec_with_limit(found.data(), left).map_err(
                    |_| {
                        format!(
                            "cannot extract {name} from the archive",
                            name = name.as_str()
                        )
                    },
                )?
            }
            _ => return Err("the archive uses an unsupported format or is too large".into()),
        };
        let bytes = Zeroizing::new(bytes);
        let mut sink = std::io::sink();
        let mut checked = found.verifying_reader(bytes.as_slice());
        std::io::copy(&mut checked, &mut sink)
            .map_err(|_| format!("{} in the archive is damaged", name.as_str()))?;
        left -= bytes.len();
        members.push(Member { path, bytes });
    }
    match members.is_empty() {
        true => Err("the archive is empty".into()),
        false => Ok(members),
    }
}

/// A path that leads nowhere but below the folder it is joined to, on any system.
fn below(name: &str) -> Result<PathBuf, String> {
    let path = Path::new(name);
    let plain = |component: Component<'_>| matches!(component, Component::Normal(_));
    let odd = |c: char| c.is_control() || matches!(c, '\\' | ':');
    match !name.is_empty() && path.components().all(plain) && !name.contains(odd) {
        true => Ok(path.to_owned()),
        false => Err("the archive contains a file with an unsafe name".into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    use std::io::Write;

    fn archive(files: &[(&str, &[u8])]) -> Vec<u8> {
        let mut writer = rawzip::ZipArchiveWriter::new(Vec::new());
        for (name, bytes) in files {
            let name = rawzip::path::EntryPath::verbatim(name.as_bytes());
            let (mut entry, config) = writer.new_file(name).start().unwrap();
            let mut data = config.wrap(&mut entry);
            data.write_all(bytes).unwrap();
            let (_, descriptor) = data.finish().unwrap();
            entry.finish(descriptor).unwrap();
        }
        writer.finish().unwrap()
    }

    #[test]
    fn files_come_out_whole() {
        let zip = archive(&[("Nginx/a.key", b"key"), ("a.crt", b"certificate")]);
        let members = members(&zip).unwrap();
        assert_eq!(members[0].path, Path::new("Nginx/a.key"));
        assert_eq!(&members[0].bytes[..], b"key");
        assert_eq!(&members[1].bytes[..], b"certificate");
    }

    #[test]
    fn what_leads_out_of_the_folder_never_comes_out() {
        for name in ["../a", "/etc/passwd", "a/../../b", "c:\\a", "..\\a", "a\nb"] {
            let outcome = members(&archive(&[(name, b"x")]));
            let safe = match &outcome {
                Err(_) => true,
                Ok(members) => members.iter().all(|member| {
                    let mut parts = member.path.components();
                    parts.all(|part| matches!(part, Component::Normal(_)))
                }),
            };
            assert!(safe, "{name:?}: {outcome:?}");
        }
    }

    #[test]
    fn what_is_damaged_doubled_or_none_is_refused() {
        let mut zip = archive(&[("a.key", b"secret text")]);
        let at = zip.windows(6).position(|part| part == b"secret").unwrap();
        zip[at] ^= 1;
        assert!(members(&zip).unwrap_err().contains("damaged"));
        for zip in [
            archive(&[("a", b"1"), ("a", b"2")]),
            archive(&[]),
            b"PK no archive".to_vec(),
            Vec::new(),
        ] {
            assert!(members(&zip).is_err());
        }
        let large = vec![0; SIZE_LIMIT + 1];
        assert!(members(&archive(&[("a", &large)])).is_err());
    }
}
