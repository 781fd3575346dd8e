//! Alibaba Cloud: the gateway's codes, then those of CDN, Global Accelerator and the certificate
//! store, spelt as the cloud spells them (`Certificate.MissMatch`, `ProtocalIllegal.Listener`).
//!
//! <https://help.aliyun.com/document_detail/434846.html> (common codes) and
//! <https://error-center.alibabacloud.com/status/product/Cdn>.

use super::Row;
use crate::cloud::Cloud;
use crate::fault::Kind::{
    self, Account, Auth, Busy, Certificate, Clock, Conflict, Nonce, NotFound, Parameter,
    Permission, Quota, Refused, ServerError, Signature, State, Throttled, Unavailable, Unsupported,
};

const fn row(code: &'static str, kind: Kind, meaning: &'static str) -> Row {
    Row::new(Cloud::Alibaba, code, kind, meaning)
}

const ADDRESS: &str = "check that `--endpoint` is the address of this product";
const DAMAGED: &str = "run the command again; look for a proxy that alters requests (HTTPS_PROXY)";
const ENABLE_KEY: &str = "enable the access key in the console, or use another with `--profile`";
const FITTING_KEY: &str = "give the `--key` that `--cert` was issued for";
const GIVE_BOTH: &str =
    "give both `--cert` and `--key`, or `--cert-id` for one in the certificate store";
const GRANT: &str = "grant the action to the RAM user (`cdn:`, `dcdn:`, `ga:` or `yundun-cert:`); `certctl config show` says whose keys are used";
const KEY: &str =
    "check the file of `--key`: unencrypted PEM; for RSA try `openssl rsa -traditional -in KEY`";
const MAYBE_SAVED: &str = "run the command again; if the name or content is then a duplicate, it was saved: use `--cert-id`";
const NAME_TAKEN: &str =
    "overwrite it with `--force` (`--via batch` or `single`), or give another `--cert-name`";
const NO_ACTION: &str = "at `certctl cdn set` use `--via ssl`; else check `--endpoint`";
const ON_OR_OFF: &str = "give `--on` or `--off`";
const PEM: &str =
    "check the file of `--cert`: PEM, leaf first, then the intermediates, no blank lines between";
const PROXY: &str = "look for a proxy that alters requests: HTTPS_PROXY, `--endpoint`";
const RISK: &str = "clear the risk notice in the account's console, or ask the cloud's support";
const TOP_UP: &str = "top the account up";
const VERIFY: &str = "verify the account's identity in the console";
const WAIT_ACTIVE: &str =
    "wait until accelerator and listener are `active` in the console, then run the command again";

