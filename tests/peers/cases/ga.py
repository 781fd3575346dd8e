"""Alibaba Cloud Global Accelerator."""

from alibabacloud_ga20191120 import models as ga
from alibabacloud_ga20191120.client import Client
from peers import must

ACCELERATOR = "ga-bp1odcab8tmno0hdq****"
LISTENER = "lsr-bp1bpn0kn908w4nbw****"


def cases(peers):
    def calls(scheme):
        yield "AssociateAdditionalCertificatesWithListener", lambda c: must(
            c.associate_additional_certificates_with_listener(
                ga.AssociateAdditionalCertificatesWithListenerRequest(
                    region_id="cn-hangzhou", accelerator_id=ACCELERATOR, listener_id=LISTENER,
                    client_token="123e4567-e89b-12d3-a456-426655440000",
                    certificates=[
                        ga.AssociateAdditionalCertificatesWithListenerRequestCertificates(
                            id="6092**-cn-hangzhou", domain="example.com")]))
            .body.listener_id == LISTENER)
        yield "DescribeListener", lambda c: c.describe_listener(
            ga.DescribeListenerRequest(region_id="cn-hangzhou", listener_id=LISTENER))
        yield "DescribeAccelerator", lambda c: c.describe_accelerator(
            ga.DescribeAcceleratorRequest(region_id="cn-hangzhou", accelerator_id=ACCELERATOR))
        yield "ListListenerCertificates", lambda c: must(
            c.list_listener_certificates(
                ga.ListListenerCertificatesRequest(
                    region_id="cn-hangzhou", accelerator_id=ACCELERATOR, listener_id=LISTENER,
                    role="additional"))
            .body.certificates[0].certificate_id == "6092**-cn-hangzhou")

    yield from peers.alibaba(Client, calls)
