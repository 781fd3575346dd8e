//! Making the tasks of a deployment: one at a time for a certificate and type, each refused as a
//! whole where one instance is at fault, and never made twice after a lost answer.

use std::rc::Rc;

use super::record::{Of, TASK_LIMIT, Tasks, Watch};
use crate::fault::Kind;
use crate::products::{Bears, Bind, Held, Place, Product, Reason, Settled, Undo};
use crate::providers::tencent::ssl::SSL;
use crate::providers::tencent::ssl::deploy::DeployCertificateInstance;
use crate::providers::tencent::ssl::records::{Kind as RecordKind, RECORD_PAGE};
use crate::providers::tencent::ssl::resource::{Instance, ResourceType};
use crate::transport::{Account, Boxed, Client, Failure, Fate, ends_run};

/// The indices of things, those with the same key together, in the order in which keys appear.
pub fn grouped<K: PartialEq>(keys: impl IntoIterator<Item = K>) -> Vec<Vec<usize>> {
    let mut groups: Vec<(K, Vec<usize>)> = Vec::new();
    for (at, key) in keys.into_iter().enumerate() {
        match groups.iter_mut().find(|(known, _)| *known == key) {
            Some((_, group)) => group.push(at),
            None => groups.push((key, vec![at])),
        }
    }
    groups.into_iter().map(|(_, group)| group).collect()
}

/// One task is for a certificate, a type and a region.
pub fn groups(binds: &[Bind<'_>]) -> Vec<Vec<usize>> {
    grouped(binds.iter().enumerate().map(|(at, bind)| {
        let region = instance(bind.place).map(|(_, instance)| instance.region);
        // What is no instance stands alone, for it is refused alone.
        (bind.place.product, bind.after, region.map_err(|_| at))
    }))
}

/// What a place is called by a deployment.
fn instance(place: &Place) -> Result<(ResourceType, Instance), Reason> {
    let Product::Ssl(of) = place.product else {
        return Err(no_instance(place, "is not an ssl place"));
    };
    if let Some(why) = never_alone(place) {
        return Err(no_instance(place, why));
    }
    let path = &place.path;
    let text = match (of, &place.region) {
        // A place that has a certificate has HTTPS on.
        (ResourceType::Cdn, _) => format!("{path}|on"),
        (_, Some(region)) => format!("{region}/{path}"),
        (_, None) => path.clone(),
    };
    let parsed = Instance::parse(of, &text).map_err(|why| no_instance(place, &why))?;
    Ok((of, parsed))
}

/// Why a resource takes no certificate of its own; none where it takes one.
pub fn never_alone(place: &Place) -> Option<&'static str> {
    match place.product {
        Product::Ssl(of) if !of.takes_deployments() => Some(ONLY_UPDATES),
        _ => None,
    }
}

const ONLY_UPDATES: &str = "cannot get a certificate directly: use certctl ssl update";

fn no_instance(place: &Place, why: &str) -> Reason {
    let kind = Kind::Parameter;
    Reason::new(kind, format!("not sent: {place} {why}"), kind.hint())
}

/// Instances that one task is for.
#[derive(Debug)]
pub struct Group {
    /// Their type.
    pub of: ResourceType,
    /// The certificate that they are to bear.
    pub certificate: String,
    /// What they are.
    pub instances: Vec<Instance>,
}

impl Group {
    /// The instances of binds that are together in a group.
    ///
    /// # Errors
    /// Why none of them can be deployed to.
    pub fn of(binds: &[Bind<'_>]) -> Result<Self, Reason> {
        let all = binds.iter().map(|bind| instance(bind.place));
        let all = all.collect::<Result<Vec<_>, _>>()?;
        match (all.first(), binds.first().and_then(|bind| bind.after)) {
            (Some((of, _)), Some(after)) => Ok(Group {
                of: *of,
                certificate: after.id.clone(),
                instances: all.into_iter().map(|(_, instance)| instance).collect(),
            }),
            _ => Err(Reason::new(
                Kind::Parameter,
                "not sent: the cloud can only replace a certificate, not remove it",
                "remove the certificate in the console of the product",
            )),
        }
    }

    /// Their region, where they have one.
    pub fn region(&self) -> Option<&str> {
        self.instances.first()?.region.as_deref()
    }
}

/// Deploys to the places of a group.
pub fn bind<'c, 'e>(
    account: &'c Rc<Account<'e>>,
    binds: &'c [Bind<'c>],
) -> Boxed<'c, Vec<Settled>> {
    Box::pin(async move {
        let group = match Group::of(binds) {
            Ok(group) => group,
            Err(reason) => return vec![Settled::refused(reason); binds.len()],
        };
        let mut tasks = Tasks::new(binds.len());
        if let Err(failure) = deploy_all(account, &group, &mut tasks).await {
            tasks.fail_open(&failure);
        }
        tasks.settled
    })
}

