//! The table of what is planned: what is wanted, what is there, and what comes of it.

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};

use super::{Guard, Holding, Plan, Shelf, Shelved, Wanted, World, plan, shelf};
use crate::cert::Certificate;
use crate::cloud::Cloud;
use crate::fault::Kind;
use crate::products::{Bears, Binding, Held, Inventory, Slot, Store, StoreId, Stored};
use crate::transport::{Failure, Fate};

const NOW: &str = "2026-11-01T00:00:00Z";

fn now() -> DateTime<Utc> {
    NOW.parse().expect("a time")
}

/// A certificate with this mark, whole, that ends in so many days.
fn certificate(mark: &str, names: &[&str], days: i64) -> Certificate {
    Certificate {
        sha256: Some(mark.repeat(64)),
        names: names.iter().map(|name| (*name).to_owned()).collect(),
        issuer: Some("C=US, O=Let's Encrypt, CN=R3".into()),
        algorithm: Some("RSA 2048".into()),
        starts: Some(now() + TimeDelta::days(days - 90)),
        expires: Some(now() + TimeDelta::days(days)),
        chain: Some(vec!["c".repeat(64)]),
        ..Certificate::default()
    }
}

pub(super) fn id(store: Store, id: &str) -> StoreId {
    StoreId {
        store,
        id: id.to_owned(),
        region: None,
    }
}

fn stored(text: &str, certificate: Certificate) -> Stored {
    let id = StoreId::parse(text).expect("an id");
    Stored {
        id,
        name: String::new(),
        certificate,
    }
}

fn held(text: &str) -> Held {
    Held::Stored(StoreId::parse(text).expect("an id"))
}

pub(super) fn binding(place: &str, hosts: &[&str], bears: Vec<Held>) -> Binding {
    Binding {
        place: place.parse().expect("a place"),
        region: None,
        hosts: hosts.iter().map(|host| (*host).to_owned()).collect(),
        bears: Bears::These(bears),
        unsettled: String::new(),
    }
}

pub(super) fn account(cloud: Cloud, stored: Vec<Stored>, bindings: Vec<Binding>) -> Holding {
    Holding {
        cloud,
        profile: None,
        identity: format!("{cloud}-1"),
        region: None,
        inventory: Inventory {
            stored,
            bindings,
            gaps: Vec::new(),
        },
    }
}

/// An account of Alibaba Cloud with the old certificate, 1000001, and these places.
fn alibaba(bindings: Vec<Binding>) -> World {
    let old = certificate("a", &["a.com", "*.a.com"], 20);
    World::new(vec![account(
        Cloud::Alibaba,
        vec![stored("1000001", old)],
        bindings,
    )])
}

fn wanted() -> Wanted {
    Wanted {
        called: "new.pem".into(),
        certificate: certificate("b", &["a.com", "*.a.com"], 80),
        places: Vec::new(),
        except: Vec::new(),
        allow: BTreeSet::new(),
    }
}

fn planned(wanted: &Wanted, world: &World) -> Plan {
    plan(wanted, world, &Shelved::new(), now())
}

/// The certificate is in the store of the first place under this id.
fn there(world: &World, id: &str) -> Shelved {
    [(shelf(world, (0, 0)), StoreId::parse(id))].into()
}

fn guards(plan: &Plan) -> Vec<&'static str> {
    plan.blocked.iter().map(|one| one.guard.as_str()).collect()
}

fn cdn(name: &str, held: Held) -> Binding {
    binding(&format!("cdn {name}"), &[name], vec![held])
}

#[test]
fn places_are_found_by_their_names() {
    let world = alibaba(vec![
        cdn("a.com", held("1000001")),
        cdn("www.a.com", held("1000001")),
        cdn("other.com", held("1000001")),
        binding("cdn bare.a.com", &["bare.a.com"], Vec::new()),
        binding("cdn bare.other.com", &["bare.other.com"], Vec::new()),
    ]);
    let found = planned(&wanted(), &world);
    let changed: Vec<_> = found.changes.iter().map(|change| change.at).collect();
    assert_eq!(changed, [(0, 0), (0, 1)]);
    assert_eq!(found.bare, [(0, 3)]);
    assert_eq!(
        found.changes[0].before.as_ref().map(|id| id.id.as_str()),
        Some("1000001")
    );
    // One upload serves both.
    assert_eq!(found.uploads, [shelf(&world, (0, 0))]);
    let except = Wanted {
        except: vec!["cdn www.a.com".parse().expect("a place")],
        ..wanted()
    };
    assert_eq!(planned(&except, &world).changes.len(), 1);
    let named = Wanted {
        places: ["cdn a.com", "cdn nowhere.a.com"]
            .map(|text| text.parse().expect("a place"))
            .to_vec(),
        ..wanted()
    };
    let named = planned(&named, &world);
    assert_eq!(named.changes.len(), 1);
    assert_eq!(named.missing.len(), 1);
}

