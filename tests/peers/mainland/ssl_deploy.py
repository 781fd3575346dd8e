"""Deployments of Tencent Cloud SSL Certificates, by the mainland edition, which alone has them all."""

import time

from tencentcloud.ssl.v20191205 import models as ssl
from tencentcloud.ssl.v20191205.ssl_client import SslClient

SETTLED = 0.6  # a task takes 0.4 s
MATCHING = [{"FilterKey": "domainMatch", "FilterValue": "1"}]


def cases(peers):
    known = {}

    def call(method, fields, check=lambda answer: True, region=""):
        request = getattr(ssl, f"{method}Request")
        return peers.tencent(SslClient, method, request, fields, check, region=region)

    def record(answer):
        known["record"] = answer.DeployRecordId
        return isinstance(answer.DeployRecordId, int)

    def listed(method, fields, check, region=""):
        base = {"CertificateId": "example2", "IsCache": 0, "Filters": MATCHING}
        return call(f"DescribeHost{method}InstanceList", base | fields, check, region)

    page = {"Offset": 0, "Limit": 200}
    yield listed("Cdn", page | {"ResourceType": "cdn", "AsyncCache": 0},
                 lambda answer: answer.TotalCount == len(answer.InstanceList) == 5
                 and answer.InstanceList[0].CertId == "example1")
    yield listed("Clb", page | {"AsyncCache": 0},
                 lambda answer: answer.InstanceList[0].Listeners[0].SniSwitch == 1
                 and answer.InstanceList[0].Listeners[0].Rules[0].Certificate.CertId == "example1"
                 and answer.InstanceList[0].Listeners[1].Certificate.CertId == "example1",
                 "ap-guangzhou")
    yield listed("Cos", page | {"ResourceType": "cos"},
                 lambda answer: answer.InstanceList[0].Bucket == "static-1250000000", "ap-guangzhou")
    yield listed("Ddos", page | {"ResourceType": "ddos"},
                 lambda answer: answer.InstanceList[0].VirtualPort == "443")
    yield listed("Teo", page | {"ResourceType": "teo", "OldCertificateId": "example1"},
                 lambda answer: [one.Host for one in answer.InstanceList] == ["teo.example.com"])
    yield listed("Tke", page,
                 lambda answer: answer.InstanceList[0].NamespaceList[0].SecretList[0].CertId
                 == "example1", "ap-guangzhou")
    yield listed("ApiGateway", {"ResourceType": "apigateway", "Offset": "0", "Limit": 10},
                 lambda answer: answer.InstanceList[0].ServiceId == "service-sandbox1",
                 "ap-guangzhou")
    yield listed("Lighthouse", {"ResourceType": "lighthouse"},
                 lambda answer: answer.InstanceList[0].Domain == ["lh.example.com"], "ap-shanghai")
    yield listed("Live", {"ResourceType": "live"},
                 lambda answer: [one.Status for one in answer.InstanceList] == [1, -1])
    yield listed("Vod", {}, lambda answer: answer.TotalCount == 1)
    yield listed("Waf", {}, lambda answer: answer.InstanceList[0].Keepalive == 1, "ap-guangzhou")

    yield call("DeployCertificateInstance", {
        "CertificateId": "example2", "InstanceIdList": ["b.com|on", "failing.example.com|off"],
        "ResourceType": "cdn", "IsCache": 0,
    }, lambda answer: record(answer) and answer.DeployStatus == 1)
    yield call("DeployCertificateInstance", {
        "CertificateId": "example2", "InstanceIdList": ["a.com|on"], "ResourceType": "cdn",
    }, lambda answer: answer.DeployStatus == 0 and answer.DeployRecordId == known["record"])
    yield call("DeployCertificateInstance", {
        "CertificateId": "example2", "InstanceIdList": ["lb-sandbox1|lbl-https01"],
    }, lambda answer: answer.DeployStatus == 1, "ap-guangzhou")
    time.sleep(SETTLED)
    yield call("DescribeHostDeployRecord", {
        "CertificateId": "example2", "ResourceType": "cdn", "Offset": 0, "Limit": 10,
    }, lambda answer: answer.DeployRecordList[0].Id == known["record"]
        and answer.DeployRecordList[0].Status == 2)
    yield call("DescribeHostDeployRecordDetail", {
        "DeployRecordId": str(known["record"]), "Offset": 0, "Limit": 200,
    }, lambda answer: (answer.TotalCount, answer.SuccessTotalCount, answer.FailedTotalCount)
        == (2, 1, 1) and answer.DeployRecordDetailList[0].Domains == ["b.com|on"])
    yield call("DeployCertificateRecordRetry", {"DeployRecordId": known["record"]})
    time.sleep(SETTLED)
    yield call("DeployCertificateRecordRollback", {"DeployRecordId": known["record"]}, record)
    time.sleep(SETTLED)

    update = {
        "OldCertificateId": "example1", "CertificateId": "example2",
        "ResourceTypes": ["teo", "clb"], "ExpiringNotificationSwitch": 0,
        "ResourceTypesRegions": [{"ResourceType": "clb", "Regions": ["ap-shanghai"]}],
    }
    yield call("UpdateCertificateInstance", update,
               lambda answer: answer.DeployRecordId == 0
               and answer.UpdateSyncProgress[1].ResourceType == "clb")
    time.sleep(SETTLED)
    yield call("UpdateCertificateInstance", update, record)
    time.sleep(SETTLED)
    yield call("DescribeHostUpdateRecord", {"OldCertificateId": "example1"},
               lambda answer: answer.DeployRecordList[0].ResourceTypes == ["clb", "teo"])
    yield call("DescribeHostUpdateRecordDetail", {
        "DeployRecordId": str(known["record"]), "Limit": "200", "Offset": "0",
    }, lambda answer: answer.SuccessTotalCount == 2 and answer.PendingTotalCount == 0
        and [one.ResourceType for one in answer.RecordDetailList] == ["clb", "teo"]
        and answer.RecordDetailList[0].List[0].InstanceId == "lb-sandbox3")
    yield call("UpdateCertificateRecordRollback", {"DeployRecordId": known["record"]}, record)
    yield call("UpdateCertificateInstance", {
        "OldCertificateId": "bought01", "ResourceTypes": ["cdn"], "Repeatable": True,
        "CertificatePublicKey": peers.chain, "CertificatePrivateKey": peers.key,
        "AllowDownload": True, "Tags": [], "ProjectId": 0,
    }, lambda answer: answer.DeployRecordId == 0)

    def tasks(answer):
        known["tasks"] = [one.TaskId for one in answer.CertTaskIds]
        return [one.CertId for one in answer.CertTaskIds] == ["example1", "idle0001"]

    yield call("CreateCertificateBindResourceSyncTask",
               {"CertificateIds": ["example1", "idle0001"], "IsCache": 1}, tasks)
    time.sleep(SETTLED)
    yield call("DescribeCertificateBindResourceTaskResult", {"TaskIds": known["tasks"]},
               lambda answer: [one.Status for one in answer.SyncTaskBindResourceResult] == [1, 1])
    yield call("DescribeCertificateBindResourceTaskDetail", {
        "TaskId": known["tasks"][0], "Limit": "100", "Offset": "0",
        "ResourceTypes": ["clb", "live"], "Regions": ["ap-guangzhou"],
    }, lambda answer: answer.LIVE[0].InstanceList[0].Domain == "live.example.com"
        and answer.CLB[0].Region == "ap-guangzhou" and not answer.CDN)
