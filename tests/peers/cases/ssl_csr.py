"""Signing requests of Tencent Cloud SSL Certificates: the international edition alone has them."""

from tencentcloud.ssl.v20191205 import models as ssl
from tencentcloud.ssl.v20191205.ssl_client import SslClient

FORM = {
    "Domain": "peer.example.com", "Organization": "Example", "Department": "Web",
    "Email": "admin@example.com", "Province": "Guangdong", "City": "Shenzhen", "Country": "CN",
    "EncryptAlgo": "RSA", "KeyParameter": "2048", "Generate": False,
    "KeyPassword": "peer-password", "Remark": "made by a peer",
    "Tags": [{"TagKey": "team", "TagValue": "web"}],
}


def cases(peers):
    def call(method, request, fields, check, verb="POST"):
        return peers.tencent(SslClient, method, request, fields, check, verb)

    yield call("BatchDeleteCSR", ssl.BatchDeleteCSRRequest, {"CSRIds": [11, 22, 33]},
               lambda answer: answer.Success == [22, 33])
    yield call("BatchDeleteCSR", ssl.BatchDeleteCSRRequest, {"CSRIds": [101, 102]},
               lambda answer: answer.Success == [101, 102], "GET")
    yield call("DescribeCSR", ssl.DescribeCSRRequest, {"CSRId": 11},
               lambda answer: answer.PrivateKey and answer.KeyPassword)
    yield call("DescribeCSRSet", ssl.DescribeCSRSetRequest, {"Limit": 100, "Offset": 0},
               lambda answer: answer.Total == 299 and len(answer.Set) == 100)
    # Its id is the next one.
    yield call("CreateCSR", ssl.CreateCSRRequest, FORM, lambda answer: answer.Id == 401)
    yield call("DescribeCSR", ssl.DescribeCSRRequest, {"CSRId": 401},
               lambda answer: answer.CSR is None and answer.Remarks == "made by a peer"
               and answer.KeyPassword == "peer-password" and answer.KeyParameter == "2048")
    yield call("ModifyCSR", ssl.ModifyCSRRequest,
               {"CSRId": 401, "City": "Beijing", "Generate": True},
               lambda answer: answer.Id == 401)
    yield call("DescribeCSR", ssl.DescribeCSRRequest, {"CSRId": 401},
               lambda answer: answer.City == "Beijing" and "REQUEST" in answer.CSR
               and "PRIVATE KEY" in answer.PrivateKey)
    yield call("DescribeCSRSet", ssl.DescribeCSRSetRequest,
               {"Limit": 20, "Offset": 0, "Domain": "peer.example.com", "EncryptAlgo": "RSA"},
               lambda answer: answer.Total == 1 and answer.Set[0].Id == 401, "GET")
