"""Updates and bindings of Tencent Cloud SSL Certificates, and the certificates of EdgeOne, by the
international edition."""

import time

from tencentcloud.ssl.v20191205 import models as ssl
from tencentcloud.ssl.v20191205.ssl_client import SslClient
from tencentcloud.teo.v20220901 import models as teo
from tencentcloud.teo.v20220901.teo_client import TeoClient

SETTLED = 0.6  # a task takes 0.4 s


def cases(peers):
    known = {}

    def call(method, fields, check=lambda answer: True):
        request = getattr(ssl, f"{method}Request")
        return peers.tencent(SslClient, method, request, fields, check)

    def record(answer):
        known["record"] = answer.DeployRecordId
        return isinstance(answer.DeployRecordId, int) and answer.DeployRecordId > 0

    yield call("DescribeHostTeoInstanceList", {
        "CertificateId": "example2", "ResourceType": "teo", "IsCache": 0,
        "Filters": [{"FilterKey": "domainMatch", "FilterValue": "1"}], "Offset": 0, "Limit": 200,
    }, lambda answer: answer.TotalCount == 4 and answer.InstanceList[0].CertId == "example1")
    yield peers.tencent(TeoClient, "ModifyHostsCertificate", teo.ModifyHostsCertificateRequest, {
        "ZoneId": "zone-sandbox00001", "Hosts": ["idle.example.com"], "Mode": "sslcert",
        "ServerCertInfo": [{"CertId": "example2"}, {"CertId": "idle0001"}],
    }, lambda answer: answer.RequestId)
    time.sleep(SETTLED)
    yield call("DescribeHostTeoInstanceList", {
        "CertificateId": "example2", "IsCache": 0, "OldCertificateId": "idle0001", "Limit": 200,
    }, lambda answer: [(one.CertId, one.ZoneId, one.Status, one.Algorithm)
                       for one in answer.InstanceList] == [
        ("example2", "zone-sandbox00001", "deployed", "ECC"),
        ("idle0001", "zone-sandbox00001", "deployed", "RSA"),
    ])
    update = {
        "OldCertificateId": "example1", "CertificateId": "example2", "ResourceTypes": ["cdn"],
    }
    yield call("UpdateCertificateInstance", update, lambda answer: answer.DeployRecordId == 0)
    time.sleep(SETTLED)
    yield call("UpdateCertificateInstance", update, record)
    time.sleep(SETTLED)
    yield call("DescribeHostUpdateRecord",
               {"OldCertificateId": "example1", "CertificateId": "example2"},
               lambda answer: answer.TotalCount == 1 and answer.DeployRecordList[0].Status == 2)
    yield call("DescribeHostUpdateRecordDetail", {
        "DeployRecordId": str(known["record"]), "Limit": "10", "Offset": "0",
    }, lambda answer: (answer.SuccessTotalCount, answer.FailedTotalCount) == (2, 2)
        and answer.RecordDetailList[0].TotalCount == 4)
    yield call("UpdateCertificateRecordRetry", {"DeployRecordId": known["record"]})
    time.sleep(SETTLED)
    yield call("UpdateCertificateRecordRollback", {"DeployRecordId": known["record"]}, record)

    def task(answer):
        known["task"] = answer.CertTaskIds[0].TaskId
        return answer.CertTaskIds[0].CertId == "example1"

    yield call("CreateCertificateBindResourceSyncTask",
               {"CertificateIds": ["example1"], "IsCache": 0}, task)
    time.sleep(SETTLED)
    yield call("DescribeCertificateBindResourceTaskResult", {"TaskIds": [known["task"]]},
               lambda answer: answer.SyncTaskBindResourceResult[0].Status == 1)
    yield call("DescribeCertificateBindResourceTaskDetail", {
        "TaskId": known["task"], "Limit": "100", "Offset": "0", "ResourceTypes": ["tke"],
    }, lambda answer: answer.TKE[0].InstanceList[0].ClusterId == "cls-sandbox1")
