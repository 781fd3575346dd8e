//! The table of products and stores, row by row: what is built on it works by its columns alone.

use std::collections::BTreeSet;
use std::ops::ControlFlow;
use std::rc::Rc;
use std::time::Duration;

use certctl::cert::{Bundle, Input};
use certctl::config::{Env, Flags, load, resolve};
use certctl::emulator::pki::Authority;
use certctl::fault::Kind;
use certctl::products::{
    Bears, Bind, Binding, Event, Held, Inventory, PRODUCTS, Place, ProductSpec, STORES, Seen,
    Settled, Slot, StoreId, StoreSpec, Stored, Undo, drive,
};
use certctl::providers::Service;
use certctl::transport::stop::Stop;
use certctl::transport::{Account, Memory};
use certctl::ui::{Color, Ui, Volume};
use chrono::Utc;
use serde_json::{Value, json};

use crate::support::{Clouds, client, is_read};

/// How often a place is looked at until it is given up.
const LOOKS: usize = 40;

/// Lets `work` call the sandbox's account of a service's cloud.
pub fn online(
    clouds: &Clouds,
    service: &'static Service,
    work: impl AsyncFnOnce(&Rc<Account<'_>>),
) {
    let home = ("HOME", clouds.home().display().to_string());
    let env: Env = clouds.env().into_iter().chain([home]).collect();
    let flags = Flags {
        site: (service.cloud == certctl::cloud::Cloud::Tencent).then_some("mainland"),
        ..Flags::default()
    };
    let sources = load(&[service.cloud], &flags, &env);
    let settings = resolve(service.cloud, &flags, &env, &sources).expect("settings");
    let ui = Ui::new(Volume::Quiet, Color::Never);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    runtime.block_on(async {
        let stop = Stop::listen().expect("signals can be heard");
        let memory = Memory::new();
        let client = client(service, &settings, &env, &memory, &stop, &ui);
        work(client.account()).await;
    });
}

/// A certificate of a test authority, with its chain and its key.
fn certificate(names: &[&str]) -> Bundle {
    let issued = Authority::generate().and_then(|authority| authority.issue(names, 90));
    let issued = issued.expect("a certificate");
    let input = |name, text: &'static str| Input {
        name,
        bytes: text.as_bytes(),
    };
    let chain = input("fullchain.pem", issued.fullchain.leak());
    let key = input("privkey.pem", issued.key.leak());
    Bundle::parse(&[chain], Some(key), Utc::now()).expect("it is fit")
}

fn store_of(spec: &ProductSpec) -> &'static StoreSpec {
    let mut stores = STORES.iter();
    stores
        .find(|store| store.store == spec.store)
        .expect("a store")
}

/// The one certificate of a store that a place bears, where it bears one.
fn held(binding: &Binding) -> Option<&StoreId> {
    match &binding.bears {
        Bears::These(these) => match &these[..] {
            [Held::Stored(id)] => Some(id),
            _ => None,
        },
        Bears::Unread(failure) => panic!("{}: {failure:?}", binding.place),
    }
}

/// Whether the sandbox is made to fail there, or refuses what is there now, which is not for all of
/// the names.
fn fails(binding: &Binding) -> bool {
    let labels = ["failing.", "flaky."];
    let fails = |host: &String| labels.iter().any(|label| host.starts_with(label));
    binding.hosts.iter().any(fails) || binding.place.path.contains("lbl-mixed")
}

async fn read(spec: &ProductSpec, account: &Rc<Account<'_>>) -> Vec<Binding> {
    let read = (spec.read)(account, None).await;
    read.unwrap_or_else(|failure| panic!("{}: {failure:?}", spec.word))
}

