//! Names of actions, for the hint when a cloud does not know the one that was asked for. No more
//! than that: what is not here can be called all the same.

use super::spec;
use crate::cloud::Cloud;

/// The known actions of a product; UCloud's stand together.
pub fn of(cloud: Cloud, product: &str) -> impl Iterator<Item = &'static str> {
    rows(cloud)
        .filter(move |(name, _)| *name == product || cloud == Cloud::Ucloud)
        .flat_map(|(_, actions)| actions.iter().copied())
}

/// The product that an action is known to belong to.
pub fn product_of(cloud: Cloud, action: &str) -> Option<&'static str> {
    let mut rows = rows(cloud).filter(|(_, actions)| actions.contains(&action));
    rows.next().map(|(product, _)| product)
}

/// A product's short name and its actions.
pub type Actions = (&'static str, &'static [&'static str]);

fn rows(cloud: Cloud) -> impl Iterator<Item = Actions> {
    spec(cloud).actions.iter().copied()
}

pub(super) static ALIBABA: [Actions; 7] = [
    (
        "alb",
        &[
            "AssociateAdditionalCertificatesWithListener",
            "DissociateAdditionalCertificatesFromListener",
            "GetListenerAttribute",
            "ListListenerCertificates",
            "ListListeners",
            "ListLoadBalancers",
            "UpdateListenerAttribute",
        ],
    ),
    (
        "cas",
        &[
            "CreateDeploymentJob",
            "DeleteUserCertificate",
            "DescribeDeploymentJob",
            "DescribeDeploymentJobStatus",
            "GetCertificateDetail",
            "GetUserCertificateDetail",
            "ListCertificates",
            "ListCloudResources",
            "ListContact",
            "ListDeploymentJob",
            "ListUserCertificateOrder",
            "ListWorkerResource",
            "RevokeCertificate",
            "UpdateDeploymentJobStatus",
            "UploadUserCertificate",
        ],
    ),
    (
        "cdn",
        &[
            "BatchSetCdnDomainConfig",
            "BatchSetCdnDomainServerCertificate",
            "CreateCdnCertificateSigningRequest",
            "DescribeCdnCertificateDetail",
            "DescribeCdnCertificateDetailById",
            "DescribeCdnCertificateList",
            "DescribeCdnDomainByCertificate",
            "DescribeCdnDomainConfigs",
            "DescribeCdnDomainDetail",
            "DescribeCdnHttpsDomainList",
            "DescribeCdnSMCertificateDetail",
            "DescribeCdnSMCertificateList",
            "DescribeCdnSSLCertificateList",
            "DescribeCertificateInfoByID",
            "DescribeDomainCertificateInfo",
            "DescribeUserCertificateExpireCount",
            "DescribeUserDomains",
            "SetCdnDomainCSRCertificate",
            "SetCdnDomainSMCertificate",
            "SetCdnDomainSSLCertificate",
            "SetDomainServerCertificate",
        ],
    ),
    (
        "dcdn",
        &[
            "DescribeDcdnCertificateDetail",
            "DescribeDcdnDomainCertificateInfo",
            "DescribeDcdnDomainDetail",
            "DescribeDcdnHttpsDomainList",
            "DescribeDcdnSSLCertificateList",
            "DescribeDcdnUserDomains",
            "SetDcdnDomainSSLCertificate",
        ],
    ),
    (
        "ga",
        &[
            "AssociateAdditionalCertificatesWithListener",
            "CreateListener",
            "DescribeAccelerator",
            "DescribeListener",
            "DissociateAdditionalCertificatesFromListener",
            "ListAccelerators",
            "ListListenerCertificates",
            "ListListeners",
            "ListSystemSecurityPolicies",
            "UpdateAdditionalCertificateWithListener",
            "UpdateListener",
        ],
    ),
    (
        "slb",
        &[
            "DescribeCACertificates",
            "DescribeLoadBalancers",
            "DescribeServerCertificates",
            "SetLoadBalancerHTTPSListenerAttribute",
            "UploadServerCertificate",
        ],
    ),
    (
        "sts",
        &["AssumeRole", "AssumeRoleWithOIDC", "GetCallerIdentity"],
    ),
];

pub(super) static TENCENT: [Actions; 2] = [
    (
        "ssl",
        &[
            "ApplyCertificate",
            "BatchDeleteCSR",
            "CancelAuditCertificate",
            "CancelCertificateOrder",
            "CertificateInfoSubmit",
            "CertificateOrderSubmit",
            "CheckCertificateChain",
            "CheckCertificateDomainVerification",
            "CheckCertificateExist",
            "CommitCertificateInformation",
            "CompleteCertificate",
            "CreateCSR",
            "CreateCertificate",
            "CreateCertificateBindResourceSyncTask",
            "CreateCertificateByPackage",
            "DeleteCertificate",
            "DeleteCertificates",
            "DeleteManager",
            "DeployCertificateInstance",
            "DeployCertificateRecordRetry",
            "DeployCertificateRecordRollback",
            "DescribeCSR",
            "DescribeCSRSet",
            "DescribeCertificate",
            "DescribeCertificateBindResourceTaskDetail",
            "DescribeCertificateBindResourceTaskResult",
            "DescribeCertificateDetail",
            "DescribeCertificateOperateLogs",
            "DescribeCertificates",
            "DescribeCompanies",
            "DescribeDeleteCertificatesTaskResult",
            "DescribeDeployedResources",
            "DescribeDownloadCertificateUrl",
            "DescribeHostApiGatewayInstanceList",
            "DescribeHostCdnInstanceList",
            "DescribeHostClbInstanceList",
            "DescribeHostCosInstanceList",
            "DescribeHostDdosInstanceList",
            "DescribeHostDeployRecord",
            "DescribeHostDeployRecordDetail",
            "DescribeHostLighthouseInstanceList",
            "DescribeHostLiveInstanceList",
            "DescribeHostTeoInstanceList",
            "DescribeHostTkeInstanceList",
            "DescribeHostUpdateRecord",
            "DescribeHostUpdateRecordDetail",
            "DescribeHostUploadUpdateRecord",
            "DescribeHostUploadUpdateRecordDetail",
            "DescribeHostVodInstanceList",
            "DescribeHostWafInstanceList",
            "DescribeManagerDetail",
            "DescribeManagers",
            "DescribePackages",
            "DownloadCertificate",
            "ModifyCSR",
            "ModifyCertificateAlias",
            "ModifyCertificateProject",
            "ModifyCertificateResubmit",
            "ModifyCertificatesExpiringNotificationSwitch",
            "ReplaceCertificate",
            "RevokeCertificate",
            "SubmitAuditManager",
            "SubmitCertificateInformation",
            "UpdateCertificateInstance",
            "UpdateCertificateRecordRetry",
            "UpdateCertificateRecordRollback",
            "UploadCertificate",
            "UploadConfirmLetter",
            "UploadRevokeLetter",
            "UploadUpdateCertificateInstance",
            "UploadUpdateCertificateRecordRetry",
            "UploadUpdateCertificateRecordRollback",
            "VerifyManager",
        ],
    ),
    (
        "sts",
        &[
            "AssumeRole",
            "AssumeRoleWithSAML",
            "AssumeRoleWithWebIdentity",
            "GetCallerIdentity",
            "GetFederationToken",
        ],
    ),
];

pub(super) static UCLOUD: [Actions; 1] = [(
    "ulb",
    &[
        "AddSSLBinding",
        "AssumeRole",
        "BindPathXSSL",
        "BindSSL",
        "CreatePathXSSL",
        "CreateSSL",
        "DeletePathXSSL",
        "DeleteSSL",
        "DeleteSSLBinding",
        "DescribeListeners",
        "DescribeLoadBalancers",
        "DescribePathXSSL",
        "DescribeSSL",
        "DescribeSSLV2",
        "DescribeULB",
        "DescribeULBSimple",
        "DescribeVServer",
        "GetProjectList",
        "GetRegion",
        "GetUcdnDomainConfig",
        "GetUserInfo",
        "ListRegions",
        "ListZones",
        "UnBindPathXSSL",
        "UnbindSSL",
        "UpdateListenerAttribute",
        "UpdateSSLAttribute",
        "UpdateSSLBinding",
    ],
)];