async fn deploy_all(
    account: &Rc<Account<'_>>,
    group: &Group,
    tasks: &mut Tasks,
) -> Result<(), Failure> {
    let client = &account.client(&SSL)?;
    let records = Of::Deploys(&group.certificate, Some(group.of));
    let mut deployment = Deployment {
        client,
        certificate: &group.certificate,
        of: group.of,
        instances: &group.instances,
        known: Some(records.ids(client).await?),
        past: Vec::new(),
        tasks,
    };
    deployment
        .deploy((0..group.instances.len()).collect())
        .await
}

/// Whether a place can bear its certificate again.
pub fn undo(place: &Place, bears: &Bears) -> Undo {
    match (place.product, bears) {
        (Product::Ssl(of), _) if !of.takes_deployments() => Undo::No(ONLY_UPDATES),
        (Product::Ssl(ResourceType::Mqtt), _) => Undo::No("its name is the id of its certificate"),
        (_, Bears::Unread(_)) => Undo::Unknown("could not read its certificate"),
        (_, Bears::These(these)) => match &these[..] {
            [Held::Stored(_)] => Undo::Yes,
            [Held::Own(_)] => Undo::No("its certificate is not in the store"),
            [] => Undo::Unknown(
                "it has no certificate, and the cloud may not be able to restore \
                                 that",
            ),
            _ => Undo::Unknown("the cloud does not report which of its certificates is replaced"),
        },
    }
}

/// A certificate on its way to instances of a type.
pub struct Deployment<'a> {
    /// Sends the calls.
    pub client: &'a Client<'a>,
    /// Its id in the store.
    pub certificate: &'a str,
    /// The type.
    pub of: ResourceType,
    /// The instances.
    pub instances: &'a [Instance],
    /// The records that there were before, where they could be read.
    pub known: Option<Vec<String>>,
    /// The records that were waited for.
    pub past: Vec<String>,
    /// What becomes of the instances.
    pub tasks: &'a mut Tasks,
}

/// What became of a call for some targets.
enum Sent {
    /// A record has all of them.
    Accepted,
    /// Another task was in the way, and is through: these are still to be sent.
    Again(Vec<usize>),
    /// One of them has the others refused with it.
    Split(Failure),
}

/// Why the open ones of some targets were not accepted.
struct Unsent {
    failure: Failure,
    /// Why nothing more may be sent, where that is so.
    ended: Option<Failure>,
}

impl From<Failure> for Unsent {
    fn from(failure: Failure) -> Self {
        let ended = ends_run(&failure).then(|| failure.clone());
        Unsent { failure, ended }
    }
}

impl Unsent {
    /// Nothing more may be sent, whatever the failure is.
    fn at_the_end(failure: Failure) -> Self {
        let ended = Some(failure.clone());
        Unsent { failure, ended }
    }
}

