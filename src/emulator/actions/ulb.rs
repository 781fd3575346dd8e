//! UCloud ULB: load balancers, their listeners and the certificates bound there.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::cloud::Cloud;
use crate::emulator::material::{self, Facts};
use crate::emulator::pki::{Authority, Issued};
use crate::emulator::reply::{Refusal, members};

use super::{Account, Action, Call, Data, Handler, action};

const fn of(name: &'static str, params: &'static [&'static str], handle: Handler) -> Action {
    action(Cloud::Ucloud, name, params, handle)
}

/// What is emulated of the load balancers.
#[rustfmt::skip] // a line for the action and one for its parameters: a table, not calls
pub const ACTIONS: &[Action] = &[
    // Never `ULBId` and `VServerId`: ignored, they would widen the call to the whole project.
    of("UpdateSSLBinding", &["OldSSLId", "NewSSLId", "LoadBalancerId", "ListenerId"],
        update_binding),
    of("DescribeSSLV2", &["SSLId", "Limit", "Offset"], describe_ssl),
    of("DescribeULB", &["ULBId", "VPCId", "SubnetId", "BusinessId", "Limit", "Offset"],
        describe_ulb),
    of("DescribeVServer", &["ULBId", "VServerId", "Limit", "Offset"], describe_vserver),
];

/// The account's projects and what stands in each region of them.
pub struct Store {
    places: BTreeMap<(&'static str, &'static str), Place>,
}

/// One project in one region.
#[derive(Default)]
struct Place {
    balancers: Vec<(&'static str, &'static [&'static str])>,
    certificates: Vec<Certificate>,
    bindings: Vec<Binding>,
}

struct Certificate {
    id: &'static str,
    content: String,
    facts: Facts,
}

struct Binding {
    balancer: &'static str,
    listener: &'static str,
    certificate: &'static str,
    default: bool,
}

/// <https://docs.ucloud.cn/api/summary/regionlist>; the last one is the sample's in the page of
/// UpdateSSLBinding.
const REGIONS: [&str; 34] = [
    "cn-bj1",
    "cn-bj2",
    "cn-wlcb",
    "cn-wlcb2",
    "cn-sh2",
    "cn-jx",
    "cn-sh",
    "cn-gd2",
    "cn-gd",
    "cn-guiyang1",
    "hk",
    "tw-tp",
    "sg",
    "jpn-tky",
    "kr-seoul",
    "th-bkk",
    "idn-jakarta",
    "vn-sng",
    "ph-mnl",
    "ind-mumbai",
    "pk-khi",
    "us-den",
    "us-ca",
    "us-ws",
    "bra-saopaulo",
    "rus-mosc",
    "ge-fra",
    "uk-london",
    "uae-dubai",
    "afr-nigeria",
    "uz-tas",
    "kz-ala",
    "mx-mex",
    "rlOKcLRx",
];

/// The project and region of the sandbox's environment.
pub const PROJECT: &str = "org-sandbox";
/// As [`PROJECT`].
pub const REGION: &str = "cn-bj2";

const PROJECTS: [&str; 3] = [PROJECT, "org-sandbox2", "fFdbMoEE"];

impl Store {
    /// The fixture's load balancers.
    ///
    /// # Errors
    /// What the generator of keys says.
    pub fn new(authority: &Authority) -> Result<Self, rcgen::Error> {
        let usual = ["example.com", "*.example.com"];
        let issue = |id, names: &[&str], days| {
            let issued = authority.issue(names, days)?;
            Ok::<_, rcgen::Error>(certificate(id, issued))
        };
        let main = Place {
            balancers: vec![
                ("ulb-sandbox1", &["vserver-https1", "vserver-https2"]),
                ("ulb-sandbox2", &["vserver-https3"]),
                ("alb-sandbox1", &["als-https1", "als-https2"]),
            ],
            certificates: vec![
                issue("ssl-old0001", &usual, 10)?,
                issue("ssl-new0001", &usual, 90)?,
                issue("ssl-idle001", &usual, 90)?,
                issue("ssl-other01", &["example.org"], 90)?,
                issue("ssl-expired", &usual, 0)?,
            ],
            bindings: vec![
                bound("ulb-sandbox1", "vserver-https1", "ssl-old0001", true),
                bound("ulb-sandbox1", "vserver-https2", "ssl-old0001", true),
                bound("ulb-sandbox2", "vserver-https3", "ssl-old0001", true),
                bound("alb-sandbox1", "als-https1", "ssl-old0001", true),
                bound("alb-sandbox1", "als-https2", "ssl-other01", true),
                bound("alb-sandbox1", "als-https2", "ssl-old0001", false),
            ],
        };
        let sample = Place {
            balancers: vec![
                ("pecWyopE", &["FvbeTLVk"]),
                ("zEuiHKHC", &["fUAheFtz"]),
                ("WtoMKBTg", &["nMcQugdp"]),
            ],
            certificates: vec![
                issue("CbnyEXQg", &usual, 10)?,
                issue("wezHQFgd", &usual, 90)?,
            ],
            bindings: vec![
                bound("pecWyopE", "FvbeTLVk", "CbnyEXQg", true),
                bound("zEuiHKHC", "fUAheFtz", "CbnyEXQg", true),
                bound("WtoMKBTg", "nMcQugdp", "CbnyEXQg", true),
            ],
        };
        let mut places: BTreeMap<_, _> = PROJECTS
            .into_iter()
            .flat_map(|project| REGIONS.map(|region| ((project, region), Place::default())))
            .collect();
        places.insert((PROJECT, REGION), main);
        places.insert(("fFdbMoEE", "rlOKcLRx"), sample);
        Ok(Store { places })
    }

    fn place(&mut self, call: &Call<'_>) -> Result<&mut Place, Refusal> {
        let region = required(call, "Region")?;
        // What a call without its project is really told.
        let project = call
            .params
            .filled("ProjectId")
            .ok_or_else(|| Refusal::inside("299", "IAM permission denied"))?;
        if !PROJECTS.contains(&project) {
            return Err(Refusal::inside("292", "Project Not Exists"));
        }
        self.places
            .iter_mut()
            .find(|((owner, place), _)| *owner == project && *place == region)
            .map(|(_, place)| place)
            .ok_or_else(|| Refusal::inside("293", "Region permission error"))
    }
}

/// UpdateSSLBinding: neither id moves every binding of the project in that region, one narrows it
/// to a load balancer or a listener, with both the listener must belong to the load balancer.
///
/// # Errors
/// The vendor's refusals. Its page lists no codes of this action: an unknown certificate, load
/// balancer or binding is 4210, a listener of another load balancer 4143, old as new 230, an
/// expired certificate 4111.
pub fn update_binding(call: &Call<'_>, account: &mut Account) -> Result<Data, Refusal> {
    for scope in ["LoadBalancerId", "ListenerId"] {
        if call.params.text(scope) == Some("") {
            return Err(Refusal::inside(
                "230",
                format!("Params [{scope}] not available"),
            ));
        }
    }
    let place = account.ulb.place(call)?;
    let old = place.certificate(required(call, "OldSSLId")?)?.id;
    let new = place.certificate(required(call, "NewSSLId")?)?;
    if new.id == old {
        return Err(Refusal::inside("230", "Params [NewSSLId] not available"));
    }
    if new.facts.not_after < call.utc {
        return Err(Refusal::inside(
            "4111",
            "SSL证书内容无效，请确认证书内容正确。",
        ));
    }
    let new = new.id;
    let balancer = call.params.filled("LoadBalancerId");
    let listener = call.params.filled("ListenerId");
    if let Some(id) = balancer
        && !place.balancers.iter().any(|(balancer, _)| *balancer == id)
    {
        return Err(Refusal::inside("4210", "获取信息失败，资源不存在。"));
    }
    if let Some(id) = listener {
        let belongs = place.balancers.iter().any(|(owner, listeners)| {
            listeners.contains(&id) && balancer.is_none_or(|balancer| balancer == *owner)
        });
        if !belongs {
            return Err(Refusal::inside(
                "4143",
                "指定Vserver不存在，请确认输入是否正确。",
            ));
        }
    }
    let mut moved = 0;
    for binding in &mut place.bindings {
        if binding.certificate == old
            && balancer.is_none_or(|id| id == binding.balancer)
            && listener.is_none_or(|id| id == binding.listener)
        {
            binding.certificate = new;
            moved += 1;
        }
    }
    match moved {
        0 => Err(Refusal::inside("4210", "获取信息失败，资源不存在。")),
        _ => Ok(Data::new()),
    }
}

/// DescribeSSLV2: the private key stands in `SSLContent`, as in the vendor's answer.
///
/// # Errors
/// The vendor's refusals.
pub fn describe_ssl(call: &Call<'_>, account: &mut Account) -> Result<Data, Refusal> {
    let place = account.ulb.place(call)?;
    let wanted = call.params.filled("SSLId");
    let rows: Vec<_> = place
        .certificates
        .iter()
        .filter(|certificate| wanted.is_none_or(|id| id == certificate.id))
        .map(|certificate| {
            let relations: Vec<_> = place
                .bindings
                .iter()
                .filter(|binding| binding.certificate == certificate.id)
                .map(|binding| {
                    json!({
                        "LoadBalancerId": binding.balancer,
                        "LoadBalancerName": binding.balancer,
                        "ListenerId": binding.listener,
                        "ListenerName": binding.listener,
                        "IsDefault": binding.default,
                    })
                })
                .collect();
            let mut row = members(summary(certificate));
            row.insert("Relations".to_owned(), json!(relations));
            Value::Object(row)
        })
        .collect();
    if wanted.is_some() && rows.is_empty() {
        return Err(Refusal::inside("4210", "获取信息失败，资源不存在。"));
    }
    paged(call, rows, 20)
}

/// DescribeULB: the classic load balancers.
///
/// # Errors
/// The vendor's refusals.
pub fn describe_ulb(call: &Call<'_>, account: &mut Account) -> Result<Data, Refusal> {
    let place = account.ulb.place(call)?;
    let wanted = call.params.filled("ULBId");
    let rows = place
        .balancers
        .iter()
        .filter(|(id, _)| wanted.is_none_or(|wanted| wanted == *id))
        .filter(|(id, _)| !id.starts_with("alb-"))
        .map(|(id, listeners)| {
            let listeners: Vec<_> = listeners
                .iter()
                .map(|listener| place.vserver(id, listener))
                .collect();
            json!({ "ULBId": id, "Name": id, "Tag": "Default", "VServerSet": listeners })
        })
        .collect();
    paged(call, rows, 20)
}

/// DescribeVServer.
///
/// # Errors
/// The vendor's refusals.
pub fn describe_vserver(call: &Call<'_>, account: &mut Account) -> Result<Data, Refusal> {
    let place = account.ulb.place(call)?;
    let balancer = required(call, "ULBId")?;
    let wanted = call.params.filled("VServerId");
    let (id, listeners) = place
        .balancers
        .iter()
        .find(|(id, _)| *id == balancer)
        .ok_or_else(|| Refusal::inside("4210", "获取信息失败，资源不存在。"))?;
    let rows = listeners
        .iter()
        .filter(|listener| wanted.is_none_or(|wanted| wanted == **listener))
        .map(|listener| place.vserver(id, listener))
        .collect();
    paged(call, rows, 20)
}

impl Place {
    fn certificate(&self, id: &str) -> Result<&Certificate, Refusal> {
        self.certificates
            .iter()
            .find(|certificate| certificate.id == id)
            .ok_or_else(|| Refusal::inside("4210", "获取信息失败，资源不存在。"))
    }

    fn vserver(&self, balancer: &str, listener: &str) -> Value {
        let bound: Vec<_> = self
            .bindings
            .iter()
            .filter(|binding| binding.listener == listener)
            .filter_map(|binding| self.certificate(binding.certificate).ok())
            .map(summary)
            .collect();
        json!({
            "VServerId": listener,
            "VServerName": listener,
            "ULBId": balancer,
            "Protocol": "HTTPS",
            "FrontendPort": 443,
            "ListenType": "RequestProxy",
            "SSLSet": bound,
        })
    }
}

fn certificate(id: &'static str, issued: Issued) -> Certificate {
    let facts =
        material::read(&issued.fullchain, &issued.key).expect("the fixture's certificate is fit");
    Certificate {
        id,
        content: issued.key + &issued.fullchain,
        facts,
    }
}

fn bound(
    balancer: &'static str,
    listener: &'static str,
    certificate: &'static str,
    default: bool,
) -> Binding {
    Binding {
        balancer,
        listener,
        certificate,
        default,
    }
}

fn summary(certificate: &Certificate) -> Value {
    let facts = &certificate.facts;
    json!({
        "SSLId": certificate.id,
        "SSLName": certificate.id,
        "SSLType": "Pem",
        "SSLContent": certificate.content,
        "SSLSource": 0,
        "USSLId": "",
        "CreateTime": facts.not_before.timestamp(),
        "Domains": facts.common_name,
        "DNSNames": facts.names.join(","),
        "NotBefore": facts.not_before.timestamp(),
        "NotAfter": facts.not_after.timestamp(),
    })
}

fn paged(call: &Call<'_>, rows: Vec<Value>, default: usize) -> Result<Data, Refusal> {
    let number = |name: &str, default: usize| match call.params.filled(name) {
        None => Ok(default),
        Some(text) => text
            .parse()
            .map_err(|_| Refusal::inside("230", format!("Params [{name}] not available"))),
    };
    let (limit, offset) = (number("Limit", default)?, number("Offset", 0)?);
    Ok(members(json!({
        "TotalCount": rows.len(),
        "DataSet": rows.into_iter().skip(offset).take(call.page(limit)).collect::<Vec<_>>(),
    })))
}

fn required<'a>(call: &'a Call<'_>, name: &str) -> Result<&'a str, Refusal> {
    call.params
        .filled(name)
        .ok_or_else(|| Refusal::inside("220", format!("Missing params [{name}]")))
}
