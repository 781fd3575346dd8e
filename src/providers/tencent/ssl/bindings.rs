//! Where certificates are bound: a look-up that the cloud makes in the background.
//!
//! <https://cloud.tencent.com/document/product/400>

use serde::Deserialize;

use super::SSL;
use super::hosts::{Host, Place};
use super::resource::ResourceType;
use crate::providers::{Effect, Operation, Params, Service, Value, id_as_text, null_as_default};

/// The most certificates that one look-up may be for, and the most look-ups that one read may be of.
pub const BINDING_LIMIT: usize = 100;

/// The most instances of each type and region that a page of a look-up's result holds.
pub const BINDING_PAGE: usize = 100;

/// Has the cloud look for what certificates are bound to. Nothing of the account is changed.
#[derive(Clone, Debug)]
pub struct CreateCertificateBindResourceSyncTask<'a> {
    /// Up to [`BINDING_LIMIT`] certificates.
    pub certificate_ids: &'a [String],
    /// Whether a result of up to half an hour ago will do.
    pub cached: bool,
}

/// The answer to [`CreateCertificateBindResourceSyncTask`].
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Lookups {
    /// A look-up for each certificate.
    #[serde(default, deserialize_with = "null_as_default")]
    pub cert_task_ids: Vec<Lookup>,
}

/// A look-up.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Lookup {
    /// The certificate.
    #[serde(deserialize_with = "id_as_text")]
    pub cert_id: String,
    /// The look-up's id.
    #[serde(deserialize_with = "id_as_text")]
    pub task_id: String,
}

impl Operation for CreateCertificateBindResourceSyncTask<'_> {
    type Reply = Lookups;
    const SERVICE: &'static Service = &SSL;
    const ACTION: &'static str = "CreateCertificateBindResourceSyncTask";
    const EFFECT: Effect = Effect::Read;
    const RATE: u32 = 10;

    fn params(&self) -> Params {
        let ids = self
            .certificate_ids
            .iter()
            .map(|id| Value::from(id.as_str()));
        Params::new()
            .list("CertificateIds", ids)
            .int("IsCache", i64::from(self.cached))
    }
}

/// Reads how far look-ups are, and how much they found.
#[derive(Clone, Debug)]
pub struct DescribeCertificateBindResourceTaskResult<'a> {
    /// Up to [`BINDING_LIMIT`] look-ups.
    pub task_ids: &'a [String],
}

/// The answer to [`DescribeCertificateBindResourceTaskResult`].
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct LookupResults {
    /// How far each is.
    #[serde(default, deserialize_with = "null_as_default")]
    pub sync_task_bind_resource_result: Vec<LookupResult>,
}

/// How far a look-up is.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct LookupResult {
    /// Which one.
    #[serde(deserialize_with = "id_as_text")]
    pub task_id: String,
    /// 0 under way, 1 done, 2 failed.
    pub status: i64,
    /// Why it failed.
    #[serde(default)]
    pub error: Option<LookupError>,
    /// What it found.
    #[serde(default, deserialize_with = "null_as_default")]
    pub bind_resource_result: Vec<TypeResult>,
}

/// Why a look-up failed.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct LookupError {
    /// The vendor's code.
    #[serde(default, deserialize_with = "null_as_default")]
    pub code: String,
    /// The vendor's words.
    #[serde(default, deserialize_with = "null_as_default")]
    pub message: String,
}

/// How much a look-up found of a type.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct TypeResult {
    /// The type's name.
    #[serde(default, deserialize_with = "null_as_default")]
    pub resource_type: String,
    /// Region by region; types without regions have one entry.
    #[serde(default, deserialize_with = "null_as_default")]
    pub bind_resource_region_result: Vec<RegionResult>,
}

/// How much a look-up found in a region.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct RegionResult {
    /// The region; empty where there are none.
    #[serde(default, deserialize_with = "null_as_default")]
    pub region: String,
    /// How many.
    #[serde(default, deserialize_with = "null_as_default")]
    pub total_count: usize,
    /// Why the region could not be looked through, if it could not.
    #[serde(default, deserialize_with = "null_as_default")]
    pub error: String,
}

