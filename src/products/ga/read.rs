//! What there is: accelerators, their listeners and the certificates of these, side by side.

use std::rc::Rc;

use super::look::{id_of, unsettled};
use crate::domain::Domain;
use crate::products::{Bears, Binding, Held, Place, Product, Slot};
use crate::providers::alibaba::ga::{
    AcceleratorInfo, DescribeAccelerator, DescribeListener, GA, ListAccelerators,
    ListListenerCertificates, ListListeners, ListenerCertificate, ListenerInfo, PAGE_LIMIT,
};
use crate::providers::page::Cursor;
use crate::transport::{Account, Client, Failure, each};

/// An accelerator and what hangs below it.
pub struct Accelerator {
    /// What it is.
    pub info: AcceleratorInfo,
    /// Its listeners.
    pub listeners: Vec<Listener>,
}

/// A listener with its certificates; none but HTTPS has any.
pub struct Listener {
    /// What it is.
    pub info: ListenerInfo,
    /// Its certificates.
    pub certificates: Vec<ListenerCertificate>,
}

/// All accelerators, or those that are asked for.
///
/// # Errors
/// Any of them cannot be read, or what is below it.
pub async fn accelerators(
    client: &Client<'_>,
    asked: &[String],
    size: u32,
) -> Result<Vec<Accelerator>, Failure> {
    let infos = match asked {
        [] => {
            let page = |cursor: &Cursor| ListAccelerators::page(cursor, size);
            client
                .all(size, page, ListAccelerators::open, AcceleratorInfo::key)
                .await?
        }
        _ => {
            let read = async |at: usize| {
                let call = DescribeAccelerator {
                    accelerator_id: &asked[at],
                };
                Ok(client.call(&call).await?.reply)
            };
            each(asked.len(), read).await?
        }
    };
    let read = async |at: usize| {
        let id: &str = &infos[at].accelerator_id;
        let page = |cursor: &Cursor| ListListeners::page(id, cursor, size);
        client
            .all(size, page, ListListeners::open, ListenerInfo::key)
            .await
    };
    let listeners = each(infos.len(), read).await?;
    let flat: Vec<(&AcceleratorInfo, &ListenerInfo)> = infos
        .iter()
        .zip(&listeners)
        .flat_map(|(accelerator, own)| own.iter().map(move |one| (accelerator, one)))
        .collect();
    let read = async |at: usize| {
        let (accelerator, listener) = flat[at];
        of_listener(client, &accelerator.accelerator_id, listener, size).await
    };
    let mut certificates = each(flat.len(), read).await?.into_iter();
    let below = |listeners: Vec<ListenerInfo>| {
        let own = listeners.into_iter().zip(certificates.by_ref());
        own.map(|(info, certificates)| Listener { info, certificates })
            .collect()
    };
    let listeners: Vec<Vec<Listener>> = listeners.into_iter().map(below).collect();
    let whole = infos.into_iter().zip(listeners);
    Ok(whole
        .map(|(info, listeners)| Accelerator { info, listeners })
        .collect())
}

/// A listener.
///
/// # Errors
/// It cannot be read, or its certificates.
pub async fn listener(client: &Client<'_>, id: &str, size: u32) -> Result<Listener, Failure> {
    let call = DescribeListener { listener_id: id };
    let info = client.call(&call).await?.reply;
    let certificates = of_listener(client, &info.accelerator_id, &info, size).await?;
    Ok(Listener { info, certificates })
}

async fn of_listener(
    client: &Client<'_>,
    accelerator: &str,
    listener: &ListenerInfo,
    size: u32,
) -> Result<Vec<ListenerCertificate>, Failure> {
    match listener.is_https() {
        true => certificates(client, accelerator, &listener.listener_id, size).await,
        false => Ok(Vec::new()),
    }
}

/// The certificates of a listener, all of them.
pub(super) async fn certificates(
    client: &Client<'_>,
    accelerator: &str,
    listener: &str,
    size: u32,
) -> Result<Vec<ListenerCertificate>, Failure> {
    let page =
        |cursor: &Cursor| ListListenerCertificates::page(accelerator, listener, cursor, size);
    let (open, key) = (ListListenerCertificates::open, ListenerCertificate::key);
    client.all(size, page, open, key).await
}

/// The places of the account: each HTTPS listener's default certificate, and each additional one.
pub(super) async fn places(account: &Rc<Account<'_>>) -> Result<Vec<Binding>, Failure> {
    let client = account.client(&GA)?;
    let mut places = Vec::new();
    for accelerator in accelerators(&client, &[], PAGE_LIMIT).await? {
        for listener in accelerator.listeners {
            if listener.info.is_https() {
                places.extend(of(&accelerator.info, &listener));
            }
        }
    }
    Ok(places)
}

fn of(accelerator: &AcceleratorInfo, listener: &Listener) -> impl Iterator<Item = Binding> {
    let path = format!(
        "{}/{}",
        accelerator.accelerator_id, listener.info.listener_id
    );
    let unsettled = unsettled(&accelerator.state, &listener.info.state);
    let binding = move |slot, hosts, bears: Option<&ListenerCertificate>| Binding {
        place: Place {
            product: Product::Ga,
            region: None,
            path: path.clone(),
            slot,
        },
        region: None,
        hosts,
        bears: Bears::These(bears.map(held).into_iter().collect()),
        unsettled: unsettled.clone(),
    };
    let certificates = &listener.certificates;
    let default = certificates.iter().find(|one| one.is_default);
    let additional = certificates.iter().filter(|one| !one.is_default);
    let additional = additional.map(|one| {
        let domain = Domain::parse(&one.domain).map(|domain| domain.ascii().to_owned());
        let domain = domain.unwrap_or_else(|_| one.domain.clone());
        (Slot::Domain(domain.clone()), vec![domain], Some(one))
    });
    // Whatever names the default certificate serves, it is not known whole.
    let all = std::iter::once((Slot::Default, Vec::new(), default)).chain(additional);
    let all: Vec<_> = all
        .map(|(slot, hosts, bears)| binding(slot, hosts, bears))
        .collect();
    all.into_iter()
}

fn held(certificate: &ListenerCertificate) -> Held {
    match id_of(certificate) {
        Some(id) => Held::Stored(id),
        None => Held::Own(Box::default()),
    }
}
