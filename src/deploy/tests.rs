//! The table of what is planned: what is wanted, what is there, and what comes of it.

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};

use super::{Block, Guard, Holding, Plan, Scope, Shelved, Upload, Wanted, World, shelf};
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
        pinned: None,
        label: None,
        scope: Scope::default(),
        inventory: Inventory {
            stored,
            bindings,
            ..Inventory::default()
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
        files: None,
        stored: None,
        on: vec![everywhere()],
        allow: BTreeSet::new(),
    }
}

/// Every place that is found.
fn everywhere() -> Block {
    Block {
        find: Some(Vec::new()),
        ..Block::default()
    }
}

/// These places alone.
fn only(places: &[&str]) -> Block {
    Block {
        places: places
            .iter()
            .map(|text| text.parse().expect("a place"))
            .collect(),
        ..Block::default()
    }
}

fn planned(wanted: &Wanted, world: &World) -> Plan {
    plan(wanted, world, &Shelved::new(), now())
}

/// What is planned for one certificate.
fn plan(wanted: &Wanted, world: &World, shelved: &Shelved, now: DateTime<Utc>) -> Plan {
    plan_all(std::slice::from_ref(wanted), world, shelved, now)
}

/// What is planned for several.
fn plan_all(wanted: &[Wanted], world: &World, shelved: &Shelved, now: DateTime<Utc>) -> Plan {
    super::plan(wanted, world, super::targets(wanted, world), shelved, now)
}

fn id_of(plan: &Plan, wanted: &Wanted, world: &World) -> String {
    plan.id(std::slice::from_ref(wanted), world)
}

/// The places of targets.
fn at(targets: &[super::Target]) -> Vec<(usize, usize)> {
    targets.iter().map(|target| target.at).collect()
}

/// The one certificate in a store.
fn upload(shelf: super::Shelf) -> Upload {
    Upload {
        certificate: 0,
        shelf,
    }
}

