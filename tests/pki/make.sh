#!/bin/sh
# Makes every key and certificate in this directory, once; needs OpenSSL 3.
# They are test data: public, worth nothing, and valid until 2126 unless the name says otherwise.
#   sh tests/pki/make.sh
set -eu
cd "$(dirname "$0")"
rm -f -- *.pem *.der *.p12 ids.txt
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# sign CERT KEY CA_CERT CA_KEY SUBJECT EXTENSIONS [FROM [TO]]
# The CA_CERT `self` makes the certificate sign itself.
sign() {
    : > "$work/index"
    cat > "$work/ca.cnf" <<CNF
[ca]
default_ca = here
[here]
database = $work/index
new_certs_dir = $work
rand_serial = yes
default_md = sha256
policy = any
unique_subject = no
email_in_dn = no
[any]
commonName = optional
organizationName = optional
[ext]
$(printf '%s' "$6" | tr ';' '\n')
CNF
    openssl req -new -key "$2" -subj "$5" -out "$work/req.pem"
    if [ "$3" = self ]; then issuer=-selfsign; else issuer="-cert $3"; fi
    # shellcheck disable=SC2086
    openssl ca -batch -notext -config "$work/ca.cnf" -extensions ext $issuer -keyfile "$4" \
        -startdate "${7:-20200101000000Z}" -enddate "${8:-21260101000000Z}" \
        -in "$work/req.pem" -out "$1" 2> "$work/log" || { cat "$work/log" >&2; exit 1; }
}

# Keys: PKCS#8 in NAME.key.pem; the other encodings of the same key beside it.
for bits in 1024 2048 4096; do
    openssl genrsa "$bits" 2> /dev/null > "rsa$bits.key.pem"
    openssl rsa -traditional -in "rsa$bits.key.pem" -out "rsa$bits.pkcs1.pem" 2> /dev/null
done
# curve NAME OPENSSL_CURVE
curve() {
    openssl ecparam -name "$2" -genkey -out "$1.sec1-parameters.pem"
    openssl pkcs8 -topk8 -nocrypt -in "$1.sec1-parameters.pem" -out "$1.key.pem"
    openssl ec -in "$1.key.pem" -out "$1.sec1.pem" 2> /dev/null
    openssl ec -in "$1.key.pem" -no_public -out "$1.sec1-private-only.pem" 2> /dev/null
    # PKCS#8 around ECPrivateKey without its public half: openssl puts it back, so it is spelt out.
    scalar=$(openssl asn1parse -in "$1.sec1-private-only.pem" | sed -n 's/.*OCTET STRING *\[HEX DUMP\]://p')
    cat > "$work/key.cnf" <<CNF
asn1 = SEQUENCE:info
[info]
version = INTEGER:0
algorithm = SEQUENCE:algorithm
key = OCTWRAP,SEQUENCE:key
[algorithm]
type = OID:id-ecPublicKey
curve = OID:$2
[key]
version = INTEGER:1
scalar = FORMAT:HEX,OCTETSTRING:$scalar
CNF
    openssl asn1parse -genconf "$work/key.cnf" -noout -out "$work/key.der"
    {
        echo '-----BEGIN PRIVATE KEY-----'
        openssl base64 -in "$work/key.der"
        echo '-----END PRIVATE KEY-----'
    } > "$1.private-only.pem"
}
curve p256 prime256v1
curve p384 secp384r1
curve p521 secp521r1
curve k256 secp256k1
openssl genpkey -algorithm ed25519 -out ed25519.key.pem
openssl genrsa 2048 2> /dev/null > other.key.pem
openssl pkcs8 -topk8 -in p256.key.pem -passout pass:secret -out encrypted.pkcs8.pem
openssl rsa -traditional -aes128 -passout pass:secret -in rsa2048.key.pem \
    -out encrypted.legacy.pem 2> /dev/null
openssl pkey -in p256.key.pem -pubout -out public.pem

# Authorities: root > intermediate (RSA), root-ec > intermediate-ec (P-384 over P-256).
ca='basicConstraints=critical,CA:TRUE;keyUsage=critical,keyCertSign,cRLSign;subjectKeyIdentifier=hash'
openssl genrsa 2048 2> /dev/null > "$work/root.key"
openssl genrsa 2048 2> /dev/null > "$work/intermediate.key"
openssl ecparam -name secp384r1 -genkey -noout -out "$work/root-ec.key"
openssl ecparam -name prime256v1 -genkey -noout -out "$work/intermediate-ec.key"
openssl ecparam -name secp521r1 -genkey -noout -out "$work/intermediate-p521.key"
sign root.pem "$work/root.key" self "$work/root.key" '/O=Test/CN=Root' "$ca"
sign root-ec.pem "$work/root-ec.key" self "$work/root-ec.key" '/O=Test/CN=Root EC' "$ca"
sign intermediate.pem "$work/intermediate.key" root.pem "$work/root.key" '/O=Test/CN=Intermediate' "$ca"
sign intermediate-ec.pem "$work/intermediate-ec.key" root-ec.pem "$work/root-ec.key" \
    '/O=Test/CN=Intermediate EC' "$ca"
sign intermediate-p521.pem "$work/intermediate-p521.key" root.pem "$work/root.key" \
    '/O=Test/CN=Intermediate P-521' "$ca"
