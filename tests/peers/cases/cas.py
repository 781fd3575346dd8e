"""Alibaba Cloud Certificate Management Service."""

import time

from alibabacloud_cas20200407 import models as cas
from alibabacloud_cas20200407.client import Client
from peers import must

ids = {}


def listed(c, **more):
    """Every certificate of a list, by its number."""
    found, page = {}, 1
    while True:
        time.sleep(0.11)  # 10 calls a second
        body = c.list_user_certificate_order(
            cas.ListUserCertificateOrderRequest(current_page=page, show_size=2, **more)).body
        found.update((one.certificate_id, one) for one in body.certificate_order_list)
        if not body.certificate_order_list or len(found) >= body.total_count:
            return found
        page += 1


def cases(peers):
    def calls(scheme):
        def upload(c):
            request = cas.UploadUserCertificateRequest(
                name=f"peer-{scheme}", cert=peers.chain, key=peers.key,
                client_token=f"upload-{scheme}")
            ids[scheme] = c.upload_user_certificate(request).body.cert_id
            # A token that comes again gives the same answer.
            must(c.upload_user_certificate(request).body.cert_id == ids[scheme])

        def detail(c, **more):
            return c.get_user_certificate_detail(
                cas.GetUserCertificateDetailRequest(cert_id=ids.get(scheme, 1234567), **more)).body

        yield "UploadUserCertificate", upload
        yield "ListUserCertificateOrder", lambda c: must(
            listed(c, order_type="CERT")[ids[scheme]].name == f"peer-{scheme}")
        yield "ListUserCertificateOrder", lambda c: must(
            ids[scheme] in listed(c, order_type="UPLOAD", keyword="peer"))
        yield "ListUserCertificateOrder", lambda c: must(
            list(listed(c, order_type="CERT", status="EXPIRED")) == [1567890])
        yield "ListUserCertificateOrder", lambda c: must(
            c.list_user_certificate_order(cas.ListUserCertificateOrderRequest())
            .body.certificate_order_list[0].order_id)
        yield "ListCertificates", lambda c: must(
            str(ids[scheme]) in {one.certificate_id for one in c.list_certificates(
                cas.ListCertificatesRequest(certificate_source="UPLOAD", show_size=100))
                .body.certificate_list})
        yield "GetUserCertificateDetail", lambda c: must(
            detail(c).key == peers.key)
        yield "GetUserCertificateDetail", lambda c: must(
            (detail(c, cert_filter=True).key, detail(c, cert_filter=True).cert_identifier)
            == (None, f"{ids[scheme]}-cn-hangzhou"))
        yield "ListCloudResources", lambda c: must(
            {one.domain for one in c.list_cloud_resources(
                cas.ListCloudResourcesRequest(
                    cert_ids=[1000001], cloud_product="CDN", show_size=50)).body.data}
            >= {"a.com", "b.com"})
        yield "DeleteUserCertificate", lambda c: c.delete_user_certificate(
            cas.DeleteUserCertificateRequest(
                cert_id=ids[scheme], client_token=f"delete-{scheme}"))
        yield "ListUserCertificateOrder", lambda c: must(
            ids[scheme] not in listed(c, order_type="CERT"))

    yield from peers.alibaba(Client, calls)
