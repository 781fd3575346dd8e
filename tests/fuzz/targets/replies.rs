//! Replies that are JSON and otherwise anything: read as each type that a command reads.
#![no_main]

use certctl::providers::{Operation, alibaba, reply, tencent, ucloud};
use libfuzzer_sys::fuzz_target;
use serde_json::Value as Json;

macro_rules! read_as {
    ($json:ident: $($operation:ty),* $(,)?) => {
        $(let _ = reply::read::<<$operation as Operation>::Reply>($json.clone());)*
    };
}

fuzz_target!(|bytes: &[u8]| {
    let Ok(json) = serde_json::from_slice::<Json>(bytes) else {
        return;
    };
    read_as!(json:
        alibaba::sts::AssumeRole<'static>,
        alibaba::cdn::DescribeUserDomains<'static>,
        alibaba::cdn::DescribeDomainCertificateInfo<'static>,
        alibaba::cdn::DescribeCdnHttpsDomainList,
        alibaba::cdn::DescribeCdnCertificateDetailById<'static>,
        alibaba::cas::ListUserCertificateOrder,
        alibaba::cas::GetUserCertificateDetail<'static>,
        alibaba::cas::ListCloudResources<'static>,
        alibaba::ga::ListListeners<'static>,
        alibaba::ga::ListListenerCertificates<'static>,
        tencent::ssl::certificates::DescribeCertificates<'static>,
        tencent::ssl::certificates::DescribeCertificateDetail<'static>,
        tencent::ssl::csr::DescribeCSR,
        tencent::ssl::csr::DescribeCSRSet<'static>,
        tencent::ssl::bindings::DescribeCertificateBindResourceTaskDetail<'static>,
        tencent::ssl::records::DescribeHostDeployRecordDetail<'static>,
        ucloud::account::GetUserInfo,
    );
});
