"""Alibaba Cloud CDN."""

from alibabacloud_cdn20180510 import models as cdn
from alibabacloud_cdn20180510.client import Client
from aliyunsdkcdn.request.v20180510 import (
    BatchSetCdnDomainServerCertificateRequest,
    DescribeCdnDomainDetailRequest,
    DescribeCdnHttpsDomainListRequest,
    DescribeDomainCertificateInfoRequest,
    DescribeUserDomainsRequest,
    SetCdnDomainSSLCertificateRequest,
    SetDomainServerCertificateRequest,
)
from peers import must


def cases(peers):
    upload = dict(
        sslprotocol="on", sslpub=peers.chain, sslpri=peers.key, cert_type="upload")

    def calls(scheme):
        yield "BatchSetCdnDomainServerCertificate", lambda c: (
            c.batch_set_cdn_domain_server_certificate(
                cdn.BatchSetCdnDomainServerCertificateRequest(
                    domain_name="a.com,b.com", cert_name=f"peers {scheme} 证书 +*~",
                    force_set="1", **upload)))
        yield "SetDomainServerCertificate", lambda c: c.set_domain_server_certificate(
            cdn.SetDomainServerCertificateRequest(
                domain_name="test.com", cert_name="myCert1", server_certificate_status="on",
                server_certificate=peers.chain, private_key=peers.key, force_set="1"))
        yield "SetCdnDomainSSLCertificate", lambda c: c.set_cdn_domain_sslcertificate(
            cdn.SetCdnDomainSSLCertificateRequest(domain_name=".example.com", **upload))
        yield "DescribeDomainCertificateInfo", lambda c: must(
            c.describe_domain_certificate_info(
                cdn.DescribeDomainCertificateInfoRequest(domain_name="a.com"))
            .body.cert_infos.cert_info[0].server_certificate == peers.chain)
        yield "DescribeCdnDomainDetail", lambda c: must(
            c.describe_cdn_domain_detail(cdn.DescribeCdnDomainDetailRequest(domain_name="a.com"))
            .body.get_domain_detail_model.server_certificate_status == "on")

        yield "DescribeUserDomains", lambda c: must(
            [page.domain_name for number in (1, 2) for page in c.describe_user_domains(
                cdn.DescribeUserDomainsRequest(
                    page_number=number, page_size=1, domain_name=".com",
                    domain_search_type="suf_match", domain_status="online"))
             .body.domains.page_data] == ["a.com", "b.com"])
        yield "DescribeUserDomains", lambda c: must(
            c.describe_user_domains(cdn.DescribeUserDomainsRequest(
                domain_name="a.com", check_domain_show=True))
            .body.domains.page_data[0].ssl_protocol == "on")
        yield "DescribeCdnHttpsDomainList", lambda c: must(
            "free-expiring.example.com" in {info.cert_name for info in (
                c.describe_cdn_https_domain_list(
                    cdn.DescribeCdnHttpsDomainListRequest(
                        page_number=1, page_size=100, keyword="example"))
                .body.cert_infos.cert_info)})
        yield "DescribeCdnSSLCertificateList", lambda c: must(
            {1234567, 2345678} <= {cert.cert_id for cert in (
                c.describe_cdn_sslcertificate_list(
                    cdn.DescribeCdnSSLCertificateListRequest(
                        domain_name="www.example.com", page_size=1000))
                .body.certificate_list_model.cert_list.cert)})
        yield "DescribeCdnCertificateDetailById", lambda c: must(
            c.describe_cdn_certificate_detail_by_id(
                cdn.DescribeCdnCertificateDetailByIdRequest(
                    cert_id="2345678", cert_region="ap-southeast-1"))
            .body.cert_name == "cas-intl")

    yield from peers.alibaba(Client, calls)

    batch = BatchSetCdnDomainServerCertificateRequest.BatchSetCdnDomainServerCertificateRequest
    single = SetDomainServerCertificateRequest.SetDomainServerCertificateRequest
    ssl = SetCdnDomainSSLCertificateRequest.SetCdnDomainSSLCertificateRequest
    info = DescribeDomainCertificateInfoRequest.DescribeDomainCertificateInfoRequest
    detail = DescribeCdnDomainDetailRequest.DescribeCdnDomainDetailRequest
    pair = {"SSLProtocol": "on", "SSLPub": peers.chain, "SSLPri": peers.key}
    yield peers.alibaba_core(batch, {"DomainName": "a.com,b.com", **pair})
    yield peers.alibaba_core(single, {
        "DomainName": "test.com", "ServerCertificateStatus": "on",
        "ServerCertificate": peers.chain, "PrivateKey": peers.key})
    yield peers.alibaba_core(ssl, {"DomainName": "www.example.com", "CertType": "upload", **pair})
    yield peers.alibaba_core(info, {"DomainName": "test.com"})
    yield peers.alibaba_core(detail, {"DomainName": "test.com"})
    domains = DescribeUserDomainsRequest.DescribeUserDomainsRequest
    https = DescribeCdnHttpsDomainListRequest.DescribeCdnHttpsDomainListRequest
    yield peers.alibaba_core(domains, {"PageNumber": "1", "PageSize": "500"})
    yield peers.alibaba_core(https, {"PageNumber": "1", "PageSize": "20"})
