"""A service's operations through the vendors' own SDKs: accepted with the sandbox's keys, refused
with a wrong secret in the vendor's own code.

usage: peers.py SANDBOX_JSON PKI_DIR CASES.py

A file of cases has `cases(peers)`, which yields (SDK, action, call, refusal): `call` takes "right"
or "wrong" and says whose secret to sign with. It has a sandbox of its own.
"""

import importlib.util
import json
import logging
import pathlib
import sys


def main(sandbox_json, pki, file):
    logging.disable(logging.CRITICAL)  # one SDK logs every answer, private keys included
    spec = importlib.util.spec_from_file_location("cases", file)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    peers = Peers(json.loads(pathlib.Path(sandbox_json).read_text()), pathlib.Path(pki))
    passed = failed = 0
    for name, action, call, refusal in module.cases(peers):
        for secret, expected in (("right", None), ("wrong", refusal)):
            got = code_of(lambda: call(secret))
            verdict = "ok" if got == expected else f"expected {expected or 'success'}"
            passed, failed = (passed + 1, failed) if verdict == "ok" else (passed, failed + 1)
            print(f"{name:14} {action:45} {secret:6} {got or 'success':30} {verdict}")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed or not passed else 0


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


def must(holds):
    if not holds:
        raise AssertionError("the answer is not what the state should give")


class Peers:
    """The sandbox, and a client of each SDK for it."""

    def __init__(self, sandbox, pki):
        self.env = sandbox["env"]
        self.endpoint = sandbox["endpoint"]
        self.address = self.endpoint.removeprefix("http://")
        self.chain = (pki / "fullchain.pem").read_text()
        self.key = (pki / "privkey.pem").read_text()

    def secret(self, variable, which):
        return self.env[variable] if which == "right" else self.env[variable][:-1] + "x"

    def alibaba(self, client, calls, schemes=(("acs3", None), ("rpc", "v2"))):
        """Calls of a current SDK, with each of its signatures: (action, call(client))."""
        from alibabacloud_tea_openapi.models import Config

        def made(call, algorithm):
            return lambda which: call(client(Config(
                access_key_id=self.env["ALIBABA_CLOUD_ACCESS_KEY_ID"],
                access_key_secret=self.secret("ALIBABA_CLOUD_ACCESS_KEY_SECRET", which),
                endpoint=self.address,
                protocol="HTTP",
                signature_algorithm=algorithm,
            )))

        for scheme, algorithm in schemes:
            for action, call in calls(scheme):
                yield f"tea-{scheme}", action, made(call, algorithm), "SignatureDoesNotMatch"

    def alibaba_core(self, request, fields):
        """A call of the SDK before that."""
        from aliyunsdkcore.client import AcsClient

        def call(which):
            client = AcsClient(
                self.env["ALIBABA_CLOUD_ACCESS_KEY_ID"],
                self.secret("ALIBABA_CLOUD_ACCESS_KEY_SECRET", which),
                "cn-hangzhou",
            )
            message = request()
            message.set_endpoint(self.address)
            message.set_protocol_type("http")
            for field, value in fields.items():
                getattr(message, f"set_{field}")(value)
            return client.do_action_with_exception(message)

        # This SDK's own word for a mismatch in which the string to sign that the server shows is
        # the one it signed: only the secret can be wrong.
        return "core", request.__name__.removesuffix("Request"), call, "InvalidAccessKeySecret"

    def tencent(self, client, method, request, fields, check=lambda answer: True, verb="POST",
                region=""):
        """A call of the edition that is installed: international, or mainland."""
        from tencentcloud.common import credential
        from tencentcloud.common.profile.client_profile import ClientProfile
        from tencentcloud.common.profile.http_profile import HttpProfile

        def call(which):
            profile = HttpProfile(protocol="http", endpoint=self.address, reqMethod=verb)
            made = client(
                credential.Credential(
                    self.env["TENCENTCLOUD_SECRET_ID"],
                    self.secret("TENCENTCLOUD_SECRET_KEY", which)),
                region,
                ClientProfile(httpProfile=profile),
            )
            message = request()
            message.from_json_string(json.dumps(fields))
            must(check(getattr(made, method)(message)))

        return (f"tencent-{verb.lower()}", method, call, "AuthFailure.SignatureFailure")

    def ucloud(self, service, action, method, fields, check=lambda answer: True):
        """A call of a service of the one SDK."""
        from ucloud.client import Client

        def call(which):
            client = Client({
                "region": self.env["UCLOUD_REGION"],
                "project_id": self.env["UCLOUD_PROJECT_ID"],
                "public_key": self.env["UCLOUD_PUBLIC_KEY"],
                "private_key": self.secret("UCLOUD_PRIVATE_KEY", which),
                "base_url": self.endpoint,
            })
            must(check(getattr(getattr(client, service)(), method)(fields)))

        return "ucloud", action, call, "171"


if __name__ == "__main__":
    sys.modules["peers"] = sys.modules["__main__"]  # what the cases import is this
    sys.exit(main(*sys.argv[1:]))
