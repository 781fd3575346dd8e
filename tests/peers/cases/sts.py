"""The clouds' token services, and what hands keys out beside them."""

from alibabacloud_credentials.provider import (
    EcsRamRoleCredentialsProvider, URLCredentialsProvider)
from alibabacloud_sts20150401 import models as sts
from alibabacloud_sts20150401.client import Client
from alibabacloud_tea_openapi.models import Config
from peers import must
from tencentcloud.sts.v20180813 import models as tencent
from tencentcloud.sts.v20180813.sts_client import StsClient

ROLE = "acs:ram::1234567890123456:role/sandbox"
PROVIDER = "acs:ram::1234567890123456:oidc-provider/sandbox"
TENCENT_ROLE = "qcs::cam::uin/100000000001:roleName/sandbox"
TOKEN = {"right": "sandbox-oidc-token", "wrong": "sandbox-oidc-expired-token"}


class Refused(Exception):
    """What an SDK says without a code of the vendor's."""
    code = "refused"


def cases(peers):
    def calls(scheme):
        yield "AssumeRole", lambda c: is_role(c.assume_role(sts.AssumeRoleRequest(
            role_arn=ROLE, role_session_name="peer", duration_seconds=900)).body)
        yield "GetCallerIdentity", lambda c: must(
            c.get_caller_identity().body.arn == "acs:ram::1234567890123456:user/sandbox")

    def client(keys):
        return Client(Config(
            access_key_id=keys.access_key_id, access_key_secret=keys.access_key_secret,
            security_token=keys.security_token, endpoint=peers.address, protocol="HTTP"))

    def is_role(body):
        """The keys that were issued call as the role."""
        caller = client(body.credentials).get_caller_identity().body
        must(caller.arn == body.assumed_role_user.arn)
        must(caller.identity_type == "AssumedRoleUser")

    def with_oidc(which):
        # Nobody signs this call: the token says who it is.
        unsigned = Client(Config(endpoint=peers.address, protocol="HTTP"))
        is_role(unsigned.assume_role_with_oidc(sts.AssumeRoleWithOIDCRequest(
            oidcprovider_arn=PROVIDER, oidctoken=TOKEN[which], role_arn=ROLE,
            role_session_name="peer")).body)

    def provided(make):
        """Keys of the vendor's own credential library; without them it has no code."""
        def call(which):
            try:
                keys = make(which).get_credentials()
            except Exception as error:
                raise Refused(str(error)) from error
            caller = Client(Config(
                access_key_id=keys.get_access_key_id(),
                access_key_secret=keys.get_access_key_secret(),
                security_token=keys.get_security_token(),
                endpoint=peers.address, protocol="HTTP")).get_caller_identity().body
            must(caller.identity_type == "AssumedRoleUser")
        return call

    def uri(which):
        path = "credentials-uri" if which == "right" else "nothing-here"
        return URLCredentialsProvider(uri=f"{peers.endpoint}/{path}")

    def instance(which):
        provider = EcsRamRoleCredentialsProvider(
            role_name=None if which == "right" else "nobody",
            disable_imds_v1=True, async_update_enabled=False)
        provider._EcsRamRoleCredentialsProvider__metadata_service_host = peers.address
        return provider

    yield from peers.alibaba(Client, calls)
    yield "tea-unsigned", "AssumeRoleWithOIDC", with_oidc, "AuthenticationFail.OIDCToken.Expired"
    yield "credentials", "CredentialsURI", provided(uri), "refused"
    yield "credentials", "IMDSv2", provided(instance), "refused"

    yield peers.tencent(
        StsClient, "AssumeRole", tencent.AssumeRoleRequest,
        {"RoleArn": TENCENT_ROLE, "RoleSessionName": "peer", "DurationSeconds": 900},
        lambda answer: answer.Credentials.TmpSecretId and answer.ExpiredTime,
        region="ap-guangzhou")
    yield peers.tencent(
        StsClient, "GetCallerIdentity", tencent.GetCallerIdentityRequest, {},
        lambda answer: answer.AccountId == "100000000001", region="ap-guangzhou")

    yield peers.ucloud("sts", "AssumeRole", "assume_role", {
        "RoleUrn": "ucs:iam::50000001:role/sandbox", "RoleSessionName": "peer"},
        lambda answer: answer["Credentials"]["SecurityToken"])
    yield peers.ucloud("uaccount", "GetUserInfo", "get_user_info", {},
                       lambda answer: answer["DataSet"][0]["UserName"] == "sandbox")
    yield peers.ucloud("uaccount", "GetProjectList", "get_project_list", {},
                       lambda answer: len(answer["ProjectSet"]) == 3)