#[rustfmt::skip] // a line for the code and one for its hint: a table, not calls
pub(super) static ROWS: &[Row] = &[
    row("-1008", Certificate, "the certificate's format is not accepted (undocumented; seen at the certificate store)")
        .hint(PEM),
    row("500", ServerError, "the certificate store failed inside"),
    row("Abs.CertRegion.ValueNotSupported", Parameter,
        "the certificate's region is not one of those that hold certificates")
        .hint("give `--cert-region cn-hangzhou` or `--cert-region ap-southeast-1`"),
    row("AccountBlacklist", Account, "the account is blocked").hint("ask the cloud's support"),
    row("AuthenticationFail", Auth, "the identity was not accepted for this role")
        .hint("check whom the role trusts, and the token that was shown"),
    row("AuthenticationFail.OIDCToken.Expired", Auth, "the OIDC token has expired")
        .hint("get a new token into the file: a CI job has to ask for one shortly before"),
    row("AuthenticationFailed", Auth, "the identity was not accepted for this call"),
    row("CdnServiceNotFound", Account, "the account has not opened the CDN service")
        .hint("open CDN in the console, or use the right account's keys: `certctl config show` says whose are used"),
    row("CdnServiceSuspended", Account, "the CDN service is suspended")
        .hint("top the account up, or see the CDN console for the reason"),
    row("CertName.MissingParameter", Parameter, "the certificate's name is missing")
        .hint("give `--cert-name`"),
    row("CertNameAlreadyExists", Conflict, "another certificate has this name").hint(NAME_TAKEN),
    row("CertStorage.failed", ServerError, "the certificate could not be saved").hint(MAYBE_SAVED),
    row("Certificate.DecodeError", Certificate, "the certificate cannot be decoded").hint(PEM),
    row("Certificate.Duplicated", Conflict, "another certificate has this name").hint(NAME_TAKEN),
    row("Certificate.EncodeError", Certificate, "the certificate cannot be encoded").hint(PEM),
    row("Certificate.Expired", Certificate, "the certificate has expired")
        .hint("renew the certificate and give the new file with `--cert`"),
    row("Certificate.FormatError", Certificate, "the certificate's format is wrong").hint(PEM),
    row("Certificate.KeyNull", Certificate, "the private key is empty")
        .hint("check that the file of `--key` is not empty"),
    row("Certificate.MissMatch", Certificate, "the private key does not belong to the certificate")
        .hint(FITTING_KEY),
    row("Certificate.MissingParameter", Parameter, "the certificate is missing").hint(GIVE_BOTH),
    row("Certificate.NoPrivateKey", Certificate,
        "the cloud holds no private key for the certificate")
        .hint(FITTING_KEY),
    row("Certificate.NotFind", NotFound, "the certificate is not known")
        .hint("check `--cert-id`, `--cert-region` and `--cert-name`"),
    row("Certificate.NotPermittedOff", State,
        "switching HTTPS off would change the domain's scheduling")
        .hint("ask the cloud's support to switch it off"),
    row("Certificate.SettedNotEffect", State,
        "the certificate is stored but not live, to protect the running service")
        .hint("do not upload it again: it is stored; ask the cloud's support to put it live, naming the request id"),
    row("Certificate.StatusError", State,
        "the certificate does not exist, or its status does not allow this")
        .hint("look at its status in the certificate store's console; check `--cert-id` and `--cert-region`"),
    row("CertificateContent.Duplicated", Conflict, "this certificate is in the store already")
        .hint("set the stored one: `--cert-id ID` instead of `--cert` and `--key`"),
    row("ContentLengthDoesNotMatch", Unavailable, "the body did not arrive whole").hint(DAMAGED),
    row("ContentMD5NotMatched", Unavailable, "the body did not arrive as it was sent")
        .hint(DAMAGED),
    row("CreateCertificateFailed", ServerError, "the certificate could not be created")
        .hint(MAYBE_SAVED),
    row("Decode.Error", Certificate, "the certificate or the key cannot be decoded").hint(PEM),
    row("DeleteFailed", Refused, "the certificate could not be deleted"),
    row("DomainInProtectedMode", State, "the domain is in protected mode")
        .hint("take the domain out of protected mode in the CDN console, or ask the cloud's support"),
    row("DomainInSafeMode", State, "the domain is in safe mode")
        .hint("take the domain out of safe mode in the CDN console, or ask the cloud's support"),
    row("DryRunOperation", Refused, "a dry run on the server's side passed; nothing was changed")
        .hint("run the command without the server's dry run"),
    row("EntityNotExist", NotFound, "what was named does not exist"),
    row("EntityNotExist.OIDCProvider", NotFound, "the identity provider does not exist")
        .hint("check its ARN: `certctl config show` says where it comes from"),
    row("EntityNotExist.Role", NotFound, "the role does not exist")
        .hint("check its ARN: `certctl config show` says where it comes from"),
    row("Exist.EndpointGroup", Conflict, "the listener still has an endpoint group"),
    row("Exist.ForwardingRule", Conflict, "the listener still has a forwarding rule"),
    row("Forbbiden.SubUser", Permission, "the RAM user may not do this").hint(GRANT),
    row("Forbidden", Permission, "the identity may not do this").hint(GRANT),
    row("Forbidden.AccessKeyDisabled", Auth, "the access key is disabled").hint(ENABLE_KEY),
    row("Forbidden.NotVerified", Account, "the account's holder is not verified").hint(VERIFY),
    row("Forbidden.RAM", Permission, "the RAM policy does not allow this").hint(GRANT),
    row("Forbidden.RiskControl", Account, "risk control has stopped the account").hint(RISK),
    row("Forbidden.UserVerification", Account, "the account's holder is not verified").hint(VERIFY),
    row("GA_NOT_STEADY", Busy, "the accelerator is still changing").hint(WAIT_ACTIVE),
    row("IdempotentParameterMismatch", Conflict,
        "the client token was used before with other parameters")
        .hint("give another `--client-token`, or leave it out for a fresh one"),
    row("IllegalOperation", Permission, "this operation on the domain is not allowed")
        .hint("check that the domain is this account's and that its RAM policy covers it"),
    row("IllegalTimestamp", Clock, "the call's time is missing, malformed or too far off"),
    row("IncompleteSignature", Signature,
        "the signature does not have the form that the cloud expects")
        .hint("check that the secret is whole, then look for a proxy that alters requests"),
    row("InsufficientBalance", Account, "the balance is too low").hint(TOP_UP),
    row("Internal.ConfigError", ServerError, "the service's own configuration failed"),
    row("Internal.ForbidError", Unsupported, "the feature is not open to every account yet")
        .hint("ask the cloud's support to open it for the account"),
    row("InternalError", ServerError, "the service failed inside"),
    row("InvalidAccessKeyId.Inactive", Auth, "the access key is disabled").hint(ENABLE_KEY),
    row("InvalidAccessKeyId.NotFound", Auth, "the access key id is not known")
        .hint("check ALIBABA_CLOUD_ACCESS_KEY_ID (temporary keys need ALIBABA_CLOUD_SECURITY_TOKEN too) with `certctl config show`"),
    row("InvalidAction", Unsupported, "the gateway does not know the action").hint(NO_ACTION),
    row("InvalidAction.NotFound", Unsupported, "the gateway does not know the action")
        .hint(NO_ACTION),
    row("InvalidApi.NotFound", Unsupported, "the gateway does not know the action").hint(NO_ACTION),
    row("InvalidCertName.TooLong", Parameter,
        "the certificate's name is longer than 128 characters")
        .hint("give a shorter `--cert-name`"),
    row("InvalidCertificate", Certificate, "the certificate is malformed").hint(PEM),
    row("InvalidCertificate.TooLong", Certificate, "the certificate is too long")
        .hint("leave the root and foreign certificates out of the file of `--cert`"),
    row("InvalidDomain.NotFound", NotFound, "the domain does not exist or is not this account's")
        .hint("check `--domains`, and with `certctl config show` whose keys are used"),
    row("InvalidDomain.Offline", State, "the domain is offline")
        .hint("start the domain in the CDN console, then run the command again"),
    row("InvalidDomain.notOnline", Busy, "the domain is not online yet")
        .hint("look at the domain's state in the CDN console; run the command again once it is online"),
    row("InvalidEnv", Parameter, "the environment is neither staging nor live"),
    row("InvalidParameter", Parameter, "a parameter is not valid"),
    row("InvalidParameter.Format", Parameter, "a parameter is malformed"),
    row("InvalidPrivateKey", Certificate, "the private key is malformed").hint(KEY),
    row("InvalidProduct.NotFound", Unsupported, "this address does not serve the product")
        .hint(ADDRESS),
    row("InvalidProtocol.NeedSsl", Unsupported, "the action wants HTTPS")
        .hint("give `--endpoint` an https address"),
    row("InvalidRegion.NotFound", Unsupported, "this address does not serve the region")
        .hint("check `--endpoint` and `--region`"),
    row("InvalidSSLPri", Certificate, "the private key is malformed").hint(KEY),
    row("InvalidSSLProtocol.ValueNotSupported", Parameter, "HTTPS is neither switched on nor off")
        .hint(ON_OR_OFF),
    row("InvalidSSLPub", Certificate, "the certificate is malformed").hint(PEM),
    row("InvalidSecurityToken.Expired", Auth, "the security token has expired")
        .hint("obtain new temporary credentials and set ALIBABA_CLOUD_SECURITY_TOKEN with them"),
    row("InvalidSecurityToken.Malformed", Auth, "the security token is malformed")
        .hint("check that ALIBABA_CLOUD_SECURITY_TOKEN is whole: `certctl config show`"),
    row("InvalidSecurityToken.MismatchWithAccessKey", Auth,
        "the security token belongs to another access key")
        .hint("take id, secret and token from the same temporary credentials"),
    row("InvalidServerCertificateStatus.ValueNotSupported", Parameter,
        "HTTPS is neither switched on nor off")
        .hint(ON_OR_OFF),
    row("InvalidSignatureMethod", Signature, "the signature method is not accepted").hint(PROXY),
    row("InvalidTimeStamp.Expired", Clock, "the call's time is more than 15 minutes off"),
    row("InvalidTimeStamp.Format", Parameter, "the call's time is malformed").hint(PROXY),
    row("InvalidVersion", Unsupported, "the API version is not known").hint(ADDRESS),
    row("Key.Malformed", Certificate, "the private key's format is wrong").hint(KEY),
    row("MissingListenerId", Parameter, "the listener's id is missing").hint("give `--listener`"),
    row("MissingParameter", Parameter, "a required parameter is missing"),
    row("MissingSecurityToken", Auth, "a temporary access key came without its token")
        .hint("set ALIBABA_CLOUD_SECURITY_TOKEN beside the temporary key"),
    row("NameRepeat", Conflict, "another certificate of the store has this name")
        .hint("give another name: `--name` at `certctl cas upload`, `--cert-name` at `certctl cdn set`"),
    row("NoPermission", Permission, "the RAM policy does not allow this")
        .hint("grant the action to the RAM user; a role takes `sts:AssumeRole`, and has to trust the caller"),
    row("NoSuchVersion", Unsupported, "the API version is not known").hint(ADDRESS),
    row("NotActive.Listener", Busy, "the listener is not active").hint(WAIT_ACTIVE),
    row("NotExist.Accelerator", NotFound, "the accelerator does not exist")
        .hint("check `--accelerator`, and with `certctl config show` whose keys are used"),
    row("NotExist.BasicBandwidthPackage", NotFound, "the accelerator has no basic bandwidth plan")
        .hint("bind a bandwidth plan to the accelerator in the console"),
    row("NotExist.Listener", NotFound, "the listener does not exist")
        .hint("check `--listener`, and that it belongs to `--accelerator`"),
    row("NotFound", NotFound, "the certificate store does not know the certificate")
        .hint("check the id, and whether it is of this site's store: `--region`, at `cdn set` `--cert-region`"),
    row("OperationDenied", Account, "the CDN service is suspended: the account is in arrears")
        .hint(TOP_UP),
    row("PortConflict.Listener", Conflict, "the port is another listener's"),
    row("PortRangeIllegal.ExceedGaAbility", Parameter,
        "only one TCP and one UDP listener may span more than 300 ports"),
    row("PortRangeIllegal.Listener", Parameter, "the listener's port range is not valid"),
    row("PortRangeIllegal.UDP", Parameter, "the UDP ports 250, 4789 and 4790 are reserved"),
    row("PortRanges.MustOne", Parameter, "an HTTP or HTTPS listener takes exactly one port"),
    row("PrivateKey.MissingParameter", Parameter, "the private key is missing").hint(GIVE_BOTH),
    row("ProtocalIllegal.Listener", Parameter,
        "the listener's protocol does not allow this: only HTTPS listeners take certificates")
        .hint("give the `--listener` of an HTTPS listener"),
    row("QuotaExceeded", Quota, "a quota is used up"),
    row("QuotaExceeded.Listener", Quota, "the accelerator has as many listeners as it may have"),
    row("QuotaExceeded.ListenerPort", Quota, "the listener has as many ports as it may have"),
    row("Rejected.Throttling", Throttled, "too many calls a second"),
    row("Resource.QuotaFull", Quota, "the resource's quota is used up"),
    row("RiskControl.Refused", Account, "risk control refused the call").hint(RISK),
    row("SSLPri.MissingParameter", Parameter, "the private key is missing").hint(GIVE_BOTH),
    row("SSLPub.MissingParameter", Parameter, "the certificate is missing").hint(GIVE_BOTH),
    row("ServerCertificate.MissingParameter", Parameter, "the certificate is missing")
        .hint(GIVE_BOTH),
    row("ServiceBusy", Busy, "the domain is still being configured"),
    row("ServiceUnAvailable", Unavailable, "the service cannot answer for the moment"),
    row("ServiceUnavailable", Unavailable, "the service cannot answer for the moment"),
    row("SetDomainCertificate.ParameterError", Parameter, "the parameters do not go together"),
    row("SetDomainSSLPub.ParameterError", Parameter, "the parameters do not go together"),
    row("SetDomainServerCertificate.ParameterError", Parameter,
        "the parameters do not go together"),
    row("SignatureDoesNotMatch", Signature, "the cloud computed another signature"),
    row("SignatureNonceUsed", Nonce, "a call with this nonce was received before")
        .hint("look whether the change was made (something between may have sent it twice), then run the command again"),
    row("StateError.Accelerator", Busy, "the accelerator is not active").hint(WAIT_ACTIVE),
    row("StateError.Listener", Busy, "the listener is not active").hint(WAIT_ACTIVE),
    row("SystemPort.Listener", Parameter, "the ports 65500 to 65535 are reserved"),
    row("Throttling", Throttled, "too many calls a second"),
    row("Throttling.Api", Throttled, "too many calls a second to this action"),
    row("Throttling.User", Throttled, "too many calls a second by this account"),
    row("UnknownError", ServerError, "the service failed for a reason it does not know"),
    row("UnsupportedHTTPMethod", Unsupported, "the action does not take this HTTP method")
        .hint(ADDRESS),
    row("UnsupportedOperation", Unsupported, "the gateway does not offer the action")
        .hint(NO_ACTION),
    row("UnsupportedParameter", Parameter, "a parameter is not supported here"),
    row("sslPri.Error", Certificate, "the private key is malformed").hint(KEY),
    row("sslPub.Error", Certificate, "the certificate is malformed").hint(PEM),
];
