//! Tencent Cloud: the codes common to its APIs, those of SSL Certificates, and of EdgeOne those that
//! a change of certificates may come to.
//!
//! `ServiceUnavailable` and `ResourceUnavailable` are server errors here: unlike Alibaba's
//! gateway, Tencent does not promise that the call was not executed.
//!
//! <https://cloud.tencent.com/document/product/213/33281> (common codes) and the error codes of
//! <https://www.tencentcloud.com/document/product/1007>.

use super::Row;
use crate::cloud::Cloud;
use crate::fault::Kind::{
    self, Account, Auth, Busy, Certificate, Clock, Conflict, NotFound, Parameter, Permission,
    Quota, Refused, ServerError, Signature, State, Throttled, Unsupported,
};

const fn row(code: &'static str, kind: Kind, meaning: &'static str) -> Row {
    Row::new(Cloud::Tencent, code, kind, meaning)
}

const AFTER_AN_HOUR: &str = "run the command again an hour after the application";
const FITTING_KEY: &str = "give the key that the certificate was issued for";
const GRANT: &str =
    "grant the action (`ssl:` and its name) in CAM; `certctl config show` says whose keys are used";
const HAS_IT_OR_NOT: &str = "if `certctl ssl bindings ID` lists it, it has it already; else it is not there, or not for these names: `certctl ssl show ID`";
const OTHER_SITE: &str = "the other site may offer it: `--site mainland` or `--site intl`";
const RELEASE: &str = "release the certificate from its resources first";
const UNLOCK: &str = "unlock the configuration in the console, then run the command again";

