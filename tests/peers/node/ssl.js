// Tencent Cloud SSL Certificates through the vendor's SDK for Node.js, which signs the host without
// the port that it sends. Usage: node ssl.js SANDBOX_JSON PKI_DIR

const fs = require("fs");
const http = require("http");
const path = require("path");
const { Client } = require("tencentcloud-sdk-nodejs/tencentcloud/services/ssl/v20191205").v20191205;

const [sandbox, pki] = process.argv.slice(2);
const { endpoint, env } = JSON.parse(fs.readFileSync(sandbox, "utf8"));
const read = (name) => fs.readFileSync(path.join(pki, name), "utf8");

// The SDK takes the first label of the endpoint for the product, and signs it.
const { hostname, port } = new URL(endpoint);
const lookup = (_, options, done) =>
  options.all ? done(null, [{ address: hostname, family: 4 }]) : done(null, hostname, 4);
const agent = new http.Agent({ lookup });

const client = (secret) =>
  new Client({
    credential: {
      secretId: env.TENCENTCLOUD_SECRET_ID,
      secretKey:
        secret === "right" ? env.TENCENTCLOUD_SECRET_KEY : `${env.TENCENTCLOUD_SECRET_KEY}x`,
    },
    region: "",
    profile: { httpProfile: { protocol: "http://", endpoint: `ssl.localhost:${port}`, agent } },
  });

const pair = {
  CertificatePublicKey: read("fullchain.pem"),
  CertificatePrivateKey: read("privkey.pem"),
};
const calls = [
  ["UploadCertificate", { ...pair, Repeatable: false }, (answer) => answer.CertificateId],
  ["CheckCertificateExist", { CertificatePublicKey: pair.CertificatePublicKey },
    (answer) => answer.RepeatCertId],
  ["DescribeCertificates", { Limit: 100, Offset: 0 }, (answer) => answer.TotalCount === 9],
  ["DescribeCertificateDetail", { CertificateId: "example1" },
    (answer) => answer.CertificatePublicKey.includes("BEGIN CERTIFICATE")],
];

async function main() {
  let failed = 0;
  for (const [action, body, check] of calls) {
    for (const [secret, expected] of [
      ["right", "success"],
      ["wrong", "AuthFailure.SignatureFailure"],
    ]) {
      let got;
      try {
        const answer = await client(secret)[action](body);
        got = check(answer) ? "success" : "another answer than the state should give";
      } catch (error) {
        got = error.code || String(error);
      }
      const verdict = got === expected ? "ok" : `expected ${expected}`;
      failed += got === expected ? 0 : 1;
      const row = ["node".padEnd(14), action.padEnd(45), secret.padEnd(6), got.padEnd(30)];
      console.log([...row, verdict].join(" "));
    }
  }
  console.log(`${2 * calls.length - failed} passed, ${failed} failed`);
  process.exitCode = failed ? 1 : 0;
}

main();