/// Makes a change by the one loop, and looks until each place is as asked.
async fn change(spec: &ProductSpec, account: &Rc<Account<'_>>, binds: &[Bind<'_>]) {
    let mut settled = vec![Settled::default(); binds.len()];
    let mut told = BTreeSet::new();
    let ended = drive(spec, account, binds, &mut settled, |event| {
        if let Event::Settled(at, _) = event {
            assert!(told.insert(at), "told twice");
        }
        ControlFlow::Continue(())
    });
    let ended = ended.await;
    assert!(ended.is_none(), "{}: {ended:?}", spec.word);
    for (bind, settled) in binds.iter().zip(&settled) {
        assert!(settled.is_changed(), "{}: {settled:?}", bind.place);
    }
    assert_eq!(told.len(), binds.len());
    let mut seen = Vec::new();
    for _ in 0..LOOKS {
        seen = (spec.look)(account, binds).await;
        let confirmed = |seen: &Result<Seen, _>| matches!(seen, Ok(Seen::Confirmed));
        if seen.iter().all(confirmed) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(250)).await;
    }
    let places = binds.iter().map(|bind| bind.place.to_string());
    panic!("{:#?}", places.zip(seen).collect::<Vec<_>>());
}

#[test]
fn each_product_is_a_row() {
    let words: Vec<&str> = PRODUCTS.iter().map(|spec| spec.word).collect();
    assert_eq!(words, ["cdn", "dcdn", "ga", "ssl", "ulb"]);
    let stores: Vec<&str> = STORES.iter().map(|spec| spec.service.name).collect();
    assert_eq!(stores, ["cas", "ssl", "ulb"]);
}

/// Every place that is read has one text, is its product's, and stands in the list once.
#[test]
fn what_is_read_are_places() {
    for spec in PRODUCTS {
        let clouds = Clouds::new();
        online(&clouds, spec.service, async |account| {
            let bindings = read(spec, account).await;
            assert!(!bindings.is_empty(), "{}", spec.word);
            let mut seen = BTreeSet::new();
            for binding in &bindings {
                let text = binding.place.to_string();
                assert_eq!(text.parse::<Place>().as_ref(), Ok(&binding.place), "{text}");
                assert_eq!(binding.place.product.word(), spec.word, "{text}");
                assert!(seen.insert((text, binding.region.clone())), "{binding:?}");
            }
            assert!(bindings.iter().any(|one| held(one).is_some()));
        });
        for entry in clouds.log() {
            let action = entry.action.unwrap_or_default();
            let reads = is_read(&action) || action == "AssumeRole";
            assert!(reads, "{}: {action}", spec.word);
        }
    }
}

/// Each place that bears one certificate of a store gets another one and its own one back; in between
/// reading shows the other one, and afterwards everything is as it was.
#[test]
fn places_are_changed_and_changed_back() {
    for spec in PRODUCTS {
        let clouds = Clouds::new();
        online(&clouds, spec.service, async |account| {
            let before = read(spec, account).await;
            let mut places = Vec::new();
            let settled = before.iter().filter(|one| one.unsettled.is_empty());
            for binding in settled.filter(|one| !fails(one)) {
                // A listener has a certificate once: the two would become one.
                let beside = |one: &Binding| {
                    one.place.slot == Slot::Others && one.place.path == binding.place.path
                };
                let mut others = before.iter().filter(|one| beside(one));
                if binding.place.slot == Slot::Default && others.any(|one| held(one).is_some()) {
                    continue;
                }
                if let Some(id) = held(binding)
                    && (spec.undo)(&binding.place, &binding.bears) == Undo::Yes
                {
                    places.push((binding, id.clone()));
                }
            }
            assert!(!places.is_empty(), "{}", spec.word);
            let new = put(spec, account, &places).await;
            let bind = |(binding, old): &(&Binding, StoreId), back: bool| {
                let (before, after) = if back { (&new.id, old) } else { (old, &new.id) };
                (
                    binding.place.clone(),
                    binding.region.clone(),
                    before.clone(),
                    after.clone(),
                )
            };
            for back in [false, true] {
                let owned: Vec<_> = places.iter().map(|one| bind(one, back)).collect();
                let binds: Vec<Bind<'_>> = owned
                    .iter()
                    .map(|(place, region, before, after)| Bind {
                        place,
                        region: region.as_deref(),
                        before: Some(before),
                        after: Some(after),
                    })
                    .collect();
                change(spec, account, &binds).await;
                let now = read(spec, account).await;
                for (place, region, _, after) in &owned {
                    let mut now = now.iter();
                    let one = now.find(|one| one.place == *place && one.region == *region);
                    let bears = one.and_then(held).map(|id| &id.id);
                    assert_eq!(bears, Some(&after.id), "{place}");
                }
            }
            let store = store_of(spec);
            let deleted = (store.delete)(account, &new.id).await;
            assert!(deleted.is_changed(), "{}: {deleted:?}", spec.word);
        });
    }
}

