//! The rows of CDN and its twin in the table of products: what domains bear is told by lists where
//! there are many, and a certificate of the store is put on one, or taken off.

use std::ops::ControlFlow;

use certctl::products::cdn::{DCDN, SPEC};
use certctl::products::{
    Bears, Bind, Binding, Held, Outcome, ProductSpec, Seen, Settled, StoreId, Undo, drive,
};
use serde_json::{Value, json};

use super::products::online;
use crate::support::Clouds;

const BOTH: [&ProductSpec; 2] = [&SPEC, &DCDN];

const INFO: &str = "DescribeDomainCertificateInfo";
const STORE: &str = "DescribeCdnSSLCertificateList";
const SSL: &str = "SetCdnDomainSSLCertificate";

/// A fault of a call of the product.
fn fault(spec: &ProductSpec, action: &'static str, deed: Value) -> Value {
    json!({"match": {"action": spec.service.named(action)}, "do": deed})
}

fn of<'b>(bindings: &'b [Binding], name: &str) -> &'b Binding {
    let mut bindings = bindings.iter();
    let found = bindings.find(|one| one.place.path == name);
    found.unwrap_or_else(|| panic!("no {name}"))
}

fn stored(binding: &Binding) -> &StoreId {
    match &binding.bears {
        Bears::These(these) => match &these[..] {
            [Held::Stored(id)] => id,
            other => panic!("{}: {other:?}", binding.place),
        },
        Bears::Unread(failure) => panic!("{}: {failure:?}", binding.place),
    }
}

#[test]
fn of_many_domains_lists_tell() {
    for spec in BOTH {
        let denied = fault(spec, STORE, json!({"code": "NoPermission", "http": 403}));
        let many: Vec<String> = (1..=1200).map(|n| format!("many{n}.test")).collect();
        // The vendor's free certificate is in no list of the store. Where that may not be read, one
        // domain of the others is as well.
        for (faults, reads) in [(json!([]), 1), (json!([denied]), 2)] {
            let account = json!({"https_domains": many, "unlimited_rate": true});
            let clouds = Clouds::with(json!({"account": account, "faults": faults}));
            online(&clouds, spec.service, async |account| {
                let bindings = (spec.read)(account, None).await.expect("a list");
                assert_eq!(bindings.len(), 1205);
                let id = stored(of(&bindings, "a.com"));
                assert!(id.region.is_some());
                for name in &many {
                    assert_eq!(stored(of(&bindings, name)), id);
                }
                let off = of(&bindings, "b.com");
                assert!(matches!(&off.bears, Bears::These(none) if none.is_empty()));
                assert_eq!((spec.undo)(&off.place, &off.bears), Undo::Yes);
            });
            assert_eq!(clouds.calls(spec.service.named(INFO)).len(), reads);
        }
    }
}

#[test]
fn a_domain_that_cannot_be_read_says_so() {
    for spec in BOTH {
        let denied = fault(spec, STORE, json!({"code": "NoPermission", "http": 403}));
        let unread = fault(spec, INFO, json!({"code": "NoPermission", "http": 403}));
        let account = json!({"offline_domains": ["off.test"]});
        let clouds = Clouds::with(json!({"account": account, "faults": [denied, unread]}));
        online(&clouds, spec.service, async |account| {
            let bindings = (spec.read)(account, None).await.expect("a list");
            let a = of(&bindings, "a.com");
            assert!(matches!(a.bears, Bears::Unread(_)), "{a:?}");
            assert!(matches!((spec.undo)(&a.place, &a.bears), Undo::Unknown(_)));
            assert_eq!(a.unsettled, "");
            assert_eq!(of(&bindings, "off.test").unsettled, "offline");
        });
    }
}

#[test]
fn https_goes_off_and_on_again_though_answers_are_lost() {
    for spec in BOTH {
        let lost = fault(spec, SSL, json!("reset_after"));
        let clouds = Clouds::with(json!({"faults": [lost]}));
        online(&clouds, spec.service, async |account| {
            let before = (spec.read)(account, None).await.expect("a list");
            let one = of(&before, "example.com");
            let id = stored(one);
            for (before, after) in [(Some(id), None), (None, Some(id))] {
                let bind = Bind {
                    place: &one.place,
                    region: None,
                    before,
                    after,
                };
                let mut settled = [Settled::default()];
                let go_on = |_: certctl::products::Event<'_>| ControlFlow::Continue(());
                let ended = drive(spec, account, &[bind], &mut settled, go_on).await;
                assert!(ended.is_none(), "{ended:?}");
                let read_back = matches!(settled[0].outcome, Outcome::Changed { confirmed: true });
                assert!(read_back, "{:?}", settled[0]);
                let seen = (spec.look)(account, &[bind]).await;
                assert!(matches!(&seen[..], [Ok(Seen::Confirmed)]), "{seen:?}");
                let now = (spec.read)(account, None).await.expect("a list");
                match (after, &of(&now, "example.com").bears) {
                    (None, Bears::These(none)) => assert!(none.is_empty(), "{none:?}"),
                    _ => assert_eq!(stored(of(&now, "example.com")), id),
                }
            }
        });
    }
}

#[test]
fn what_no_store_has_cannot_come_back() {
    let held = || Held::Own(Box::default());
    let can = |these: Vec<Held>| {
        let place = "cdn a.com".parse().expect("a place");
        (SPEC.undo)(&place, &Bears::These(these))
    };
    assert!(matches!(can(vec![held()]), Undo::No(_)));
    assert!(matches!(can(vec![held(), held()]), Undo::Unknown(_)));
}