impl Deployment<'_> {
    fn records(&self) -> Of<'_> {
        Of::Deploys(self.certificate, Some(self.of))
    }

    /// Deploys to targets of one region. A list that is refused for one instance is taken apart until
    /// the instances at fault stand alone.
    ///
    /// # Errors
    /// Why nothing more may be sent.
    pub async fn deploy(&mut self, targets: Vec<usize>) -> Result<(), Failure> {
        let mut parts = vec![targets];
        while let Some(part) = parts.pop() {
            if part.is_empty() {
                continue;
            }
            match self.send(&part).await {
                Ok(Sent::Accepted) => {}
                Ok(Sent::Again(rest)) => parts.push(rest),
                Ok(Sent::Split(failure)) if part.len() == 1 => self.tasks.fail(part, &failure),
                Ok(Sent::Split(_)) => {
                    let (first, second) = part.split_at(part.len() / 2);
                    parts.extend([second.to_vec(), first.to_vec()]);
                }
                Err(Unsent { failure, ended }) => {
                    self.tasks.fail(part, &failure);
                    if let Some(ended) = ended {
                        return Err(ended);
                    }
                }
            }
        }
        Ok(())
    }

    /// Makes one call for targets, and finds out what became of it. More than a lost answer may come
    /// between, which is why this is no [`crate::transport::reconcile`]: another task that has to be
    /// waited for or has some of the targets, and a list that one of them has refused.
    async fn send(&mut self, targets: &[usize]) -> Result<Sent, Unsent> {
        let instances = targets.iter().map(|target| &self.instances[*target]);
        let ids: Vec<String> = instances.clone().map(Instance::id).collect();
        let call = DeployCertificateInstance {
            certificate_id: self.certificate,
            resource_type: self.of,
            instances: &ids,
            region: instances
                .clone()
                .next()
                .and_then(|one| one.region.as_deref()),
        };
        let mut lost: Option<Failure> = None;
        let mut attempt = 0;
        loop {
            attempt += 1;
            let refusal = match self.client.call(&call).await {
                Ok(done) => match (done.reply.record(), done.reply.deploy_status) {
                    (Some(record), 1) => {
                        let targets = targets.iter().copied();
                        self.tasks.accept(targets, record, done.request_id.as_ref());
                        return Ok(Sent::Accepted);
                    }
                    (Some(record), _) => {
                        return self.beside(record, targets, done.request_id).await;
                    }
                    (None, _) => nameless(done.request_id),
                },
                Err(failure) => failure,
            };
            let unanswered = refusal.fate == Fate::Unknown;
            let failure = refusal.clone().after(lost.clone());
            if failure.fate == Fate::Unknown {
                if self.client.halt().is_some() {
                    return Err(Unsent::at_the_end(failure));
                }
                // Never again blindly: the lost call may have made its task.
                match self.new_record().await {
                    Ok(Some(record)) => return self.beside(&record, targets, None).await,
                    Ok(None) => {}
                    Err(unread) => {
                        let ended = ends_run(&unread).then_some(unread);
                        return Err(Unsent { failure, ended });
                    }
                }
            }
            if unanswered {
                if !self.client.again_after(attempt).await {
                    let halt = self.client.halt();
                    let ended = halt.map(|halt| self.client.halted(halt, Fate::NotSent));
                    return Err(Unsent { failure, ended });
                }
                lost = Some(failure);
                continue;
            }
            // There is no new record: a call that was lost made none, and this one was refused.
            if refusal.kind == Kind::Busy {
                let running = self.records().running(self.client).await;
                if let Some(record) = running.map_err(Unsent::at_the_end)? {
                    let watch = Watch::new(self.client, RecordKind::Deploy, &record);
                    watch.over().await.map_err(Unsent::at_the_end)?;
                    continue;
                }
                if self.client.again_after(attempt).await {
                    continue;
                }
            }
            return match is_of_the_list(&refusal) {
                true => Ok(Sent::Split(refusal)),
                false => Err(refusal.into()),
            };
        }
    }

    /// Another record was answered than one of this call. What it has of the targets is on its way;
    /// the others are sent once it is through.
    async fn beside(
        &mut self,
        record: &str,
        targets: &[usize],
        request_id: Option<Rc<str>>,
    ) -> Result<Sent, Unsent> {
        if self.past.iter().any(|past| past == record) {
            return Err(still_answered(record, request_id).into());
        }
        let watch = Watch::new(self.client, RecordKind::Deploy, record);
        let is_new = self.is_new(record);
        let progress = watch.begun(TASK_LIMIT).await;
        let progress = progress.map_err(|failure| Failure {
            // A record that was not there before is that of a call whose answer was lost.
            fate: if is_new { Fate::Unknown } else { failure.fate },
            ..failure
        })?;
        let whole = is_new && progress.counts.total == targets.len();
        let has = |target: &usize| {
            let instance = &self.instances[*target];
            let items = progress.items.iter();
            let mut own = items.filter(|item| item.cert_id == self.certificate);
            whole || own.any(|item| item.is_of(self.of, instance))
        };
        let (on_its_way, rest): (Vec<usize>, Vec<usize>) = targets.iter().partition(|t| has(t));
        self.tasks.accept(on_its_way, record, request_id.as_ref());
        if rest.is_empty() {
            return Ok(Sent::Accepted);
        }
        watch.over().await.map_err(Unsent::at_the_end)?;
        self.past.push(record.to_owned());
        Ok(Sent::Again(rest))
    }

    /// A record that was neither there before nor made by a call of this run; fails where that cannot
    /// be told.
    async fn new_record(&self) -> Result<Option<String>, Failure> {
        if self.known.is_none() {
            return Err(Failure::of(Kind::Permission, Fate::NotSent));
        }
        let records = self.records().list(self.client, RECORD_PAGE).await?;
        let new = records.into_iter().find(|record| self.is_new(&record.id));
        Ok(new.map(|record| record.id))
    }

    /// Whether a record was neither there before nor made by a call of this run.
    fn is_new(&self, record: &str) -> bool {
        let ours = |one: &Option<Rc<str>>| one.as_deref() == Some(record);
        let before = |known: &Vec<String>| known.iter().any(|known| known == record);
        let known = self.known.as_ref();
        known.is_some_and(|known| !before(known)) && !self.tasks.records.iter().any(ours)
    }
}

