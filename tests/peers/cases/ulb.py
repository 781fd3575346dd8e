"""UCloud load balancers."""

OLD, NEW, IDLE, OTHER = "ssl-old0001", "ssl-new0001", "ssl-idle001", "ssl-other01"
LEAF_END = "-----END CERTIFICATE-----\n"


def cases(peers):
    made = {}

    def call(action, method, fields, check=lambda answer: True):
        return peers.ucloud("ulb", action, method, fields, check)

    def create(fields):
        """Each call makes a certificate of its own."""
        def check(answer):
            fresh = answer["SSLId"] not in made.values()
            made[fields["SSLName"]] = answer["SSLId"]
            return fresh
        return call("CreateSSL", "create_ssl", fields, check)

    def found(wanted):
        return lambda answer: any(
            all(row.get(name) == value for name, value in wanted.items())
            for row in answer.get("DataSet") or answer.get("Listeners"))

    yield call("UpdateSSLBinding", "update_ssl_binding",
               {"OldSSLId": OLD, "NewSSLId": NEW, "LoadBalancerId": "ulb-sandbox1"})
    yield call("DescribeSSLV2", "describe_ssl_v2", {"SSLId": NEW},
               lambda answer: len(answer["DataSet"][0]["Relations"]) == 2)
    yield call("DescribeULB", "describe_ulb", {}, lambda answer: answer["TotalCount"] == 2)
    yield call("DescribeULBSimple", "describe_ulb_simple", {},
               lambda answer: answer["TotalCount"] == 2)
    yield call("DescribeSSL", "describe_ssl", {"SSLId": NEW},
               lambda answer: len(answer["DataSet"][0]["BindedTargetSet"]) == 2)
    yield call("DescribeVServer", "describe_vserver", {"ULBId": "ulb-sandbox1"},
               lambda answer: answer["DataSet"][0]["SSLSet"][0]["SSLId"] == NEW)
    yield call("DescribeLoadBalancers", "describe_load_balancers",
               {"Type": "Application", "ShowDetail": True, "Limit": "10", "Offset": "0"},
               lambda answer: answer["TotalCount"] == 1
               and answer["LoadBalancers"][0]["Listeners"][0]["Certificates"][0]["IsDefault"])
    yield call("DescribeLoadBalancers", "describe_load_balancers",
               {"LoadBalancerIds": ["alb-sandbox1"]},
               lambda answer: answer["LoadBalancers"][0]["Listeners"] == [])
    yield call("DescribeListeners", "describe_listeners", {"LoadBalancerId": "alb-sandbox1"},
               lambda answer: answer["TotalCount"] == 3)
    yield call("DescribeListeners", "describe_listeners", {"ListenerId": "als-https2"},
               lambda answer: len(answer["Listeners"][0]["Certificates"]) == 2)

    leaf, _, issuers = peers.chain.partition(LEAF_END)
    parts = {"UserCert": leaf + LEAF_END, "CaCert": issuers, "PrivateKey": peers.key}
    yield create({"SSLName": "peers-parts", "SSLType": "Pem", **parts})
    yield create({"SSLName": "peers-again_证书.1", "SSLType": "Pem", **parts})
    yield create({"SSLName": "peers-whole", "SSLContent": peers.key + peers.chain})
    yield create({"SSLName": "peers-ussl", "USSLId": "usecure_ussl-sandbox1"})
    yield call("DescribeSSLV2", "describe_ssl_v2", {"Limit": 100, "Offset": 0},
               lambda answer: answer["TotalCount"] == 9 and found(
                   {"SSLName": "peers-ussl", "SSLSource": 1,
                    "USSLId": "usecure_ussl-sandbox1"})(answer))
    yield call("UpdateSSLAttribute", "update_ssl_attribute",
               {"SSLId": IDLE, "SSLName": "peers-renamed"})
    yield call("DescribeSSLV2", "describe_ssl_v2", {"SSLId": IDLE},
               found({"SSLName": "peers-renamed"}))

    vserver = {"ULBId": "ulb-sandbox2", "VServerId": "vserver-https4", "SSLId": IDLE}
    yield call("BindSSL", "bind_ssl", vserver)
    yield call("DescribeVServer", "describe_vserver",
               {"ULBId": "ulb-sandbox2", "VServerId": "vserver-https4"},
               lambda answer: answer["DataSet"][0]["SSLSet"][0]["SSLId"] == IDLE)
    yield call("UnbindSSL", "unbind_ssl", vserver)
    listener = {"LoadBalancerId": "alb-sandbox1", "ListenerId": "als-https1"}
    besides = {**listener, "SSLIds": [IDLE, OTHER]}
    yield call("AddSSLBinding", "add_ssl_binding", besides)
    yield call("DescribeListeners", "describe_listeners", {"ListenerId": "als-https1"},
               lambda answer: answer["Listeners"][0]["Certificates"] == [
                   {"SSLId": OLD, "IsDefault": True}, {"SSLId": IDLE, "IsDefault": False},
                   {"SSLId": OTHER, "IsDefault": False}])
    yield call("DeleteSSLBinding", "delete_ssl_binding", besides)
    yield call("UpdateListenerAttribute", "update_listener_attribute",
               {**listener, "Certificates": [NEW], "Name": "peers", "HTTP2Enabled": True,
                "StickinessConfig": {"Enabled": False}})
    yield call("DescribeListeners", "describe_listeners", {"ListenerId": "als-https1"},
               found({"Name": "peers", "Certificates": [{"SSLId": NEW, "IsDefault": True}]}))
    yield call("DeleteSSL", "delete_ssl", {"SSLId": IDLE})
    yield call("DescribeSSLV2", "describe_ssl_v2", {},
               lambda answer: answer["TotalCount"] == 8)
