//! UCloud: the numeric `RetCode`s as text, common ones and those of ULB.
//!
//! "Failed, try again later" is told apart by what failed: a read has changed nothing
//! (unavailable), a change may have happened (server error).
//!
//! <https://docs.ucloud.cn/api/summary/public> (common codes) and
//! <https://docs.ucloud.cn/api/ulb-api/error_code>.

use super::Row;
use crate::cloud::Cloud;
use crate::fault::Kind::{
    self, Account, Auth, Certificate, Conflict, NotFound, Parameter, Permission, Quota, Refused,
    ServerError, Signature, Throttled, Unavailable, Unsupported,
};

const fn row(code: &'static str, kind: Kind, meaning: &'static str) -> Row {
    Row::new(Cloud::Ucloud, code, kind, meaning)
}

const HTTPS_LISTENER: &str = "give the `--listener` of an HTTPS listener";
const IDS: &str = "check `--listener`, `--load-balancer`, `--region` and `--project-id`";
const PROXY: &str = "look for a proxy that drops the body: HTTPS_PROXY, `--endpoint`";
const REGION: &str = "check `--region`";
const RENEW: &str = "renew the resource in the console";
const SETTLE: &str = "settle the account's balance and orders in the console";
const SUPPORT: &str = "give the message and the request id to UCloud's support";

