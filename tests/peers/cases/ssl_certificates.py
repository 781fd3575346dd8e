"""Certificates of Tencent Cloud SSL Certificates, by the international edition."""

import base64
import io
import zipfile

from tencentcloud.ssl.v20191205 import models as ssl
from tencentcloud.ssl.v20191205.ssl_client import SslClient


def cases(peers):
    known = {}

    def call(method, fields, check=lambda answer: True, verb="POST"):
        request = getattr(ssl, f"{method}Request")
        return peers.tencent(SslClient, method, request, fields, check, verb)

    def learn(answer):
        known["id"] = answer.CertificateId
        return len(answer.CertificateId) == 8 and not answer.RepeatCertId

    def again(answer):
        return answer.CertificateId == answer.RepeatCertId == known["id"]

    def unzipped(answer):
        with zipfile.ZipFile(io.BytesIO(base64.b64decode(answer.Content))) as archive:
            return archive.testzip() is None and archive.read("Nginx/2_example.com.key")

    upload = {
        "CertificatePublicKey": peers.chain, "CertificatePrivateKey": peers.key,
        "CertificateType": "SVR", "Alias": "peer", "ProjectId": 7, "CertificateUse": "CDN",
        "Tags": [{"TagKey": "team", "TagValue": "web"}], "Repeatable": False,
    }
    yield call("UploadCertificate", upload, learn)
    yield call("UploadCertificate", upload, again)
    yield call("UploadCertificate", upload | {"Repeatable": True},
               lambda answer: answer.CertificateId != known["id"])
    yield call("DescribeCertificates", {"SearchKey": "peer", "ProjectId": 7, "Limit": 5000},
               lambda answer: answer.TotalCount == 2 and answer.Certificates[1].ProjectId == "7"
               and answer.Certificates[1].Tags[0].TagKey == "team")
    yield call("DescribeCertificates", {
        "Offset": 0, "Limit": 3, "CertificateType": "SVR", "ExpirationSort": "ASC",
        "CertificateStatus": [1, 3], "Deployable": 1, "FilterSource": "upload", "IsSM": 0,
        "FilterExpiring": 0, "Hostable": 0, "Upload": 0, "Renew": 0, "IsPendingIssue": 0,
        "Tags": [], "CertIds": ["example1", "example2"],
    }, lambda answer: [one.CertificateId for one in answer.Certificates] == ["example1", "example2"])
    yield call("DescribeCertificate", {"CertificateId": "example1"},
               lambda answer: answer.Status == 1 and answer.SubjectAltName[0] == "example.com")
    yield call("DescribeCertificateDetail", {"CertificateId": "example1"},
               lambda answer: "PRIVATE KEY" in answer.CertificatePrivateKey
               and "CERTIFICATE" in answer.CertificatePublicKey and len(answer.CertFingerprint) == 40,
               "GET")
    yield call("DownloadCertificate", {"CertificateId": "example1"}, unzipped)
    yield call("ModifyCertificateAlias", {"CertificateId": "example1", "Alias": "renamed"},
               lambda answer: answer.CertificateId == "example1")
    yield call("DescribeCertificates", {"SearchKey": "renamed"},
               lambda answer: answer.TotalCount == 1)
    yield call("DeleteCertificate", {"CertificateId": "idle0001"},
               lambda answer: answer.DeleteResult is True)
    yield call("DeleteCertificate", {"CertificateId": "expired1", "IsCheckResource": True},
               lambda answer: answer.DeleteResult is False and answer.TaskId)