/// A new certificate in the store, for the names of all these places.
async fn put(
    spec: &ProductSpec,
    account: &Rc<Account<'_>>,
    places: &[(&Binding, StoreId)],
) -> Stored {
    let store = store_of(spec);
    let listed = (store.list)(account, None).await.expect("a list");
    let of = |id: &StoreId| listed.iter().find(|one| one.id.id == id.id);
    let mut names: BTreeSet<String> = BTreeSet::new();
    for (binding, id) in places {
        names.extend(binding.hosts.iter().cloned());
        names.extend(
            of(id)
                .into_iter()
                .flat_map(|one| one.certificate.names.clone()),
        );
    }
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let bundle = certificate(&names);
    let new = (store.put)(account, &bundle, None)
        .await
        .expect("it is put there");
    let again = (store.put)(account, &bundle, None)
        .await
        .expect("it is found again");
    assert_eq!(again.id, new.id);
    let listed = (store.list)(account, None).await.expect("a list");
    assert_eq!(
        listed.iter().filter(|one| one.id.id == new.id.id).count(),
        1
    );
    new
}

/// Every list of the account's cloud is read; one that may not be read is missed, and by name.
#[test]
fn an_inventory_is_all_lists_and_what_is_missing() {
    let of = |scenario: Value, word: &str, regions: &[&str]| {
        let clouds = Clouds::with(scenario);
        let spec = PRODUCTS.iter().find(|spec| spec.word == word);
        let mut read = Inventory::default();
        online(&clouds, spec.expect("a row").service, async |account| {
            read = Inventory::read(account, &[], regions).await;
        });
        read
    };
    let words = |inventory: &Inventory| {
        let places = inventory.bindings.iter().map(|one| &one.place);
        let words: BTreeSet<&str> = places.map(|place| place.product.word()).collect();
        words.into_iter().collect::<Vec<_>>()
    };
    let whole = of(json!({}), "cdn", &[]);
    assert_eq!(words(&whole), ["cdn", "dcdn", "ga"]);
    assert!(whole.gaps.is_empty() && !whole.stored.is_empty());
    let denied = |action: &str| json!({"match": {"action": action}, "do": {"code": "NoPermission", "http": 403}});
    let faults = [
        denied("ListAccelerators"),
        denied("ListUserCertificateOrder"),
    ];
    let part = of(json!({"faults": faults}), "cdn", &[]);
    assert_eq!(words(&part), ["cdn", "dcdn"]);
    let gaps = part
        .gaps
        .iter()
        .map(|gap| (gap.of.as_str(), gap.failure.kind));
    let gaps: Vec<_> = gaps.collect();
    let missing = ["ga", "cas certificates cn-hangzhou"].map(|of| (of, Kind::Permission));
    assert_eq!(gaps, missing);
    assert!(part.stored.is_empty());
    let regional = of(json!({}), "ulb", &["cn-bj2"]);
    assert!(regional.gaps.is_empty(), "{:?}", regional.gaps);
    let here = |region: &Option<String>| region.as_deref() == Some("cn-bj2");
    assert!(!regional.bindings.is_empty() && !regional.stored.is_empty());
    assert!(regional.bindings.iter().all(|one| here(&one.region)));
    let other = of(json!({}), "ssl", &["ap-guangzhou"]);
    assert_eq!((words(&other), other.gaps.len()), (vec!["ssl"], 0));
}