/// An answer without a record proves nothing.
fn nameless(request_id: Option<Rc<str>>) -> Failure {
    Failure {
        message: "the answer contains no record: it is unknown whether a task was created".into(),
        hint: "check `certctl ssl deployments list` before you run the command again",
        request_id,
        http_status: Some(200),
        attempts: 1,
        ..Failure::of(Kind::NoAnswer, Fate::Unknown)
    }
}

/// A task that is through is still said to be in the way.
fn still_answered(record: &str, request_id: Option<Rc<str>>) -> Failure {
    Failure {
        message: format!(
            "record {record} is finished, but the cloud reports that it still blocks \
                          the change"
        ),
        hint: "run the command again in a few minutes",
        request_id,
        http_status: Some(200),
        attempts: 1,
        ..Failure::of(Kind::Busy, Fate::NotRun)
    }
}

/// Whether a refusal may be due to one instance of the list, not to the certificate or the caller.
fn is_of_the_list(refusal: &Failure) -> bool {
    const WHOLE: [&str; 5] = [
        "FailedOperation.CertificateHostDeployCanNotAllow",
        "FailedOperation.CertificateHostResourceTypeInvalid",
        "FailedOperation.CertificateNotAvailable",
        "FailedOperation.InvalidCertificateStatusCode",
        "InvalidParameter.RegionNotEmpty",
    ];
    let code = refusal.code.as_deref().unwrap_or_default();
    matches!(refusal.kind, Kind::State | Kind::Parameter | Kind::Refused)
        && !ends_run(refusal)
        && !code.is_empty()
        && !WHOLE.contains(&code)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::products::ssl::store::store_id;

    #[test]
    fn a_task_is_for_a_certificate_a_type_and_a_region() {
        let places = [
            "ssl clb ap-guangzhou lb-1|lbl-1",
            "ssl cdn a.com",
            "ssl clb ap-shanghai lb-2|lbl-2",
            "ssl clb ap-guangzhou lb-1|lbl-3|a.com",
            "ssl cos ap-guangzhou|b-1|a.com",
            "ssl cos ap-shanghai|b-2|a.com",
            "ssl scf a.com",
            "ssl scf b.com",
            "ssl cdn b.com",
            "ssl cdn c.com",
        ];
        let places: Vec<Place> = places.iter().map(|text| text.parse().unwrap()).collect();
        let (new, other) = (store_id("new00001"), store_id("other001"));
        let bind = |(at, place)| Bind {
            place,
            region: None,
            before: None,
            after: Some(if at == 9 { &other } else { &new }),
        };
        let binds: Vec<Bind<'_>> = places.iter().enumerate().map(bind).collect();
        let groups = groups(&binds);
        let expected: [&[usize]; 8] = [&[0, 3], &[1, 8], &[2], &[4], &[5], &[6], &[7], &[9]];
        assert_eq!(groups, expected);
        let group = Group::of(&[binds[1], binds[8]]).unwrap();
        let ids: Vec<String> = group.instances.iter().map(Instance::id).collect();
        assert_eq!(ids, ["a.com|on", "b.com|on"]);
        let refused = Group::of(&binds[6..7]).unwrap_err();
        assert!(
            refused
                .message
                .contains("ssl scf a.com cannot get a certificate directly")
        );
        let away = Bind {
            after: None,
            ..binds[0]
        };
        assert!(Group::of(&[away]).is_err());
    }

    #[test]
    fn what_can_go_back() {
        let bears = |ids: &[&str]| {
            let held = ids.iter().map(|id| Held::Stored(store_id(id)));
            Bears::These(held.collect())
        };
        let undone = |place: &str, ids: &[&str]| undo(&place.parse().unwrap(), &bears(ids));
        assert_eq!(undone("ssl cdn a.com", &["old00001"]), Undo::Yes);
        assert!(matches!(undone("ssl cdn a.com", &[]), Undo::Unknown(_)));
        let several = undone("ssl gaap ga-1|lsr-1", &["old00001", "old00002"]);
        assert!(matches!(several, Undo::Unknown(_)));
        for place in ["ssl scf a.com", "ssl mqtt ap-guangzhou mqtt-1|old00001"] {
            assert!(
                matches!(undone(place, &["old00001"]), Undo::No(_)),
                "{place}"
            );
        }
    }
}
