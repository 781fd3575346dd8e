"""Every operation through the vendors' own SDKs: accepted with the sandbox's keys, refused with a
wrong secret in the vendor's own code.

usage: peers.py SANDBOX_JSON PKI_DIR
"""

import json
import logging
import pathlib
import sys

from alibabacloud_cdn20180510 import models as cdn_models
from alibabacloud_cdn20180510.client import Client as CdnClient
from alibabacloud_ga20191120 import models as ga_models
from alibabacloud_ga20191120.client import Client as GaClient
from alibabacloud_tea_openapi.models import Config
from aliyunsdkcdn.request.v20180510 import (
    BatchSetCdnDomainServerCertificateRequest,
    DescribeCdnDomainDetailRequest,
    DescribeDomainCertificateInfoRequest,
    SetCdnDomainSSLCertificateRequest,
    SetDomainServerCertificateRequest,
)
from aliyunsdkcore.client import AcsClient
from tencentcloud.common import credential
from tencentcloud.common.profile.client_profile import ClientProfile
from tencentcloud.common.profile.http_profile import HttpProfile
from tencentcloud.ssl.v20191205 import models as ssl_models
from tencentcloud.ssl.v20191205.ssl_client import SslClient
from ucloud.client import Client as UcloudClient

ACCELERATOR = "ga-bp1odcab8tmno0hdq****"
LISTENER = "lsr-bp1bpn0kn908w4nbw****"


def main(sandbox_json, pki):
    logging.disable(logging.CRITICAL)  # one SDK logs every answer, private keys included
    sandbox = json.loads(pathlib.Path(sandbox_json).read_text())
    chain = (pathlib.Path(pki) / "fullchain.pem").read_text()
    key = (pathlib.Path(pki) / "privkey.pem").read_text()
    passed = failed = 0
    for name, action, call, refusal in cases(sandbox, chain, key):
        for secret, expected in (("right", None), ("wrong", refusal)):
            got = code_of(lambda: call(secret))
            verdict = "ok" if got == expected else f"expected {expected or 'success'}"
            passed, failed = (passed + 1, failed) if verdict == "ok" else (passed, failed + 1)
            print(f"{name:14} {action:45} {secret:6} {got or 'success':30} {verdict}")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


def code_of(call):
    """The vendor's code of the refusal; None if the call went well."""
    try:
        call()
    except Exception as error:  # each SDK has a root of its own
        if hasattr(error, "get_error_code"):
            return str(error.get_error_code())
        if hasattr(error, "get_code"):
            return str(error.get_code())
        return str(getattr(error, "code", None) or f"{type(error).__name__}: {error}"[:200])
    return None