#[rustfmt::skip] // a line for the code and one for its hint: a table, not calls
pub(super) static ROWS: &[Row] = &[
    row("110", ServerError, "the API gave no answer within 60 seconds"),
    row("130", ServerError, "the gateway or its authentication service is in trouble"),
    row("150", ServerError, "the service cannot answer for the moment"),
    row("153", Throttled, "too many calls a second"),
    row("160", Parameter, "the action is missing").hint(PROXY),
    row("161", Unsupported, "the action does not exist, or is not open to this account")
        .hint("check `--endpoint`; if it is right, ask UCloud's support to open the action for the account"),
    row("170", Signature, "the signature is missing").hint(PROXY),
    row("171", Signature, "the signature is wrong")
        .hint("check UCLOUD_PRIVATE_KEY: of this public key, no stray spaces; and `--endpoint`: another UCloud brand knows other keys"),
    row("172", Auth, "the public key is not known")
        .hint("check UCLOUD_PUBLIC_KEY for a slip, white space or a lost `+`: `certctl config show`"),
    row("174", Auth, "the security token does not exist or has expired")
        .hint("obtain new temporary credentials and set UCLOUD_SECURITY_TOKEN with them"),
    row("220", Parameter, "a required parameter is missing"),
    row("230", Parameter, "a parameter is not available"),
    row("240", Parameter, "a parameter is too large"),
    row("292", NotFound, "the project does not exist")
        .hint("give `--project-id` the bare id (`org-…`), not `id/name`"),
    row("293", Permission, "the identity may not act in this region or zone")
        .hint("check `--region`, and the regions that the identity's policy names"),
    row("294", Permission, "calls from this address are not allowed")
        .hint("add this address to the account's IP allow-list in the console"),
    row("295", Account, "the security lock was not passed")
        .hint("a person has to release the security lock in the console"),
    row("299", Permission, "the policy does not allow this; often the project is missing")
        .hint("first check that `--project-id` (UCLOUD_PROJECT_ID) was sent: `--dry-run` shows it; then the identity's policy"),
    row("4051", Refused, "information could not be read").hint(SUPPORT),
    row("4052", Refused, "information could not be read").hint(SUPPORT),
    row("4053", Refused, "the update failed").hint(SUPPORT),
    row("4055", Account, "charging failed").hint(SETTLE),
    row("4056", Refused, "information could not be read").hint(SUPPORT),
    row("4057", Account, "the balance is too low").hint("top the account up"),
    row("4059", Account, "the resource's lease has run out").hint(RENEW),
    row("4060", Account, "an elastic IP or shared bandwidth has run out")
        .hint("renew it in the console"),
    row("4062", Account, "charging failed").hint(SETTLE),
    row("4067", Account, "there is an unpaid order").hint(SETTLE),
    row("4071", ServerError, "the load balancer could not be updated"),
    row("4072", Unavailable, "the load balancer could not be read"),
    row("4074", ServerError, "the load balancer could not be updated"),
    row("4078", ServerError, "the certificate could not be deleted"),
    row("4079", Unavailable, "the certificate could not be read"),
    row("4086", Unavailable, "the listener could not be read"),
    row("4088", NotFound, "the listener does not exist").hint(IDS),
    row("4100", Unavailable, "information could not be read"),
    row("4101", ServerError, "the creation failed"),
    row("4102", ServerError, "the deletion failed"),
    row("4103", Unavailable, "information could not be read"),
    row("4104", ServerError, "the update failed"),
    row("4105", ServerError, "the binding failed"),
    row("4106", ServerError, "the release failed"),
    row("4107", Conflict, "the port is taken"),
    row("4108", Conflict, "the certificate is in use")
        .hint("swap it wherever it is bound: `certctl ulb replace --old ID --new ID --whole-project`"),
    row("4111", Certificate, "the certificate's content is not valid"),
    row("4112", Parameter, "only HTTP and HTTPS listeners take forwarding rules: this one is TCP")
        .hint(HTTPS_LISTENER),
    row("4114", Parameter, "the name is longer than 50 characters"),
    row("4116", Parameter, "TCP and UDP listeners take no forwarding rules").hint(HTTPS_LISTENER),
    row("4126", ServerError, "the load balancer could not be updated"),
    row("4127", Unavailable, "the load balancer could not be read"),
    row("4129", ServerError, "the load balancer could not be updated"),
    row("4136", Unavailable, "the load balancer could not be read"),
    row("4141", Unavailable, "the listener could not be read"),
    row("4143", NotFound, "the listener does not exist").hint(IDS),
    row("4144", Parameter, "packet forwarding does not go with HTTP or HTTPS"),
    row("4151", Unavailable, "information could not be read"),
    row("4152", ServerError, "the update failed"),
    row("4207", Quota, "the quota is used up"),
    row("4210", NotFound, "what was named does not exist")
        .hint("check the ids, `--region` and `--project-id`: `certctl ulb list` and `certctl ulb certs` show what is there"),
    row("4221", Account, "the resource's lease has run out").hint(RENEW),
    row("4222", Account, "the resource's lease has run out").hint(RENEW),
    row("4357", Permission, "only the account's administrator may do this"),
    row("4504", Permission, "the identity may not do this"),
    row("4508", Permission, "the identity may not do this"),
    row("4993", Parameter, "a text is too long"),
    row("4994", Parameter, "the resource is not in the zone that was named").hint(REGION),
    row("4995", Parameter, "the zone is missing"),
    row("4996", Unsupported, "this data centre does not offer the operation").hint(REGION),
    row("4997", Parameter, "a value has characters that are not allowed"),
    row("4999", Refused, "the operation failed").hint(SUPPORT),
    row("63017", Refused, "the load balancer's price could not be read").hint(SUPPORT),
    row("63020", Parameter, "the listener's connection timeout is out of range"),
    row("63030", Parameter, "a forwarding rule is empty"),
    row("63031", Parameter, "a forwarding rule's regular expression is not valid"),
    row("63032", Parameter, "the backend is in another VPC than the load balancer"),
    row("63044", Unsupported, "a packet-forwarding load balancer has no IPv6"),
    row("63045", Unsupported, "an internal load balancer has no IPv6"),
    row("63047", Refused, "the elastic IP could not be released from the deleted load balancer")
        .hint(SUPPORT),
    row("63048", Refused, "the anycast IP could not be released from the deleted load balancer")
        .hint(SUPPORT),
    row("63049", Refused, "the deleted load balancer's anycast IP could not be given back")
        .hint(SUPPORT),
    row("63050", Refused, "the deleted load balancer's IPv6 address could not be given back")
        .hint(SUPPORT),
    row("63051", Refused, "no IPv6 address could be had for the new load balancer").hint(SUPPORT),
    row("63052", Refused, "the IPv6 address's bandwidth could not be changed").hint(SUPPORT),
    row("63053", Parameter, "an IPv6 load balancer needs a shared bandwidth"),
    row("63072", Conflict, "the listener has a certificate already")
        .hint("swap the one that the message names: `certctl ulb replace --old ID --new ID --listener ID`"),
    row("80035", Conflict, "this certificate was uploaded before")
        .hint("use the certificate that is there already"),
];
