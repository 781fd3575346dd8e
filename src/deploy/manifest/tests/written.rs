//! What is written is read again as the same.

use std::collections::{BTreeMap, HashSet};

use proptest::prelude::*;
use proptest::sample::{Index, select};

use super::*;
use crate::products::{PRODUCTS, STORES};

/// A block before it is known what account it is of, and what others have taken.
#[derive(Clone, Debug)]
struct Draft {
    account: Index,
    find: u8,
    places: usize,
    except: usize,
    expect: Option<RangeInclusive<usize>>,
    lose: Vec<String>,
    wide: bool,
    on: bool,
}

type Named<T> = BTreeMap<String, T>;

fn texts() -> impl Strategy<Value = String> {
    "[a-z-]{1,6}|[ -~]{1,6}|[é名\"'\\\\.#\u{2028}]{1,3}"
}

fn values() -> impl Strategy<Value = Option<String>> {
    proptest::option::of("[!-~]([ -~]{0,6}[!-~])?")
}

fn accounts() -> impl Strategy<Value = Named<AccountEntry>> {
    let regions = prop_oneof![
        Just(Regions::Own),
        Just(Regions::All),
        proptest::collection::hash_set("[a-z]{2}-[a-z0-9]{1,4}", 1..3)
            .prop_map(|these| Regions::These(these.into_iter().collect())),
    ];
    let project = proptest::option::of("org-[a-z0-9]{1,4}");
    let site = proptest::option::of(select(vec![Site::Mainland, Site::Intl]));
    let rest = (values(), values(), project, regions, site);
    let account = (select(Cloud::ALL.to_vec()), rest).prop_map(|(cloud, rest)| {
        let (profile, identity, project, regions, site) = rest;
        let is_ucloud = cloud == Cloud::Ucloud;
        AccountEntry {
            name: String::new(),
            cloud,
            profile,
            identity,
            project: project.filter(|_| is_ucloud),
            regions: if is_ucloud { regions } else { Regions::Own },
            site: site.filter(|_| cloud == Cloud::Tencent),
        }
    });
    proptest::collection::btree_map(texts(), account, 1..4)
}

fn sources() -> impl Strategy<Value = Result<(Source, u8), (Index, u32)>> {
    let path = || "/?[a-zé0-9 \"\\\\]{1,6}(/[a-z.]{1,4}){0,2}".prop_map(PathBuf::from);
    let key = prop_oneof![
        path().prop_map(KeySource::File),
        "[A-Z_][A-Z0-9_]{0,6}".prop_map(KeySource::Env),
    ];
    let files = (
        path(),
        proptest::option::of(path()),
        proptest::option::of(key),
    );
    prop_oneof![
        files.prop_map(|(cert, chain, key)| Ok((Source::Files { cert, chain, key }, 0))),
        (any::<Index>(), 1..99_999_999u32).prop_map(Err),
    ]
}

fn names() -> impl Strategy<Value = Vec<String>> {
    let name = "(\\*\\.)?[a-z]{1,5}(\\.[a-z]{2,4}){1,2}";
    proptest::collection::hash_set(name, 0..3).prop_map(|names| names.into_iter().collect())
}

fn drafts() -> impl Strategy<Value = Draft> {
    let expect = (any::<usize>(), any::<usize>()).prop_map(|(a, b)| a.min(b)..=a.max(b));
    let expect = prop_oneof![expect, (0..9usize).prop_map(|count| count..=count)];
    let counts = (any::<u8>(), 0..4usize, 0..3usize);
    let rest = (
        proptest::option::of(expect),
        names(),
        any::<bool>(),
        any::<bool>(),
    );
    (any::<Index>(), counts, rest).prop_map(|(account, counts, rest)| Draft {
        account,
        find: counts.0,
        places: counts.1,
        except: counts.2,
        expect: rest.0,
        lose: rest.1,
        wide: rest.2,
        on: rest.3,
    })
}

/// A place of a product that no other number gives.
fn place(word: &str, number: usize) -> Place {
    let text = match (word, number % 3) {
        ("cdn" | "dcdn", 0) => format!("{word} *.w{number}.com"),
        ("cdn" | "dcdn", _) => format!("{word} w{number}.com"),
        ("ga", 0) => format!("ga ga-{number}/lsr-1 default"),
        ("ga", _) => format!("ga ga-{number}/lsr-1 a.com"),
        ("ulb", 0) => format!("ulb ulb-{number}/vserver-1"),
        ("ulb", 1) => format!("ulb alb-{number}/als-1 default"),
        ("ulb", _) => format!("ulb alb-{number}/als-1 sni"),
        ("ssl", 0) => format!("ssl clb ap-guangzhou lb-{number}|lbl-1|a.com"),
        _ => format!("ssl cdn w{number}.com"),
    };
    text.parse().expect("a place")
}