def cases(sandbox, chain, key):
    env = sandbox["env"]
    address = sandbox["endpoint"].removeprefix("http://")

    def secret_of(variable, which):
        return env[variable] if which == "right" else env[variable][:-1] + "x"

    def tea(client, algorithm):
        return lambda which: client(
            Config(
                access_key_id=env["ALIBABA_CLOUD_ACCESS_KEY_ID"],
                access_key_secret=secret_of("ALIBABA_CLOUD_ACCESS_KEY_SECRET", which),
                endpoint=address,
                protocol="HTTP",
                signature_algorithm=algorithm,
            )
        )

    upload = dict(sslprotocol="on", sslpub=chain, sslpri=key, cert_type="upload")
    for scheme, algorithm in (("acs3", None), ("rpc", "v2")):
        cdn = tea(CdnClient, algorithm)
        ga = tea(GaClient, algorithm)
        name = f"tea-{scheme}"
        alibaba = [
            (cdn, "BatchSetCdnDomainServerCertificate", lambda c: c.batch_set_cdn_domain_server_certificate(
                cdn_models.BatchSetCdnDomainServerCertificateRequest(
                    domain_name="a.com,b.com", cert_name=f"peers {scheme} 证书 +*~", force_set="1", **upload))),
            (cdn, "SetDomainServerCertificate", lambda c: c.set_domain_server_certificate(
                cdn_models.SetDomainServerCertificateRequest(
                    domain_name="test.com", cert_name="myCert1", server_certificate_status="on",
                    server_certificate=chain, private_key=key, force_set="1"))),
            (cdn, "SetCdnDomainSSLCertificate", lambda c: c.set_cdn_domain_sslcertificate(
                cdn_models.SetCdnDomainSSLCertificateRequest(domain_name=".example.com", **upload))),
            (cdn, "DescribeDomainCertificateInfo", lambda c: must(
                c.describe_domain_certificate_info(
                    cdn_models.DescribeDomainCertificateInfoRequest(domain_name="a.com"))
                .body.cert_infos.cert_info[0].server_certificate == chain)),
            (cdn, "DescribeCdnDomainDetail", lambda c: must(
                c.describe_cdn_domain_detail(
                    cdn_models.DescribeCdnDomainDetailRequest(domain_name="a.com"))
                .body.get_domain_detail_model.server_certificate_status == "on")),
            (ga, "AssociateAdditionalCertificatesWithListener", lambda c: must(
                c.associate_additional_certificates_with_listener(
                    ga_models.AssociateAdditionalCertificatesWithListenerRequest(
                        region_id="cn-hangzhou", accelerator_id=ACCELERATOR, listener_id=LISTENER,
                        client_token="123e4567-e89b-12d3-a456-426655440000",
                        certificates=[
                            ga_models.AssociateAdditionalCertificatesWithListenerRequestCertificates(
                                id="6092**-cn-hangzhou", domain="example.com")]))
                .body.listener_id == LISTENER)),
            (ga, "DescribeListener", lambda c: c.describe_listener(
                ga_models.DescribeListenerRequest(region_id="cn-hangzhou", listener_id=LISTENER))),
            (ga, "DescribeAccelerator", lambda c: c.describe_accelerator(
                ga_models.DescribeAcceleratorRequest(
                    region_id="cn-hangzhou", accelerator_id=ACCELERATOR))),
            (ga, "ListListenerCertificates", lambda c: must(
                c.list_listener_certificates(
                    ga_models.ListListenerCertificatesRequest(
                        region_id="cn-hangzhou", accelerator_id=ACCELERATOR, listener_id=LISTENER,
                        role="additional"))
                .body.certificates[0].certificate_id == "6092**-cn-hangzhou")),
        ]
        for client, action, call in alibaba:
            yield (name, action, lambda which, client=client, call=call: call(client(which)),
                   "SignatureDoesNotMatch")

    def core(request, fields):
        def call(which):
            client = AcsClient(
                env["ALIBABA_CLOUD_ACCESS_KEY_ID"],
                secret_of("ALIBABA_CLOUD_ACCESS_KEY_SECRET", which),
                "cn-hangzhou",
            )
            message = request()
            message.set_endpoint(address)
            message.set_protocol_type("http")
            for field, value in fields.items():
                getattr(message, f"set_{field}")(value)
            return client.do_action_with_exception(message)
        return call

    batch = BatchSetCdnDomainServerCertificateRequest.BatchSetCdnDomainServerCertificateRequest
    single = SetDomainServerCertificateRequest.SetDomainServerCertificateRequest
    ssl = SetCdnDomainSSLCertificateRequest.SetCdnDomainSSLCertificateRequest
    info = DescribeDomainCertificateInfoRequest.DescribeDomainCertificateInfoRequest
    detail = DescribeCdnDomainDetailRequest.DescribeCdnDomainDetailRequest
    pair = {"SSLProtocol": "on", "SSLPub": chain, "SSLPri": key}
    for request, fields in (
        (batch, {"DomainName": "a.com,b.com", **pair}),
        (single, {"DomainName": "test.com", "ServerCertificateStatus": "on",
                  "ServerCertificate": chain, "PrivateKey": key}),
        (ssl, {"DomainName": "www.example.com", "CertType": "upload", **pair}),
        (info, {"DomainName": "test.com"}),
        (detail, {"DomainName": "test.com"}),
    ):
        yield ("core", request.__name__.removesuffix("Request"), core(request, fields),
               # This SDK's own word for a mismatch in which the string to sign that the server
               # shows is the one it signed: only the secret can be wrong.
               "InvalidAccessKeySecret")

    def tencent(method, request, fields, verb="POST", check=lambda answer: True):
        def call(which):
            profile = HttpProfile(protocol="http", endpoint=address, reqMethod=verb)
            client = SslClient(
                credential.Credential(
                    env["TENCENTCLOUD_SECRET_ID"], secret_of("TENCENTCLOUD_SECRET_KEY", which)),
                "",
                ClientProfile(httpProfile=profile),
            )
            message = request()
            message.from_json_string(json.dumps(fields))
            must(check(getattr(client, method)(message)))
        return call

    for method, request, fields, verb, check in (
        ("BatchDeleteCSR", ssl_models.BatchDeleteCSRRequest, {"CSRIds": [11, 22, 33]}, "POST",
         lambda answer: answer.Success == [22, 33]),
        ("BatchDeleteCSR", ssl_models.BatchDeleteCSRRequest, {"CSRIds": [101, 102]}, "GET",
         lambda answer: answer.Success == [101, 102]),
        ("DescribeCSR", ssl_models.DescribeCSRRequest, {"CSRId": 11}, "POST",
         lambda answer: answer.PrivateKey and answer.KeyPassword),
        ("DescribeCSRSet", ssl_models.DescribeCSRSetRequest, {"Limit": 100, "Offset": 0}, "POST",
         lambda answer: answer.Total == 299 and len(answer.Set) == 100),
    ):
        yield (f"tencent-{verb.lower()}", method, tencent(method, request, fields, verb, check),
               "AuthFailure.SignatureFailure")

    def ucloud(method, fields, check=lambda answer: True):
        def call(which):
            client = UcloudClient({
                "region": env["UCLOUD_REGION"],
                "project_id": env["UCLOUD_PROJECT_ID"],
                "public_key": env["UCLOUD_PUBLIC_KEY"],
                "private_key": secret_of("UCLOUD_PRIVATE_KEY", which),
                "base_url": sandbox["endpoint"],
            })
            must(check(getattr(client.ulb(), method)(fields)))
        return call

    old, new = "ssl-old0001", "ssl-new0001"
    for action, method, fields, check in (
        ("UpdateSSLBinding", "update_ssl_binding",
         {"OldSSLId": old, "NewSSLId": new, "LoadBalancerId": "ulb-sandbox1"}, lambda answer: True),
        ("DescribeSSLV2", "describe_ssl_v2", {"SSLId": new},
         lambda answer: len(answer["DataSet"][0]["Relations"]) == 2),
        ("DescribeULB", "describe_ulb", {}, lambda answer: answer["TotalCount"] == 2),
        ("DescribeVServer", "describe_vserver", {"ULBId": "ulb-sandbox1"},
         lambda answer: answer["DataSet"][0]["SSLSet"][0]["SSLId"] == new),
    ):
        yield "ucloud", action, ucloud(method, fields, check), "171"


def must(holds):
    if not holds:
        raise AssertionError("the answer is not what the state should give")


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
