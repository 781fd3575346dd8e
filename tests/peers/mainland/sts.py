"""Tencent Cloud STS, as the mainland edition's own logins use it."""

from tencentcloud.common.common_client import CommonClient
from tencentcloud.common.exception import TencentCloudSDKException
from tencentcloud.common.profile.client_profile import ClientProfile
from tencentcloud.common.profile.http_profile import HttpProfile
from tencentcloud.common.credential import CVMRoleCredential, Credential
from peers import must

ROLE = "qcs::cam::uin/100000000001:roleName/sandbox"
TOKEN = {"right": "sandbox-oidc-token", "wrong": "sandbox-oidc-expired-token"}


def cases(peers):
    def client(credential):
        profile = ClientProfile(httpProfile=HttpProfile(protocol="http", endpoint=peers.address))
        return CommonClient("sts", "2018-08-13", credential, "ap-guangzhou", profile=profile)

    def is_role(keys):
        caller = client(keys).call_json("GetCallerIdentity", {})["Response"]
        must(caller["Type"] == "CAMRole")

    def with_web_identity(which):
        # Nobody signs this call: the token says who it is.
        answer = client(None).call_json("AssumeRoleWithWebIdentity", {
            "ProviderId": "sandbox", "WebIdentityToken": TOKEN[which], "RoleArn": ROLE,
            "RoleSessionName": "peer", "DurationSeconds": 7200,
        }, options={"SkipSign": True})["Response"]
        must(answer["ExpiredTime"] > 0)
        keys = answer["Credentials"]
        is_role(Credential(keys["TmpSecretId"], keys["TmpSecretKey"], keys["Token"]))

    def instance(which):
        role = CVMRoleCredential(None if which == "right" else "nobody")
        role._role_endpoint = f"{peers.endpoint}/latest/meta-data/cam/security-credentials/"
        try:
            must(role.secret_id)
        except (AssertionError, TencentCloudSDKException):
            raise TencentCloudSDKException("refused", "no keys") from None
        is_role(Credential(role.secret_id, role.secret_key, role.token))

    yield ("tencent-unsigned", "AssumeRoleWithWebIdentity", with_web_identity,
           "InvalidParameter.WebIdentityTokenError")
    yield "tencent-cvm", "CVM role", instance, "refused"
