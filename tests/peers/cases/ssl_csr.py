"""Signing requests of Tencent Cloud SSL Certificates: the international edition alone has them."""

from tencentcloud.ssl.v20191205 import models as ssl
from tencentcloud.ssl.v20191205.ssl_client import SslClient


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
