#!/bin/sh
# Makes the second group of the README, once; needs OpenSSL 3.
set -eu
cd "$(dirname "$0")"
# certificate NAME OPTION… : NAME.key signs NAME.crt, a server's certificate.
certificate() {
    name=$1; shift
    openssl req -x509 -new -key "$name.key" -subj /CN=case.example.com -days 36500 -out "$name.crt" \
        -addext basicConstraints=critical,CA:FALSE -addext subjectAltName=DNS:case.example.com "$@"
}
for bits in 2056 8192; do
    openssl genrsa -traditional -out "rsa-$bits.key" "$bits" 2> /dev/null
    certificate "rsa-$bits"
done
openssl genrsa -traditional -primes 3 -out rsa-3-primes.key 2048 2> /dev/null
certificate rsa-3-primes
for curve in secp224r1:p224 brainpoolP256r1:brainpool secp256k1:k256 secp521r1:self-p521-sha256; do
    openssl ecparam -name "${curve%:*}" -genkey -noout -out "${curve#*:}.key"
    certificate "${curve#*:}" -sha256
done
# A server's certificate below an authority of that curve, and the authority.
openssl ecparam -name secp256k1 -genkey -noout -out above.key
openssl ecparam -name prime256v1 -genkey -noout -out below.key
openssl req -x509 -new -key above.key -subj '/CN=Test authority over secp256k1' -days 36500 -out above.crt
openssl req -new -key below.key -subj /CN=case.example.com -out below.csr
printf '%s\n' basicConstraints=critical,CA:FALSE subjectAltName=DNS:case.example.com > below.cnf
openssl x509 -req -in below.csr -CA above.crt -CAkey above.key -set_serial 1 -days 36500 \
    -extfile below.cnf -out below.crt 2> /dev/null
cat below.crt above.crt > k256-chain.crt
rm above.* below.*
openssl genrsa -traditional -out self-rsa1024.key 1024 2> /dev/null
certificate self-rsa1024
openssl genrsa -traditional -out rsa-2048.key 2048 2> /dev/null
for name in self-md5 self-sha1 self-pss-salt; do cp rsa-2048.key "$name.key"; done
certificate self-md5 -md5
certificate self-sha1 -sha1
certificate self-pss-salt -sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:max
for name in purpose-client usage-agreement precertificate; do cp rsa-2048.key "$name.key"; done
certificate purpose-client -addext extendedKeyUsage=clientAuth
certificate usage-agreement -addext keyUsage=critical,keyEncipherment
certificate precertificate -addext 1.3.6.1.4.1.11129.2.4.3=critical,DER:0500
rm self-*.key purpose-client.key usage-agreement.key precertificate.key rsa-2048.key