/// The certificate is in the store of the first place under this id.
fn there(world: &World, id: &str) -> Shelved {
    [(upload(shelf(world, (0, 0))), StoreId::parse(id))].into()
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
    let changed: Vec<_> = found
        .changes
        .iter()
        .map(|change| change.target.at)
        .collect();
    assert_eq!(changed, [(0, 0), (0, 1)]);
    assert_eq!(at(&found.bare), [(0, 3)]);
    assert_eq!(
        found.changes[0].before.as_ref().map(|id| id.id.as_str()),
        Some("1000001")
    );
    // One upload serves both.
    assert_eq!(found.uploads, [upload(shelf(&world, (0, 0)))]);
    let except = Wanted {
        on: vec![Block {
            except: only(&["cdn www.a.com"]).places,
            ..everywhere()
        }],
        ..wanted()
    };
    assert_eq!(planned(&except, &world).changes.len(), 1);
    let named = Wanted {
        on: vec![only(&["cdn a.com", "cdn nowhere.a.com"])],
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
    assert_eq!(at(&plan.unchanged), [(0, 1)]);
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
        on: vec![only(&["ulb alb-1/als-1 sni"])],
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
        assert_ne!(
            id_of(&blocked, &allowed, &world),
            id_of(&lifted, &allowed, &world)
        );
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
    let uploads = planned(&wanted(), &world).uploads;
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
    let id = id_of(&both, &wanted(), &world);
    let other_way = World::new(vec![of("2"), of("1")]);
    assert_eq!(
        id_of(&planned(&wanted(), &other_way), &wanted(), &other_way),
        id
    );
    let elsewhere = World::new(vec![of("1"), of("3")]);
    assert_ne!(
        id_of(&planned(&wanted(), &elsewhere), &wanted(), &elsewhere),
        id
    );
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

/// The numbers of places that were said, and a search that finds nothing.
#[test]
fn other_numbers_than_expected_are_refused() {
    let world = alibaba(vec![
        cdn("a.com", held("1000001")),
        cdn("www.a.com", held("1000001")),
        binding("cdn bare.a.com", &["bare.a.com"], Vec::new()),
    ]);
    let of = |block: Block| {
        let wanted = Wanted {
            on: vec![block],
            ..wanted()
        };
        let refused = planned(&wanted, &world).refused.into_iter();
        refused.map(|(guard, _)| guard).collect::<Vec<_>>()
    };
    let expecting = |expect| Block {
        expect: Some(expect),
        ..everywhere()
    };
    assert_eq!(of(expecting(2..=2)), []);
    assert_eq!(of(expecting(0..=5)), []);
    assert_eq!(of(expecting(3..=5)), [Guard::Expect]);
    assert_eq!(of(expecting(0..=1)), [Guard::Expect]);
    let nowhere = |expect| Block {
        find: Some(vec!["ga".into()]),
        expect,
        ..Block::default()
    };
    assert_eq!(of(nowhere(None)), [Guard::Expect]);
    assert_eq!(of(nowhere(Some(0..=1))), []);
    // What is named and not there is said of the place.
    assert_eq!(of(only(&["cdn nowhere.a.com"])), []);
}

/// Two certificates for one place are refused, unless one of them names it.
#[test]
fn a_place_has_one_certificate() {
    let world = alibaba(vec![cdn("a.com", held("1000001"))]);
    let other = |block: Block| Wanted {
        called: "other.pem".into(),
        certificate: certificate("d", &["a.com"], 80),
        on: vec![block],
        ..wanted()
    };
    let of = |wanted: [Wanted; 2]| plan_all(&wanted, &world, &Shelved::new(), now());
    let claimed = of([wanted(), other(everywhere())]);
    let (guard, message) = &claimed.refused[0];
    assert_eq!(*guard, Guard::Claimed);
    assert_eq!(message, "cdn a.com is claimed by new.pem and other.pem");
    assert_eq!(claimed.changes.len(), 1, "the plan is shown all the same");
    let named = of([wanted(), other(only(&["cdn a.com"]))]);
    assert_eq!(named.refused, []);
    assert_eq!(named.changes[0].target.certificate, 1);
    let excepted = Block {
        except: only(&["cdn a.com"]).places,
        ..everywhere()
    };
    let excepted = of([wanted(), other(excepted)]);
    assert_eq!(excepted.changes[0].target.certificate, 0);
    // It finds nothing then.
    assert_eq!(excepted.refused[0].0, Guard::Expect);
}

#[test]
fn another_account_than_was_pinned_is_refused() {
    let of = |identity: &str| {
        let world = World::new(vec![Holding {
            identity: identity.into(),
            pinned: Some("1".into()),
            ..account(
                Cloud::Ucloud,
                Vec::new(),
                vec![cdn("a.com", held("1000001"))],
            )
        }]);
        planned(&wanted(), &world)
            .refused
            .into_iter()
            .map(|(guard, _)| guard)
            .collect::<Vec<_>>()
    };
    assert_eq!(of("1/org-web"), []);
    assert_eq!(of("2/org-web"), [Guard::Identity]);
    assert_eq!(of(""), [Guard::Identity]);
}

/// Names that may be lost, an account of its own, and HTTPS that is switched on.
#[test]
fn a_block_says_where_and_how() {
    let two = || {
        let of = |identity: &str| Holding {
            identity: identity.into(),
            ..account(
                Cloud::Alibaba,
                vec![stored("1000001", certificate("a", &["a.com"], 20))],
                vec![
                    binding("cdn a.com", &["a.com", "lost.com"], vec![held("1000001")]),
                    binding("cdn bare.a.com", &["bare.a.com"], Vec::new()),
                ],
            )
        };
        World::new(vec![of("1"), of("2")])
    };
    let world = two();
    let of = |block: Block| {
        let wanted = Wanted {
            on: vec![block],
            ..wanted()
        };
        planned(&wanted, &world)
    };
    let second = Block {
        account: Some(1),
        ..everywhere()
    };
    assert_eq!(guards(&of(second.clone())), ["names"]);
    let losing = of(Block {
        lose: vec!["LOST.com".into()],
        ..second
    });
    assert_eq!(
        (losing.changes.len(), losing.changes[0].target.at),
        (1, (1, 0))
    );
    let bare = only(&["cdn bare.a.com"]);
    assert_eq!(of(bare.clone()).bare.len(), 2);
    let on = of(Block { on: true, ..bare });
    assert!(on.changes.iter().all(|change| change.is_first));
    assert_eq!(on.changes.len(), 2);
}

/// A certificate of a store is for the places of its account, and is never uploaded.
#[test]
fn a_stored_certificate_stays_in_its_account() {
    let world = alibaba(vec![
        cdn("a.com", held("1000001")),
        cdn("www.a.com", held("1000002")),
    ]);
    let of = |account: usize| {
        let wanted = Wanted {
            stored: Some((account, id(Store::Cas, "1000002"))),
            ..wanted()
        };
        planned(&wanted, &world)
    };
    let plan = of(0);
    assert_eq!(at(&plan.unchanged), [(0, 1)]);
    assert_eq!((plan.changes.len(), plan.uploads.len()), (1, 0));
    assert_eq!(guards(&of(1)), ["store"]);
}
