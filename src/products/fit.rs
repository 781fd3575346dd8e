//! Whether a certificate is for the names of a place, in words: one line, with both facts.

use crate::cert::{Certificate, Note};
use crate::redact::one_line;

/// How many of a certificate's names are told, in characters.
const NAMES_SHOWN: usize = 200;

/// The names that are lost where `new` takes the place of `old`, in one line; none where it covers
/// all of them, or the names of either are not known. Each comes with what people know it by.
pub fn lost_names(old: (&Certificate, &str), new: (&Certificate, &str)) -> Option<String> {
    let lost = old.0.lost_to(new.0).filter(|lost| !lost.is_empty())?;
    Some(format!(
        "{} does not cover {}, which {} covers: it covers {}",
        new.1,
        one_line(&lost.join(", "), NAMES_SHOWN),
        old.1,
        one_line(&new.0.names.join(", "), NAMES_SHOWN)
    ))
}

/// That a certificate is for none of the names that a place serves, in one line; none where it is, or
/// there is nothing to compare.
pub fn none_served(
    certificate: &Certificate,
    called: &str,
    place: &str,
    names: &[String],
) -> Option<String> {
    (certificate.serves_any(names) == Some(false)).then(|| {
        format!(
            "{called} covers none of the names that {place} serves ({}): it covers {}",
            one_line(&names.join(", "), NAMES_SHOWN),
            one_line(&certificate.names.join(", "), NAMES_SHOWN)
        )
    })
}

/// That a certificate comes without the intermediate that issued it, in one line; none where its notes
/// do not say so. `called` is what people know it by.
pub fn incomplete(notes: &[Note], called: &str) -> Option<String> {
    let issuer = notes.iter().find_map(|note| match note {
        Note::LeafOnly { issuer } => Some(issuer),
        _ => None,
    })?;
    Some(unaccompanied(called, issuer))
}

/// That a certificate comes without its issuer's, in one line.
pub fn unaccompanied(called: &str, issuer: &str) -> String {
    format!(
        "{called} has no intermediate certificate from its issuer ({}): clients reject it",
        one_line(issuer, NAMES_SHOWN)
    )
}

/// Which of the places' names a certificate does not cover, in one line; none where it covers all of
/// them, or its names are not known.
pub fn misfit<'n>(
    certificate: &Certificate,
    called: &str,
    places: impl IntoIterator<Item = &'n str>,
) -> Option<String> {
    let uncovered = |name: &&str| certificate.covers(name) == Some(false);
    let mut outside = places.into_iter().filter(uncovered);
    let first = outside.next()?;
    let others = match outside.count() {
        0 => String::new(),
        others => format!(" and {others} more of the names"),
    };
    let names = certificate.names.join(", ");
    Some(format!(
        "{called} does not cover {first}{others}: it covers {}",
        one_line(&names, NAMES_SHOWN)
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_lost_is_named_with_what_is_there() {
        let of = |names: &[&str]| Certificate {
            names: names.iter().map(|name| (*name).to_owned()).collect(),
            ..Certificate::default()
        };
        let (old, new) = (of(&["a.com", "*.b.com"]), of(&["a.com", "c.com"]));
        assert_eq!(
            lost_names((&old, "7"), (&new, "8")).unwrap(),
            "8 does not cover *.b.com, which 7 covers: it covers a.com, c.com"
        );
        assert_eq!(lost_names((&of(&["a.com"]), "7"), (&new, "8")), None);
        assert_eq!(lost_names((&old, "7"), (&of(&[]), "8")), None);
    }

    #[test]
    fn what_is_not_covered_is_named_with_what_is() {
        let certificate = Certificate {
            names: vec!["a.com".into(), "*.b.com".into()],
            ..Certificate::default()
        };
        let said = misfit(&certificate, "7", ["a.com", "c.com", "d.com"]).unwrap();
        assert_eq!(
            said,
            "7 does not cover c.com and 1 more of the names: it covers a.com, *.b.com"
        );
        assert_eq!(misfit(&certificate, "7", ["a.com", "x.b.com"]), None);
        assert_eq!(misfit(&Certificate::default(), "7", ["a.com"]), None);
    }
}
