"""Certificates of Tencent Cloud SSL Certificates, by the mainland edition: what it has besides."""

import time

from tencentcloud.ssl.v20191205 import models as ssl
from tencentcloud.ssl.v20191205.ssl_client import SslClient


def cases(peers):
    known = {}

    def call(method, fields, check=lambda answer: True, verb="POST"):
        request = getattr(ssl, f"{method}Request")
        return peers.tencent(SslClient, method, request, fields, check, verb)

    def learn(answer):
        known["id"] = answer.CertificateId
        return answer.RepeatCertId == ""

    def queued(answer):
        known["tasks"] = {task.CertId: task.TaskId for task in answer.CertTaskIds}
        return list(known["tasks"]) == ["idle0001", "example1"] and not answer.Success and (
            [fail.CertId for fail in answer.Fail] == ["bought01", "missing1"])

    def settled(answer):
        return {one.CertId: one.Status for one in answer.DeleteTaskResult} == {
            "idle0001": 1, "example1": 4}

    upload = {
        "CertificatePublicKey": peers.chain, "CertificatePrivateKey": peers.key,
        "Repeatable": False, "Alias": "peer", "KeyPassword": "",
    }
    yield call("CheckCertificateExist", {"CertificatePublicKey": peers.chain},
               lambda answer: answer.RepeatCertId == "")
    yield call("UploadCertificate", upload, learn)
    yield call("CheckCertificateExist", {"CertificatePublicKey": peers.chain},
               lambda answer: answer.RepeatCertId == known["id"])
    yield call("DescribeCertificates", {"ServiceId": "", "SearchKey": "peer"},
               lambda answer: answer.TotalCount == 1)
    yield call("DescribeCertificateDetail", {"CertificateId": "example1"},
               lambda answer: answer.CertType == "DV" and answer.HostingStatus == -1)
    yield call("DescribeCertificate", {"CertificateId": "review01"},
               lambda answer: answer.Status == 0)
    yield call("DownloadCertificate", {"CertificateId": "example1"},
               lambda answer: answer.ContentType == "application/zip", "GET")
    yield call("ModifyCertificateAlias", {"CertificateId": "example2", "Alias": "renamed"})
    yield call("DeleteCertificates", {
        "CertificateIds": ["idle0001", "bought01", "missing1", "example1"], "IsSync": True,
    }, queued)
    time.sleep(0.5)
    # Made when the tasks are known.
    yield call("DescribeDeleteCertificatesTaskResult",
               {"TaskIds": list(known["tasks"].values())}, settled)
    yield call("DeleteCertificates", {"CertificateIds": ["expired1", "expiring"]},
               lambda answer: answer.Success == ["expired1", "expiring"])
    yield call("DeleteCertificate", {"CertificateId": "example2", "IsCheckResource": False},
               lambda answer: answer.DeleteResult is True)