#[test]
fn what_is_so_already_is_left() {
    let world = alibaba(vec![
        cdn("a.com", held("1000001")),
        cdn("www.a.com", held("1000002")),
    ]);
    let plan = plan(&wanted(), &world, &there(&world, "1000002"), now());
    assert_eq!(plan.unchanged, [(0, 1)]);
    assert_eq!(plan.changes.len(), 1);
    assert!(plan.uploads.is_empty(), "it is in the store");
}

/// Outside a store a certificate is compared by what it is, its chain included.
#[test]
fn a_certificate_of_a_places_own_is_compared() {
    let own = |certificate: Certificate| {
        let world = alibaba(vec![cdn("a.com", Held::Own(Box::new(certificate)))]);
        planned(&wanted(), &world)
    };
    let new = wanted().certificate;
    assert_eq!(own(new.clone()).unchanged.len(), 1);
    let other_chain = Certificate {
        chain: Some(vec!["d".repeat(64)]),
        expires: Some(now() + TimeDelta::days(20)),
        ..new.clone()
    };
    assert_eq!(own(other_chain).changes.len(), 1);
    let unknown = Certificate { chain: None, ..new };
    assert_eq!(guards(&own(unknown)), ["unread"]);
    let older = own(certificate("a", &["a.com"], 20));
    assert_eq!(older.changes[0].before, None);
}

/// Of a set only what the new one is for gives way, and it is taken out where the new one is there.
#[test]
fn a_slot_bears_a_set() {
    let old = certificate("a", &["a.com"], 20);
    let other = certificate("d", &["other.com"], 20);
    let of = |held: Vec<Held>, wanted: &Wanted, new: Option<&str>| {
        let stores = vec![
            stored("ssl-old", old.clone()),
            stored("ssl-other", other.clone()),
        ];
        let bindings = vec![binding("ulb alb-1/als-1 sni", &[], held)];
        let world = World::new(vec![account(Cloud::Ucloud, stores, bindings)]);
        let shelved = new.map_or_else(Shelved::new, |id| there(&world, id));
        plan(wanted, &world, &shelved, now())
    };
    let steps = |plan: &Plan| -> Vec<(Option<String>, bool)> {
        let before = |id: &Option<StoreId>| id.as_ref().map(|id| id.id.clone());
        let changes = plan.changes.iter();
        changes
            .map(|one| (before(&one.before), one.after.is_some()))
            .collect()
    };
    let gone = |id: &str| Some(id.to_owned());
    let both = || vec![held("ssl-other"), held("ssl-old")];
    assert_eq!(
        steps(&of(both(), &wanted(), None)),
        [(gone("ssl-old"), true)]
    );
    let with_new = || vec![held("ssl-old"), held("ssl-new")];
    let taken_out = of(with_new(), &wanted(), Some("ssl-new"));
    assert_eq!(steps(&taken_out), [(gone("ssl-old"), false)]);
    assert!(taken_out.uploads.is_empty());
    let done = of(
        vec![held("ssl-other"), held("ssl-new")],
        &wanted(),
        Some("ssl-new"),
    );
    assert!(done.is_empty());
    let named = Wanted {
        places: vec!["ulb alb-1/als-1 sni".parse().expect("a place")],
        allow: [Guard::Names].into(),
        ..wanted()
    };
    assert_eq!(
        steps(&of(vec![held("ssl-other")], &named, None)),
        [(None, true)]
    );
    // Its names would be those of what is there.
    let unlifted = Wanted {
        allow: BTreeSet::new(),
        ..named
    };
    let blocked = of(vec![held("ssl-other")], &unlifted, None);
    assert_eq!(guards(&blocked), ["names"]);
}

#[test]
fn several_in_one_slot_are_not_replaced_by_one() {
    let two = vec![held("example1"), held("example2")];
    let of = certificate("a", &["a.com"], 20);
    let stores = vec![
        stored("example1", of.clone()),
        stored("example2", certificate("d", &["a.com"], 20)),
    ];
    let bindings = vec![binding("ssl teo a.com", &["a.com"], two)];
    let world = World::new(vec![account(Cloud::Tencent, stores, bindings)]);
    assert_eq!(guards(&planned(&wanted(), &world)), ["algorithm"]);
    // To allow that lifts no other guard.
    let mut older = wanted();
    older.allow = [Guard::Algorithm, Guard::Short].into();
    older.certificate.expires = Some(now() + TimeDelta::days(10));
    assert_eq!(guards(&planned(&older, &world)), ["older"]);
}