impl Operation for DescribeCertificateBindResourceTaskResult<'_> {
    type Reply = LookupResults;
    const SERVICE: &'static Service = &SSL;
    const ACTION: &'static str = "DescribeCertificateBindResourceTaskResult";
    const EFFECT: Effect = Effect::Read;
    const RATE: u32 = 10;

    fn params(&self) -> Params {
        let ids = self.task_ids.iter().map(|id| Value::from(id.as_str()));
        Params::new().list("TaskIds", ids)
    }
}

/// Reads what a look-up found. A page holds up to `limit` instances of each type and region.
#[derive(Clone, Debug)]
pub struct DescribeCertificateBindResourceTaskDetail<'a> {
    /// The look-up.
    pub task_id: &'a str,
    /// How many of each to pass over.
    pub offset: usize,
    /// How many of each a page may hold, up to [`BINDING_PAGE`].
    pub limit: usize,
    /// Of these types only; none means all.
    pub types: &'a [ResourceType],
}

impl Operation for DescribeCertificateBindResourceTaskDetail<'_> {
    type Reply = Bound;
    const SERVICE: &'static Service = &SSL;
    const ACTION: &'static str = "DescribeCertificateBindResourceTaskDetail";
    const EFFECT: Effect = Effect::Read;
    const RATE: u32 = 10;

    fn params(&self) -> Params {
        let params = Params::new()
            .text("TaskId", self.task_id)
            // Texts, unlike everywhere else.
            .text("Limit", self.limit.to_string())
            .text("Offset", self.offset.to_string());
        match self.types {
            [] => params,
            types => {
                let names = types.iter().map(|of| Value::from(of.as_str()));
                params.list("ResourceTypes", names)
            }
        }
    }
}

/// The answer to [`DescribeCertificateBindResourceTaskDetail`]: a list of regions for each type.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "UPPERCASE")]
pub struct Bound {
    #[serde(deserialize_with = "null_as_default")]
    apigateway: Vec<Group>,
    #[serde(deserialize_with = "null_as_default")]
    cdn: Vec<Group>,
    #[serde(deserialize_with = "null_as_default")]
    clb: Vec<Group>,
    #[serde(deserialize_with = "null_as_default")]
    cos: Vec<Group>,
    #[serde(deserialize_with = "null_as_default")]
    ddos: Vec<Group>,
    #[serde(deserialize_with = "null_as_default")]
    gaap: Vec<Group>,
    #[serde(deserialize_with = "null_as_default")]
    live: Vec<Group>,
    #[serde(deserialize_with = "null_as_default")]
    mqtt: Vec<Group>,
    #[serde(deserialize_with = "null_as_default")]
    scf: Vec<Group>,
    #[serde(deserialize_with = "null_as_default")]
    tcb: Vec<Group>,
    #[serde(deserialize_with = "null_as_default")]
    tdmq: Vec<Group>,
    #[serde(deserialize_with = "null_as_default")]
    teo: Vec<Group>,
    #[serde(deserialize_with = "null_as_default")]
    tke: Vec<Group>,
    #[serde(deserialize_with = "null_as_default")]
    tse: Vec<Group>,
    #[serde(deserialize_with = "null_as_default")]
    vod: Vec<Group>,
    #[serde(deserialize_with = "null_as_default")]
    waf: Vec<Group>,
    /// 0 under way, 1 done, 2 failed. Every answer has it; one without would read as "nothing bound".
    #[serde(rename = "Status")]
    pub status: Option<i64>,
}