sign intermediate-rsa1024.pem rsa1024.key.pem root.pem "$work/root.key" '/O=Test/CN=Intermediate RSA 1024' "$ca"
sign intermediate-expired.pem "$work/intermediate.key" root.pem "$work/root.key" \
    '/O=Test/CN=Intermediate' "$ca" 20200101000000Z 20210101000000Z
# The same name over another key: it did not sign the leaves.
sign intermediate-impostor.pem other.key.pem root.pem "$work/root.key" '/O=Test/CN=Intermediate' "$ca"
# `root` again, signed by `root-ec`: what a root has while a newer one is not yet known everywhere.
sign root-cross.pem "$work/root.key" root-ec.pem "$work/root-ec.key" '/O=Test/CN=Root' "$ca" \
    20200101000000Z 21200101000000Z

# Leaves, by key.
names='subjectAltName=DNS:example.com,DNS:*.example.com,DNS:xn--bcher-kva.example,DNS:*.xn--bcher-kva.example,IP:192.0.2.1'
server="basicConstraints=critical,CA:FALSE;extendedKeyUsage=serverAuth;$names"
for key in rsa1024 rsa2048 rsa4096 p256 p384 p521 k256 ed25519; do
    sign "$key.pem" "$key.key.pem" intermediate.pem "$work/intermediate.key" '/CN=example.com' "$server"
done
sign ec-chain.pem p256.key.pem intermediate-ec.pem "$work/intermediate-ec.key" '/CN=example.com' "$server"
sign p521-chain.pem p256.key.pem intermediate-p521.pem "$work/intermediate-p521.key" \
    '/CN=example.com' "$server"
sign rsa1024-chain.pem p256.key.pem intermediate-rsa1024.pem rsa1024.key.pem '/CN=example.com' "$server"
# Of the same name as its issuer, and yet not self-signed.
sign same-name.pem p256.key.pem intermediate.pem "$work/intermediate.key" '/O=Test/CN=Intermediate' "$server"
# leaf NAME SUBJECT EXTENSIONS [FROM [TO]]
leaf() {
    name=$1; subject=$2; extensions=$3; shift 3
    sign "$name.pem" p256.key.pem intermediate.pem "$work/intermediate.key" "$subject" "$extensions" "$@"
}
leaf expired /CN=example.com "$server" 20200101000000Z 20210101000000Z
leaf not-yet-valid /CN=example.com "$server" 21000101000000Z
leaf cn-only /CN=example.com 'basicConstraints=CA:FALSE'
leaf ip-only /CN=192.0.2.1 'basicConstraints=CA:FALSE;subjectAltName=IP:192.0.2.1,IP:2001:db8::1'
leaf no-subject / "basicConstraints=CA:FALSE;$names"
leaf odd-names /CN=com 'basicConstraints=CA:FALSE;subjectAltName=DNS:*.com,DNS:f*.example.net,DNS:a.*.example.net,DNS:.example.edu'
leaf multi-line "/CN=line one
line two" 'basicConstraints=CA:FALSE'
sign by-leaf.pem ed25519.key.pem rsa2048.pem rsa2048.key.pem /CN=deep.example.com \
    'basicConstraints=CA:FALSE;subjectAltName=DNS:deep.example.com'
sign self-signed.pem p256.key.pem self p256.key.pem /CN=example.com "$server"
sign self-signed-ca.pem p256.key.pem self p256.key.pem /CN=example.com "$ca;$names"
sign self-signed-ca-nameless.pem p256.key.pem self p256.key.pem /CN=example.com "$ca"
sign intermediate-named.pem p256.key.pem root.pem "$work/root.key" '/CN=example.com' "$ca;$names"

# Other forms of the same.
openssl req -new -key p256.key.pem -subj /CN=example.com -out request.pem
openssl x509 -in p256.pem -trustout -out trusted.pem
openssl crl2pkcs7 -nocrl -certfile p256.pem -out pkcs7.pem
openssl x509 -in p256.pem -outform DER -out certificate.der
openssl rsa -in rsa2048.key.pem -traditional -outform DER -out key-pkcs1.der 2> /dev/null
openssl ec -in p256.key.pem -outform DER -out key-sec1.der 2> /dev/null
openssl pkey -in p256.key.pem -outform DER -out public.der -pubout
openssl pkcs8 -topk8 -nocrypt -in p256.key.pem -outform DER -out key-pkcs8.der
openssl pkcs8 -topk8 -passout pass:secret -in p256.key.pem -outform DER -out key-encrypted.der
openssl req -in request.pem -outform DER -out request.der
openssl crl2pkcs7 -nocrl -certfile p256.pem -outform DER -out pkcs7.der
openssl pkcs12 -export -in p256.pem -inkey p256.key.pem -passout pass:secret -out bundle.p12

# What openssl says of some of them, for the tests to compare with.
{
    echo "rsa2048 $(openssl pkey -in rsa2048.key.pem -pubout -outform DER | openssl sha256 -r | cut -d' ' -f1)"
    echo "p256 $(openssl x509 -in p256.pem -noout -pubkey | openssl pkey -pubin -outform DER | openssl sha256 -r | cut -d' ' -f1)"
    echo "fingerprint $(openssl x509 -in p256.pem -outform DER | openssl sha256 -r | cut -d' ' -f1)"
} > ids.txt
chmod 644 -- *.pem *.der *.p12
