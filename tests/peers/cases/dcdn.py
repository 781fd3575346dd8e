"""Alibaba Cloud DCDN."""

from alibabacloud_dcdn20180115 import models as dcdn
from alibabacloud_dcdn20180115.client import Client

from peers import must


def cases(peers):
    def calls(scheme):
        yield "SetDcdnDomainSSLCertificate", lambda c: c.set_dcdn_domain_sslcertificate(
            dcdn.SetDcdnDomainSSLCertificateRequest(
                domain_name="a.com", sslprotocol="on", sslpub=peers.chain, sslpri=peers.key,
                cert_type="upload", cert_name=f"peers {scheme}"))
        yield "DescribeDcdnDomainCertificateInfo", lambda c: must(
            c.describe_dcdn_domain_certificate_info(
                dcdn.DescribeDcdnDomainCertificateInfoRequest(domain_name="a.com"))
            .body.cert_infos.cert_info[0].sslpub == peers.chain)
        yield "DescribeDcdnDomainDetail", lambda c: must(
            c.describe_dcdn_domain_detail(
                dcdn.DescribeDcdnDomainDetailRequest(domain_name="a.com"))
            .body.domain_detail.sslprotocol == "on")
        yield "DescribeDcdnUserDomains", lambda c: must(
            c.describe_dcdn_user_domains(dcdn.DescribeDcdnUserDomainsRequest(
                domain_name="a.com", check_domain_show=True))
            .body.domains.page_data[0].sslprotocol == "on")
        yield "DescribeDcdnHttpsDomainList", lambda c: must(
            "free-expiring.example.com" in {info.cert_name for info in (
                c.describe_dcdn_https_domain_list(dcdn.DescribeDcdnHttpsDomainListRequest(
                    page_number=1, page_size=100, keyword="example"))
                .body.cert_infos.cert_info)})
        yield "DescribeDcdnSSLCertificateList", lambda c: must(
            {1234567, 2345678} <= {cert.cert_id for cert in (
                c.describe_dcdn_sslcertificate_list(
                    dcdn.DescribeDcdnSSLCertificateListRequest(
                        domain_name="www.example.com", page_size=1000))
                .body.certificate_list_model.cert_list.cert)})
        yield "DescribeDcdnCertificateDetail", lambda c: must(
            c.describe_dcdn_certificate_detail(
                dcdn.DescribeDcdnCertificateDetailRequest(cert_name="cas-example"))
            .body.cert_id == 1234567)

    yield from peers.alibaba(Client, calls)