/// A page of what was found of one type in one region.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct Group {
    #[serde(deserialize_with = "null_as_default")]
    region: String,
    #[serde(deserialize_with = "null_as_default")]
    instance_list: Vec<Host>,
    #[serde(deserialize_with = "null_as_default")]
    environments: Vec<Environment>,
    #[serde(deserialize_with = "null_as_default")]
    total_count: usize,
    #[serde(deserialize_with = "null_as_default")]
    error: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct Environment {
    #[serde(deserialize_with = "null_as_default")]
    environment: EnvironmentId,
    #[serde(deserialize_with = "null_as_default")]
    access_service: EnvironmentService,
    #[serde(deserialize_with = "null_as_default")]
    host_service: EnvironmentService,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct EnvironmentId {
    #[serde(rename = "ID", deserialize_with = "id_as_text")]
    id: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct EnvironmentService {
    #[serde(deserialize_with = "null_as_default")]
    instance_list: Vec<EnvironmentHost>,
    #[serde(deserialize_with = "null_as_default")]
    total_count: usize,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct EnvironmentHost {
    #[serde(deserialize_with = "id_as_text")]
    domain: String,
    #[serde(deserialize_with = "id_as_text")]
    old_certificate_id: String,
}

/// What a page of a look-up holds of one type in one region: the instances it lists, each with its
/// places, and how many there are.
#[derive(Debug)]
pub struct Found {
    /// The type.
    pub of: ResourceType,
    /// The region, and of an environment its id and service as well: what is counted together.
    pub among: String,
    /// The region; empty where the type has none.
    pub region: String,
    /// The places of each instance of the page.
    pub instances: Vec<Vec<Place>>,
    /// How many instances there are in all.
    pub total: usize,
    /// Why it could not be looked through, if it could not.
    pub error: String,
}

impl Bound {
    /// The page, type by type and region by region.
    pub fn found(self) -> Vec<Found> {
        let types = [
            (ResourceType::ApiGateway, self.apigateway),
            (ResourceType::Cdn, self.cdn),
            (ResourceType::Clb, self.clb),
            (ResourceType::Cos, self.cos),
            (ResourceType::Ddos, self.ddos),
            (ResourceType::Gaap, self.gaap),
            (ResourceType::Live, self.live),
            (ResourceType::Mqtt, self.mqtt),
            (ResourceType::Scf, self.scf),
            (ResourceType::Tcb, self.tcb),
            (ResourceType::Tdmq, self.tdmq),
            (ResourceType::Teo, self.teo),
            (ResourceType::Tke, self.tke),
            (ResourceType::Tse, self.tse),
            (ResourceType::Vod, self.vod),
            (ResourceType::Waf, self.waf),
        ];
        let groups = types
            .into_iter()
            .flat_map(|(of, groups)| groups.into_iter().map(move |group| (of, group)));
        groups.flat_map(|(of, group)| group.found(of)).collect()
    }
}

impl Group {
    fn found(self, of: ResourceType) -> Vec<Found> {
        if of == ResourceType::Tcb && self.error.is_empty() {
            let region = &self.region;
            let environments = self.environments.iter();
            return environments
                .flat_map(|environment| environment.found(region))
                .collect();
        }
        let region = (!self.region.is_empty()).then_some(self.region.as_str());
        let instances = self.instance_list.iter();
        vec![Found {
            of,
            among: self.region.clone(),
            instances: instances.map(|host| host.places(of, region)).collect(),
            region: self.region,
            total: self.total_count,
            error: self.error,
        }]
    }
}

impl Environment {
    fn found(&self, region: &str) -> Vec<Found> {
        let environment = &self.environment.id;
        let services = [
            ("AccessService", &self.access_service),
            ("HostService", &self.host_service),
        ];
        let found = |(name, service): (&str, &EnvironmentService)| Found {
            of: ResourceType::Tcb,
            among: format!("{region}|{environment}|{name}"),
            region: region.to_owned(),
            instances: service
                .instance_list
                .iter()
                .map(|host| {
                    let id = format!("{name}|{region}|{environment}|{}", host.domain);
                    let domains = vec![host.domain.clone()];
                    vec![Place::new(id, domains, &host.old_certificate_id)]
                })
                .collect(),
            total: service.total_count,
            error: String::new(),
        };
        services.into_iter().map(found).collect()
    }
}
