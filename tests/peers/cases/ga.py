"""Alibaba Cloud Global Accelerator."""

import time

from alibabacloud_ga20191120 import models as ga
from alibabacloud_ga20191120.client import Client
from peers import must

ACCELERATOR = "ga-bp1odcab8tmno0hdq****"
LISTENER = "lsr-bp1bpn0kn908w4nbw****"
WHERE = {"region_id": "cn-hangzhou", "accelerator_id": ACCELERATOR}
THERE = {**WHERE, "listener_id": LISTENER}


def active(c):
    """Waits until the accelerator takes a change; the client."""
    while c.describe_accelerator(ga.DescribeAcceleratorRequest(**WHERE)).body.state != "active":
        time.sleep(0.05)
    return c


def dry_run(c, certificate):
    """A dry run that passes is refused with a code of its own."""
    try:
        c.update_additional_certificate_with_listener(
            ga.UpdateAdditionalCertificateWithListenerRequest(
                **THERE, domain="example.com", certificate_id=certificate, dry_run=True))
    except Exception as error:
        if error.code != "DryRunOperation":
            raise
        return
    raise AssertionError("the dry run was no error")


def certificates(c, **more):
    """Every certificate of the listener, by domain; the default one's is None."""
    found, token = {}, None
    while token != "":
        body = c.list_listener_certificates(
            ga.ListListenerCertificatesRequest(
                **THERE, max_results=1, next_token=token, **more)).body
        found.update((one.domain, one.certificate_id) for one in body.certificates)
        token = body.next_token
    return found


def cases(peers):
    def calls(scheme):
        yield "AssociateAdditionalCertificatesWithListener", lambda c: must(
            active(c).associate_additional_certificates_with_listener(
                ga.AssociateAdditionalCertificatesWithListenerRequest(
                    **THERE, client_token=f"123e4567-e89b-12d3-a456-426655440000-{scheme}",
                    certificates=[
                        ga.AssociateAdditionalCertificatesWithListenerRequestCertificates(
                            id="6092**-cn-hangzhou", domain="example.com")]))
            .body.listener_id == LISTENER)
        yield "DescribeListener", lambda c: must(
            c.describe_listener(
                ga.DescribeListenerRequest(region_id="cn-hangzhou", listener_id=LISTENER))
            .body.accelerator_id == ACCELERATOR)
        yield "DescribeAccelerator", lambda c: c.describe_accelerator(
            ga.DescribeAcceleratorRequest(**WHERE))
        yield "ListListenerCertificates", lambda c: must(
            certificates(c, role="additional") == {"example.com": "6092**-cn-hangzhou"})
        yield "ListAccelerators", lambda c: must(
            c.list_accelerators(
                ga.ListAcceleratorsRequest(region_id="cn-hangzhou", page_number=2, page_size=2))
            .body.total_count == 3)
        yield "ListListeners", lambda c: must(
            {one.protocol for one in c.list_listeners(
                ga.ListListenersRequest(**WHERE, page_number=1, page_size=50)).body.listeners}
            == {"http", "https"})
        yield "UpdateAdditionalCertificateWithListener", lambda c: must(
            active(c).update_additional_certificate_with_listener(
                ga.UpdateAdditionalCertificateWithListenerRequest(
                    **THERE, domain="example.com", certificate_id="7-cn-hangzhou"))
            .body.listener_id == LISTENER)
        yield "UpdateAdditionalCertificateWithListener", lambda c: dry_run(
            active(c), "8-cn-hangzhou")
        yield "UpdateListener", lambda c: active(c).update_listener(
            ga.UpdateListenerRequest(
                region_id="cn-hangzhou", listener_id=LISTENER, client_token=f"default-{scheme}",
                certificates=[ga.UpdateListenerRequestCertificates(id="9-cn-hangzhou")]))
        yield "ListListenerCertificates", lambda c: must(
            certificates(c) == {None: "9-cn-hangzhou", "example.com": "7-cn-hangzhou"})
        yield "DissociateAdditionalCertificatesFromListener", lambda c: active(
            c).dissociate_additional_certificates_from_listener(
                ga.DissociateAdditionalCertificatesFromListenerRequest(
                    **THERE, domains=["example.com"]))
        yield "ListListenerCertificates", lambda c: must(
            certificates(c) == {None: "9-cn-hangzhou"})

    yield from peers.alibaba(Client, calls)
