"""UCloud load balancers."""

OLD, NEW = "ssl-old0001", "ssl-new0001"


def cases(peers):
    def call(action, method, fields, check=lambda answer: True):
        return peers.ucloud("ulb", action, method, fields, check)

    yield call("UpdateSSLBinding", "update_ssl_binding",
               {"OldSSLId": OLD, "NewSSLId": NEW, "LoadBalancerId": "ulb-sandbox1"})
    yield call("DescribeSSLV2", "describe_ssl_v2", {"SSLId": NEW},
               lambda answer: len(answer["DataSet"][0]["Relations"]) == 2)
    yield call("DescribeULB", "describe_ulb", {}, lambda answer: answer["TotalCount"] == 2)
    yield call("DescribeVServer", "describe_vserver", {"ULBId": "ulb-sandbox1"},
               lambda answer: answer["DataSet"][0]["SSLSet"][0]["SSLId"] == NEW)