/// Each guard keeps a place as it is, and the one override lifts it.
#[test]
fn guards_block_and_are_lifted() {
    let base = || alibaba(vec![cdn("a.com", held("1000001"))]);
    let wide = || {
        let bindings = vec![binding(
            "cdn a.com",
            &["a.com", "lost.com"],
            vec![held("1000001")],
        )];
        alibaba(bindings)
    };
    let with = |change: fn(&mut Certificate)| {
        let mut wanted = wanted();
        change(&mut wanted.certificate);
        wanted
    };
    let cases: [(Guard, World, Wanted); 6] = [
        (Guard::Names, wide(), wanted()),
        (
            Guard::Older,
            base(),
            with(|new| {
                new.expires = Some(now() + TimeDelta::days(20));
                new.starts = Some(now() - TimeDelta::days(5));
            }),
        ),
        (
            Guard::Short,
            base(),
            with(|new| new.starts = Some(now() - TimeDelta::days(300))),
        ),
        (
            Guard::Issuer,
            base(),
            with(|new| new.issuer = Some("O=DigiCert Inc, CN=X".into())),
        ),
        (
            Guard::Algorithm,
            base(),
            with(|new| new.algorithm = Some("ECDSA P-256".into())),
        ),
        (
            Guard::Chain,
            base(),
            with(|new| new.lacks = Some("CN=R3".into())),
        ),
    ];
    for (guard, world, wanted) in cases {
        let blocked = planned(&wanted, &world);
        assert_eq!(guards(&blocked), [guard.as_str()]);
        assert!(blocked.changes.is_empty() && blocked.uploads.is_empty());
        let allowed = Wanted {
            allow: [guard].into(),
            ..wanted
        };
        let lifted = planned(&allowed, &world);
        assert_eq!(guards(&lifted), Vec::<&str>::new(), "{guard:?}");
        assert_eq!(lifted.changes.len(), 1, "{guard:?}");
        assert_ne!(blocked.id(&allowed, &world), lifted.id(&allowed, &world));
    }
}

#[test]
fn what_cannot_be_changed_now_is_said() {
    let mut updating = cdn("a.com", held("1000001"));
    updating.unsettled = "the listener is updating".into();
    let unread = Binding {
        bears: Bears::Unread(Failure::of(Kind::Permission, Fate::NotRun)),
        ..cdn("www.a.com", held("1000001"))
    };
    let world = alibaba(vec![updating, unread]);
    assert_eq!(guards(&planned(&wanted(), &world)), ["state", "unread"]);
    let bindings = vec![binding("ssl scf a.com", &["a.com"], vec![held("example1")])];
    let stores = vec![stored("example1", certificate("a", &["a.com"], 20))];
    let world = World::new(vec![account(Cloud::Tencent, stores, bindings)]);
    assert_eq!(guards(&planned(&wanted(), &world)), ["wide"]);
}

/// The certificate goes to the site of the one that a place serves, GA's always to the mainland's.
#[test]
fn each_place_has_its_store() {
    let abroad = Held::Stored(StoreId {
        region: Some("ap-southeast-1".into()),
        ..id(Store::Cas, "1000001")
    });
    let world = alibaba(vec![
        cdn("a.com", held("1000001")),
        cdn("www.a.com", abroad.clone()),
        binding("ga ga-1/lsr-1 default", &[], vec![abroad]),
    ]);
    let regions: Vec<Option<String>> = (0..3)
        .map(|place| shelf(&world, (0, place)).region)
        .collect();
    let site = |name: &str| Some(name.to_owned());
    assert_eq!(
        regions,
        [
            site("cn-hangzhou"),
            site("ap-southeast-1"),
            site("cn-hangzhou")
        ]
    );
    let uploads: Vec<Shelf> = planned(&wanted(), &world).uploads;
    assert_eq!(uploads.len(), 2);
}

/// Places of the same text in two accounts are two places.
#[test]
fn accounts_are_told_apart() {
    let old = certificate("a", &["a.com"], 20);
    let of = |identity: &str| Holding {
        identity: identity.into(),
        ..account(
            Cloud::Alibaba,
            vec![stored("1000001", old.clone())],
            vec![cdn("a.com", held("1000001"))],
        )
    };
    let world = World::new(vec![of("1"), of("2")]);
    let both = planned(&wanted(), &world);
    assert_eq!((both.changes.len(), both.uploads.len()), (2, 2));
    let id = both.id(&wanted(), &world);
    let other_way = World::new(vec![of("2"), of("1")]);
    assert_eq!(planned(&wanted(), &other_way).id(&wanted(), &other_way), id);
    let elsewhere = World::new(vec![of("1"), of("3")]);
    assert_ne!(planned(&wanted(), &elsewhere).id(&wanted(), &elsewhere), id);
}

#[test]
fn a_slot_of_a_domain_serves_that_domain() {
    let bindings = vec![binding(
        "ga ga-1/lsr-1 www.a.com",
        &[],
        vec![held("1000001")],
    )];
    let world = alibaba(bindings);
    assert!(matches!(world.binding((0, 0)).place.slot, Slot::Domain(_)));
    assert_eq!(planned(&wanted(), &world).changes.len(), 1);
}

/// Ten thousand places in one account.
#[test]
fn many_places_are_planned() {
    let places = (0..10_000).map(|n| cdn(&format!("n{n}.a.com"), held("1000001")));
    let world = alibaba(places.collect());
    let plan = planned(&wanted(), &world);
    assert_eq!((plan.changes.len(), plan.uploads.len()), (10_000, 1));
}