#[rustfmt::skip] // a line for the code and one for its hint: a table, not calls
pub(super) static ROWS: &[Row] = &[
    row("ActionOffline", Unsupported, "the action has been taken out of service").hint(OTHER_SITE),
    row("AuthFailure", Auth, "the identity was not accepted"),
    row("AuthFailure.AccessKeyIllegal", Auth, "the key is not one that may do this"),
    row("AuthFailure.InvalidAuthorization", Auth, "the Authorization header is malformed")
        .hint("check the key for stray characters, then look for a proxy that alters requests"),
    row("AuthFailure.InvalidSecretId", Auth, "the key id is not one of a cloud API key")
        .hint("use a cloud API key (`AKID…`), not one of another product such as DNSPod"),
    row("AuthFailure.MFAFailure", Auth, "multi-factor authentication failed")
        .hint("use a key that needs no second factor"),
    row("AuthFailure.SecretIdNotFound", Auth, "the key id is not known, or it is disabled")
        .hint("check TENCENTCLOUD_SECRET_ID for a slip or white space; it may be of the other site: `--site mainland` or `--site intl`"),
    row("AuthFailure.SignatureExpire", Clock, "the call's time is more than 5 minutes off"),
    row("AuthFailure.SignatureFailure", Signature, "the cloud computed another signature"),
    row("AuthFailure.TokenFailure", Auth, "the token is wrong or has expired")
        .hint("obtain new temporary credentials and set TENCENTCLOUD_TOKEN with them"),
    row("AuthFailure.UnauthorizedOperation", Permission, "the CAM policy does not allow this")
        .hint(GRANT),
    row("DryRunOperation", Refused,
        "a dry run on the server's side would pass; nothing was changed")
        .hint("run the command without the server's dry run"),
    row("FailedOperation", Refused, "the operation failed"),
    row("FailedOperation.AuthError", Permission, "the identity may not do this").hint(GRANT),
    row("FailedOperation.BoundResources", Conflict, "the certificate is bound to resources")
        .hint(RELEASE),
    row("FailedOperation.CAMAuthorizedFail", Permission, "the CAM policy does not allow this")
        .hint(GRANT),
    row("FailedOperation.CannotBeDeletedIssued", State, "an issued certificate cannot be deleted"),
    row("FailedOperation.CannotBeDeletedWithinHour", State,
        "a free certificate cannot be deleted within an hour of its application")
        .hint(AFTER_AN_HOUR),
    row("FailedOperation.CannotGetOrder", ServerError, "the order could not be read"),
    row("FailedOperation.CertificateCaError", Certificate, "this is not a CA certificate")
        .hint("upload a server certificate with its private key as a server certificate, not as a CA"),
    row("FailedOperation.CertificateChainError", Certificate, "the certificate chain is broken")
        .hint("put the leaf first, then each certificate's issuer: the intermediates in order"),
    row("FailedOperation.CertificateDeployDetailRollbackStatusInvalid", State,
        "only a finished deployment can be rolled back"),
    row("FailedOperation.CertificateDeployHasPendingRecord", Busy,
        "an earlier deployment is still running"),
    row("FailedOperation.CertificateDeployInstanceEmpty", State,
        "no instance is left: none is there, none has such names, or all have it already")
        .hint(HAS_IT_OR_NOT),
    row("FailedOperation.CertificateDeployInstanceFormatError", Parameter,
        "an instance id is malformed")
        .hint("separate the parts of an instance id with `|`"),
    row("FailedOperation.CertificateDeployNotExist", NotFound,
        "the deployment record does not exist"),
    row("FailedOperation.CertificateDeployRetryStatusInvalid", State,
        "only a failed deployment can be retried"),
    row("FailedOperation.CertificateDeployRollbackStatusInvalid", State,
        "only a successful deployment can be rolled back"),
    row("FailedOperation.CertificateDownloadServiceTypeNotSupport", Parameter,
        "the certificate cannot be downloaded for this kind of server"),
    row("FailedOperation.CertificateEncryptInvalid", Certificate,
        "this looks like an SM2 certificate where an RSA or ECDSA one belongs")
        .hint("give an RSA or ECDSA certificate"),
    row("FailedOperation.CertificateExists", Conflict, "this certificate is in the store already"),
    row("FailedOperation.CertificateHasExpired", Certificate, "the certificate has expired"),
    row("FailedOperation.CertificateHostDeployCanNotAllow", State,
        "this certificate may not be updated in one step"),
    row("FailedOperation.CertificateHostResourceInnerInterrupt", Refused,
        "the account has too many instances for the deployment feature")
        .hint("ask the cloud's support"),
    row("FailedOperation.CertificateHostResourceInstanceHugeLimit", Quota,
        "the account has too many instances to be listed in one go")
        .hint("have the list made in the background: the console switches its way of loading"),
    row("FailedOperation.CertificateHostResourceTypeInvalid", Parameter,
        "the resource type is not known")
        .hint("write the resource type in lower case: clb, cdn, waf, live, …"),
    row("FailedOperation.CertificateInvalid", Certificate,
        "the certificate does not meet the standard"),
    row("FailedOperation.CertificateMatchError", Certificate,
        "the private key does not belong to the certificate")
        .hint(FITTING_KEY),
    row("FailedOperation.CertificateMismatch", Certificate,
        "the private key does not belong to the certificate")
        .hint(FITTING_KEY),
    row("FailedOperation.CertificateNotAllowDownload", State,
        "the certificate is set not to be downloaded"),
    row("FailedOperation.CertificateNotAvailable", State,
        "the certificate cannot be used in its status"),
    row("FailedOperation.CertificateNotDeployInstance", State,
        "an instance does not take it: not there, of other names, or it has it already")
        .hint(HAS_IT_OR_NOT),
    row("FailedOperation.CertificateNotFound", NotFound,
        "the certificate does not exist or is not this account's"),
    row("FailedOperation.CertificateParseError", Certificate, "the certificate cannot be parsed"),
    row("FailedOperation.CertificateStatusNotAllowDownload", State,
        "the certificate's status does not allow a download"),
    row("FailedOperation.CertificateSyncTaskCertificateIdCountInvalid", Parameter,
        "more than 100 certificate ids in one call"),
    row("FailedOperation.CertificateWhiteFuncError", Account,
        "the feature is open to listed accounts only")
        .hint("ask the cloud's support to open the feature for the account"),
    row("FailedOperation.DeleteFailedTimeNotUp", State,
        "a free certificate cannot be deleted within an hour of its application")
        .hint(AFTER_AN_HOUR),
    row("FailedOperation.DeleteResourceFailed", Conflict,
        "the certificate is bound to resources and cannot be deleted")
        .hint(RELEASE),
    row("FailedOperation.InvalidCertificateStatusCode", State,
        "the certificate's status does not allow this"),
    row("FailedOperation.InvalidParam", Parameter, "a parameter is not valid"),
    row("FailedOperation.InvalidZoneStatus", State, "the zone's status does not allow this"),
    row("FailedOperation.NetworkError", ServerError, "the certificate authority is busy"),
    row("FailedOperation.NoProjectPermission", Permission,
        "the identity may not act in this project")
        .hint(GRANT),
    row("FailedOperation.NoRealNameAuth", Account, "the account's holder is not verified")
        .hint("verify the account's identity in the console"),
    row("FailedOperation.RenewNotIssued", State, "the renewed certificate is not issued yet"),
    row("FailedOperation.ResourceInOperating", Busy,
        "the resource is busy with an earlier change"),
    row("FailedOperation.RoleNotFoundAuthorization", Permission,
        "the service's role is not authorised")
        .hint("authorise the role SSL_QCSLinkedRoleInReplaceLoadCertificate in the console, once"),
    row("FailedOperation.SystemError", ServerError, "the service failed inside"),
    row("FailedOperation.TempKeyNotAllowed", Permission,
        "temporary keys may not do this"),
    row("InternalError", ServerError, "the service failed inside"),
    row("InternalError.BackendResponseEmpty", ServerError,
        "the service behind the gateway answered nothing"),
    row("InternalError.BackendResponseError", ServerError,
        "the service behind the gateway answered wrongly"),
    row("InternalError.ConfigLocked", State, "the domain's configuration is locked")
        .hint(UNLOCK),
    row("InvalidAction", Unsupported, "the action does not exist at this address").hint(OTHER_SITE),
    row("InvalidParameter", Parameter, "a parameter is not valid"),
    row("InvalidParameter.ActionInProgress", Busy,
        "an earlier change of the domain is still rolled out"),
    row("InvalidParameter.CertNotMatchDomain", Certificate,
        "the certificate does not cover the domain"),
    row("InvalidParameter.CertSystemError", ServerError, "the service failed inside"),
    row("InvalidParameter.CertToExpire", Certificate, "the certificate is about to expire"),
    row("InvalidParameter.CertTooShortKeySize", Certificate,
        "the key is too short: 2048 bits of RSA, 225 of ECDSA are the least"),
    row("InvalidParameter.CertificateIdNumberLimit", Parameter,
        "more than 50 certificate ids in one call"),
    row("InvalidParameter.DomainNotFound", NotFound,
        "the domain does not exist or is not this account's"),
    row("InvalidParameter.HostNotFound", NotFound,
        "the domain does not exist or is not of this zone"),
    row("InvalidParameter.InvalidCSRId", NotFound,
        "a CSR id does not exist or is not this account's")
        .hint("see `certctl ssl csr list`; it may be an id of the other site: `--site mainland` or `--site intl`"),
    row("InvalidParameter.InvalidCertInfo", Certificate,
        "the certificates do not go together: one of each algorithm"),
    row("InvalidParameter.InvalidHttpsCertInfo", Certificate,
        "the certificate's content is not valid"),
    row("InvalidParameter.MissMatchPrivateKey", Certificate,
        "the private key does not belong to the certificate")
        .hint(FITTING_KEY),
    row("InvalidParameter.OverTimeError", Parameter,
        "keys cannot be good for so long")
        .hint("lower `duration_seconds`"),
    row("InvalidParameter.RegionNotEmpty", Parameter, "the region is missing")
        .hint("set TENCENTCLOUD_REGION"),
    row("InvalidParameter.WebIdentityTokenError", Auth,
        "the OIDC token is wrong or has expired")
        .hint("get a new token into the file: a CI job has to ask for one shortly before"),
    row("InvalidParameter.WithDetailReason", Parameter,
        "a parameter is not valid; the message says why"),
    row("InvalidParameter.ZoneIsGrayPublishing", Busy, "the zone is being upgraded"),
    row("InvalidParameter.ZoneNotFound", NotFound, "the zone does not exist"),
    row("InvalidParameterValue", Parameter, "a parameter's value is not valid"),
    row("InvalidParameterValue.IntermediateCertNotSame", Certificate,
        "the new certificate has another intermediate than the old one"),
    row("InvalidParameterValue.ServerCertInfoNeedContainRSAorECC", Certificate,
        "mutual TLS is on, and no certificate has the algorithm of the clients' one"),
    row("InvalidParameterValue.ServerCertInfoNeedContainSM2", Certificate,
        "mutual TLS is on, and no certificate has the algorithm of the clients' one"),
    row("InvalidParameterValue.ZoneNotFound", NotFound, "the zone does not exist"),
    row("InvalidRequest", Parameter, "the request's body is malformed")
        .hint("look for a proxy that alters requests: HTTPS_PROXY, `--endpoint`"),
    row("IpInBlacklist", Permission, "calls from this address are blocked")
        .hint("take this address off the account's block list"),
    row("IpNotInWhitelist", Permission, "this address is not among those that may call")
        .hint("add this address to the account's allow list"),
    row("LimitExceeded", Quota, "a quota is used up"),
    row("LimitExceeded.RateLimitExceeded", Throttled,
        "too many calls a second to the certificate service"),
    row("MissingParameter", Parameter, "a required parameter is missing"),
    row("NoSuchProduct", Unsupported, "the product does not exist at this address")
        .hint(OTHER_SITE),
    row("NoSuchVersion", Unsupported, "the API version does not exist at this address")
        .hint(OTHER_SITE),
    row("OperationDenied", State, "the operation is not allowed now"),
    row("OperationDenied.AccelerationDomainStatusNotInOnline", Busy,
        "an earlier change of the domain is still rolled out"),
    row("OperationDenied.ConfigLocked", State, "the domain's configuration is locked")
        .hint(UNLOCK),
    row("OperationDenied.DomainStatusUnstable", Busy,
        "an earlier change of the domain is still rolled out"),
    row("OperationDenied.ResourceHasBeenLocked", Busy,
        "the resource is busy with an earlier change"),
    row("OperationDenied.ResourceLockedTemporary", Busy,
        "the resource is busy with an earlier change"),
    row("RequestLimitExceeded", Throttled, "too many calls a second"),
    row("RequestLimitExceeded.GlobalRegionUinLimitExceeded", Throttled,
        "too many calls a second by this account, over all regions"),
    row("RequestLimitExceeded.IPLimitExceeded", Throttled,
        "too many calls a second from this address"),
    row("RequestLimitExceeded.UinLimitExceeded", Throttled,
        "too many calls a second by this account"),
    row("RequestSizeLimitExceeded", Parameter, "the request is too large")
        .hint("split the list into smaller ones"),
    row("ResourceInUse", Conflict, "the resource is in use"),
    row("ResourceInsufficient", Quota, "the cloud has too few of this resource left"),
    row("ResourceNotFound", NotFound, "the resource does not exist"),
    row("ResourceNotFound.RoleNotFound", NotFound, "the role does not exist")
        .hint("check its name: `certctl config show` says where it comes from"),
    row("ResourceUnavailable", ServerError, "the resource cannot be used for the moment"),
    row("ResourceUnavailable.CertNotFound", NotFound,
        "the certificate does not exist or is not this account's"),
    row("ResourceUnavailable.DomainNotFound", NotFound, "the domain does not exist"),
    row("ResourceUnavailable.HostNotFound", NotFound,
        "the domain does not exist, or EdgeOne is off for it"),
    row("ResourceUnavailable.ZoneNotFound", NotFound,
        "the zone does not exist or is not this account's"),
    row("ResponseSizeLimitExceeded", Parameter, "the answer would be too large")
        .hint("ask for fewer at a time"),
    row("ServiceUnavailable", ServerError, "the service cannot answer for the moment"),
    row("UnauthorizedOperation", Permission, "the CAM policy does not allow this").hint(GRANT),
    row("UnknownParameter", Parameter, "a parameter is not known"),
    row("UnsupportedOperation", Unsupported, "the operation is not supported").hint(OTHER_SITE),
    row("UnsupportedProtocol", Unsupported, "the protocol is not supported: HTTPS is")
        .hint("give `--endpoint` an https address"),
    row("UnsupportedRegion", Unsupported, "the region is not supported")
        .hint("check TENCENTCLOUD_REGION"),
];
