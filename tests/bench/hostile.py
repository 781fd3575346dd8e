#!/usr/bin/env python3
"""Times `certctl cert inspect` and `cert check` on files of 1 MiB that were made to take long.

usage: tests/bench/hostile.py PATH-OF-CERTCTL    (needs openssl; nothing else)

Prints a row of seconds of the processor for each file, and fails where one takes longer than one.
"""
import base64
import os
import random
import resource
import subprocess
import sys
import tempfile
from math import lcm

LIMIT = 1 << 20
random.seed(7)


def tlv(tag, *parts):
    body = b"".join(parts)
    if len(body) < 128:
        return bytes([tag, len(body)]) + body
    size = (len(body).bit_length() + 7) // 8
    return bytes([tag, 0x80 | size]) + len(body).to_bytes(size, "big") + body


def seq(*parts):
    return tlv(0x30, *parts)


def integer(value):
    return tlv(0x02, value.to_bytes(value.bit_length() // 8 + 1, "big"))


def oid(text):
    first, second, *rest = map(int, text.split("."))
    out = [first * 40 + second]
    for number in rest:
        part = [number & 127]
        while number := number >> 7:
            part.insert(0, number & 127 | 128)
        out += part
    return tlv(0x06, bytes(out))


def bits(data):
    return tlv(0x03, b"\0", data)


def attribute(text):
    return tlv(0x31, seq(oid("2.5.4.3"), tlv(0x0C, text)))


def name(text):
    return seq(attribute(text.encode()))


def extension(number, value):
    return seq(oid(number), tlv(0x04, value))


def names(count):
    return extension("2.5.29.17", seq(*(tlv(0x82, b"h%d.example.com" % at) for at in range(count))))


def rsa(size, exponent=65537):
    modulus = random.getrandbits(size) | 1 << (size - 1) | 1
    key = seq(integer(modulus), integer(exponent))
    return seq(seq(oid("1.2.840.113549.1.1.1"), tlv(0x05)), bits(key)), modulus


def curve(which):
    made = subprocess.run(
        f"openssl ecparam -name {which} -genkey -noout | openssl pkey -pubout -outform DER",
        shell=True, capture_output=True, check=True)
    return made.stdout


RSA_SIGNATURE = seq(oid("1.2.840.113549.1.1.11"), tlv(0x05))
EC_SIGNATURE = seq(oid("1.2.840.10045.4.3.2"))


def certificate(subject, issuer, key, algorithm, signature, extensions=(), serial=None):
    valid = seq(tlv(0x17, b"260101000000Z"), tlv(0x17, b"460101000000Z"))
    serial = integer(serial or random.getrandbits(60))
    parts = [tlv(0xA0, integer(2)), serial, algorithm, issuer, valid, subject, key]
    if extensions:
        parts.append(tlv(0xA3, seq(*extensions)))
    return seq(seq(*parts), algorithm, bits(signature))


def pem(der, label="CERTIFICATE", width=64):
    text = base64.b64encode(der).decode()
    lines = (text[at:at + width] for at in range(0, len(text), width))
    return f"-----BEGIN {label}-----\n" + "\n".join(lines) + f"\n-----END {label}-----\n"


def filled(make, most=400):
    """As many blocks as there is room for."""
    out, size = [], 0
    for at in range(most):
        block = make(at)
        if size + len(block) > LIMIT:
            break
        out.append(block)
        size += len(block)
    return "".join(out)


def rsa_certificate(subject, issuer, size, exponent=65537):
    key, modulus = rsa(size, exponent)
    signature = random.randrange(modulus // 2).to_bytes(size // 8, "big")
    return certificate(subject, issuer, key, RSA_SIGNATURE, signature)


def ec_certificate(subject, issuer, key, extensions=()):
    number = lambda: integer(random.getrandbits(250))
    return certificate(subject, issuer, key, EC_SIGNATURE, seq(number(), number()), extensions)


def pairs(make, room=400):
    """Leaves whose issuer bears the name of every authority: as many pairs as are looked at."""
    count = int(room ** 0.5)
    above = [pem(make(name("Same"), name(f"Root {at}"))) for at in range(count)]
    below = [pem(make(name(f"Leaf {at}"), name("Same"))) for at in range(count)]
    return "".join(above + below)


def nested(depth, tag=0x30):
    out = b""
    for _ in range(depth):
        out = tlv(tag, out)
    return out


def private_key(numbers, others=()):
    key = [integer(1 if others else 0), *map(integer, numbers)]
    if others:
        key.append(seq(*(seq(*map(integer, other)) for other in others)))
    return seq(*key)


def files():
    p521, p256 = curve("secp521r1"), curve("prime256v1")
    same = name("Same")
    big = lambda size: random.getrandbits(size) | 1 << (size - 1) | 1
    yield "thousands of small certificates", filled(lambda at: pem(ec_certificate(name(f"{at}"), same, p256)), 5000)
    yield "400 of P-521, one name", filled(lambda at: pem(ec_certificate(same, same, p521)))
    yield "RSA 8192, one name", filled(lambda at: pem(rsa_certificate(same, same, 8192)))
    yield "RSA 8192, their own issuers", filled(lambda at: pem(rsa_certificate(name(f"{at}"), name(f"{at}"), 8192)))
    yield "RSA 8192, their own issuers, exponent of 33 bits", filled(lambda at: pem(rsa_certificate(name(f"{at}"), name(f"{at}"), 8192, (1 << 33) - 1)))
    yield "RSA 8192, their own issuers, exponent of 8192 bits", filled(lambda at: pem(rsa_certificate(name(f"{at}"), name(f"{at}"), 8192, big(8191))))
    yield "RSA 16384, their own issuers", filled(lambda at: pem(rsa_certificate(name(f"{at}"), name(f"{at}"), 16384)))
    yield "P-521, their own issuers", filled(lambda at: pem(ec_certificate(name(f"{at}"), name(f"{at}"), p521)))
    yield "RSA 8192, 20 leaves below 20 of one name", pairs(lambda subject, issuer: rsa_certificate(subject, issuer, 8192))
    yield "P-521, 20 leaves below 20 of one name", pairs(lambda subject, issuer: ec_certificate(subject, issuer, p521))
    yield "a chain of 400", filled(lambda at: pem(ec_certificate(name("x" * 60 + f"{at}"), name("x" * 60 + f"{at + 1}"), p256)))
    yield "30,000 alternative names", pem(ec_certificate(same, name("Other"), p256, [names(30000)]))
    yield "a request of 30,000 names", pem(request(p256, 30000), "CERTIFICATE REQUEST")
    yield "15,000 extensions", pem(ec_certificate(same, name("Other"), p256, [extension(f"1.2.3.{at}", b"12345678") for at in range(30000)]))
    yield "an extension 60,000 times", pem(ec_certificate(same, name("Other"), p256, [extension("1.2.3.4", b"")] * 60000))
    yield "a name of 700 KB", pem(ec_certificate(name("x" * 700000), name("Other"), p256))
    yield "a name of 40,000 parts", pem(ec_certificate(seq(*[attribute(b"x")] * 40000), name("Other"), p256))
    yield "a name of 330 KB that is not seen, its own issuer", pem(ec_certificate(name("\u202e" * 110000), name("\u202e" * 110000), p256))
    yield "an RSA key of 5,600,000 bits", pem(certificate(same, same, rsa(5600000)[0], RSA_SIGNATURE, b"x" * 256))
    yield "an exponent of 5,600,000 bits", pem(certificate(same, same, rsa(2048, big(5600000))[0], RSA_SIGNATURE, b"x" * 256))
    yield "a signature of 700 KB", pem(certificate(same, same, p256, EC_SIGNATURE, b"x" * 700000))
    yield "1 MiB of BEGIN lines", ("-----BEGIN CERTIFICATE-----\n" * 40000)[:LIMIT]
    yield "1 MiB of BEGIN and END lines", ("-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n" * 20000)[:LIMIT]
    yield "1 MiB of END lines", ("-----END CERTIFICATE-----\n" * 45000)[:LIMIT]
    yield "1 MiB of END and BEGIN in one line", ("-----END X----------BEGIN X-----" * 40000)[:LIMIT]
    yield "1 MiB of dashes", "-" * LIMIT
    yield "1 MiB of line ends", "\n" * LIMIT
    yield "base64 in one line", pem(ec_certificate(same, name("Other"), p256, [names(30000)]), width=LIMIT)
    yield "one character a line", pem(ec_certificate(same, name("Other"), p256, [names(18000)]), width=1)
    yield "1 MiB of base64 that is nothing", pem(os.urandom(780000), width=LIMIT)
    yield "DER, 240,000 names", ec_certificate(same, name("Other"), p256, [extension("2.5.29.17", seq(*[tlv(0x82, b"ab")] * 240000))])
    yield "DER, 40,000 names", ec_certificate(same, name("Other"), p256, [names(40000)])
    yield "DER, nested 150,000 deep", nested(150000)
    yield "DER, nested in a name", ec_certificate(nested(100000), name("Other"), p256)
    yield "DER, nested in an alternative name", ec_certificate(same, name("Other"), p256, [extension("2.5.29.17", seq(tlv(0xA4, nested(100000))))])
    yield "DER, constructed alternative names", ec_certificate(same, name("Other"), p256, [extension("2.5.29.17", nested(100000, 0xA4))])
    yield "DER, 1 MiB of zeros", bytes(LIMIT)
    yield "DER, a length of 4 GiB", b"\x30\x84\xff\xff\xff\xff" + bytes(1000)
    yield "RSA keys of 16,384 bits", filled(lambda at: pem(private_key([big(16384), 65537, big(16383), big(8192), big(8192), big(8191), big(8191), big(8191)]), "RSA PRIVATE KEY"))
    yield "an RSA key of 2,000 primes", filled(lambda at: pem(private_key([big(16384), 65537, big(16383), 3, 3, 1, 1, 1], [(3, 1, 1)] * 8000), "RSA PRIVATE KEY"))
    yield "RSA keys that hold, of 16,384 bits and 2,000 primes", primes_that_hold()
    yield "an RSA private key of 750,000 bits", pem(private_key([big(750000)] * 8), "RSA PRIVATE KEY")


def request(key, count):
    attributes = tlv(0xA0, seq(oid("1.2.840.113549.1.9.14"), tlv(0x31, seq(names(count)))))
    return seq(seq(integer(0), name("Same"), key, attributes), EC_SIGNATURE, bits(b"x" * 70))


def primes_that_hold():
    """Every check of a prime holds but the last, so that all of them are made."""
    exponent, count = 65537, 1600
    primes = [p for p in range(3, 200000, 2) if all(p % d for d in range(3, int(p ** 0.5) + 1, 2))]
    primes = [p for p in primes if (p - 1) % exponent][:count]
    small = []
    product = 1
    for p in primes:
        if product.bit_length() + p.bit_length() > 16300:
            break
        small.append(p)
        product *= p
    private = pow(exponent, -1, lcm(*(p - 1 for p in small)))
    first, second, *rest = small
    so_far, others = first * second, []
    for p in rest:
        others.append((p, private % (p - 1), pow(so_far, -1, p)))
        so_far *= p
    numbers = [product, exponent, private, first, second, private % (first - 1), private % (second - 1), pow(second, -1, first)]
    key = pem(private_key(numbers, others), "RSA PRIVATE KEY")
    return filled(lambda at: key)


def main():
    program = os.path.abspath(sys.argv[1])
    slow = []
    print("| file | bytes | `inspect` | `check` |\n|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "hostile")
        for title, content in files():
            content = content.encode() if isinstance(content, str) else content
            assert len(content) <= LIMIT, title
            with open(path, "wb") as out:
                out.write(content)
            os.chmod(path, 0o600)
            took = []
            for args in (["inspect", path], ["check", "--cert", path, "--key", path]):
                before = resource.getrusage(resource.RUSAGE_CHILDREN)
                done = subprocess.run([program, "cert", *args], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
                after = resource.getrusage(resource.RUSAGE_CHILDREN)
                took.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
                if done.returncode not in (0, 8, 9, 11):
                    slow.append(f"{title}: status {done.returncode}: {done.stderr[-300:]}")
            print(f"| {title} | {len(content):,} | {took[0]:.2f} s | {took[1]:.2f} s |", flush=True)
            if max(took) > 1:
                slow.append(title)
    for title in slow:
        print("too slow:", title, file=sys.stderr)
    sys.exit(bool(slow))


main()