/// A block that may stand beside those before it.
fn block(
    draft: Draft,
    account: &AccountEntry,
    searched: &mut HashSet<(String, &'static str)>,
    number: &mut usize,
) -> Block {
    let own = PRODUCTS
        .iter()
        .filter(|spec| spec.service.cloud == account.cloud);
    let words: Vec<&'static str> = own.map(|spec| spec.word).collect();
    let chosen = words.iter().enumerate();
    let find: Vec<&'static str> = chosen
        .filter(|(at, _)| draft.find >> at & 1 == 1)
        .map(|(_, word)| *word)
        .filter(|word| searched.insert((account.name.clone(), *word)))
        .collect();
    let mut several = |of: &[&str], count: usize| -> Vec<Place> {
        let mut next = || {
            *number += 1;
            place(of[*number % of.len()], *number)
        };
        (0..count).map(|_| next()).collect()
    };
    let least = usize::from(find.is_empty());
    let places = several(&words, draft.places.max(least));
    let except = match find[..] {
        [] => Vec::new(),
        _ => several(&find, draft.except),
    };
    Block {
        account: account.name.clone(),
        find,
        places,
        except,
        expect: draft.expect,
        lose: draft.lose,
        wide: draft.wide,
        on: draft.on,
    }
}

/// Manifests, their tables in the order of their names.
fn manifests() -> impl Strategy<Value = Manifest> {
    let certificate = (
        sources(),
        names(),
        proptest::collection::vec(drafts(), 1..4),
    );
    let certificates = proptest::collection::btree_map(texts(), certificate, 1..4);
    (accounts(), certificates).prop_map(|(accounts, certificates)| {
        let named = |(name, account)| AccountEntry { name, ..account };
        let accounts: Vec<AccountEntry> = accounts.into_iter().map(named).collect();
        let mut number = 0;
        let certificates = certificates
            .into_iter()
            .map(|(name, (source, names, drafts))| {
                let (source, home) = match source {
                    Ok((files, _)) => (files, None),
                    Err((account, number)) => {
                        let account = account.get(&accounts);
                        let mut stores = STORES.iter();
                        let store = stores.find(|spec| spec.service.cloud == account.cloud);
                        let id = match account.cloud {
                            Cloud::Alibaba if number % 2 == 0 => format!("{number}-cn-hangzhou"),
                            Cloud::Alibaba => number.to_string(),
                            Cloud::Tencent => format!("{number:08}"),
                            Cloud::Ucloud => format!("ssl-{number}"),
                        };
                        let id = StoreId::of(store.unwrap().store, &id).expect("an id");
                        let stored = Source::Stored {
                            account: account.name.clone(),
                            id,
                        };
                        (stored, Some(account))
                    }
                };
                let mut searched = HashSet::new();
                let on = drafts.into_iter().map(|draft| {
                    let account = home.unwrap_or_else(|| draft.account.get(&accounts));
                    block(draft, account, &mut searched, &mut number)
                });
                let on = on.collect();
                CertificateEntry {
                    name,
                    source,
                    names,
                    on,
                }
            });
        let certificates = certificates.collect();
        Manifest {
            accounts,
            certificates,
        }
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_manifest_is_what_its_text_says(
        manifest in manifests(),
        comments in proptest::collection::vec("\\PC{0,20}|[\\x00-\\x7f]{0,20}", 0..3),
    ) {
        let text = manifest.to_toml(&comments);
        prop_assert_eq!(parse(&text), Ok(manifest.clone()), "{}", text);
        let json = as_json(&text).expect("TOML");
        prop_assert_eq!(parse(&json), Ok(manifest), "{}", json);
    }
}

#[test]
fn it_is_written_for_people() {
    let toml = r#"version = 1

[accounts."the shop's"]
cloud = "alibaba"
profile = "shop"

[certificates.star]
cert = "a.pem"
key = { env = "KEY" }
names = ["a.com"]

[[certificates.star.on]]
account = "the shop's"
places = [
    "cdn a.com",
    "ga ga-1/lsr-1 default",
]
expect = "2"

[certificates.old]
stored = { account = "the shop's", id = "1345678-cn-hangzhou" }

[[certificates.old.on]]
account = "the shop's"
find = ["dcdn"]
wide = true

# cdn b.com serves a certificate that is in no store
"#;
    let comment = "cdn b.com serves a\ncertificate that is in no store".to_owned();
    assert_eq!(parse(toml).unwrap().to_toml(&[comment]), toml);
}
