//! Whether the numbers of an RSA private key belong together (RFC 8017, section 3.2), for every
//! size and several primes.

use crypto_bigint::{BoxedUint, ConcatenatingMul, Integer, NonZero};
use pkcs1::{RsaPrivateKeyRef, UintRef};
use zeroize::Zeroizing;

use super::key::MAX_RSA_BITS;

/// A number of a private key.
type Number = Zeroizing<BoxedUint>;

/// More primes than any program makes: OpenSSL stops at five.
pub(super) const MOST_PRIMES: usize = 16;

/// What became of checking a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    Consistent,
    Inconsistent,
    /// Longer than [`MAX_RSA_BITS`].
    TooLong,
    /// More primes than [`MOST_PRIMES`].
    TooManyPrimes,
}

/// A prime, its exponent, and the factor that is the inverse of its coefficient.
struct Factor {
    prime: Number,
    exponent: Number,
    coefficient: Option<Number>,
}

/// Checks that the modulus is the product of the primes, that the exponents undo each other, and that
/// those of the Chinese remainder theorem are the right ones. Primes are taken for prime.
pub(super) fn verdict(key: &RsaPrivateKeyRef<'_>) -> Verdict {
    let longest = MAX_RSA_BITS / 8;
    let modulus = key.modulus.as_bytes().len();
    if modulus > longest {
        return Verdict::TooLong;
    }
    let others = key.other_prime_infos.iter().flatten();
    let others: Vec<_> = others.collect();
    let numbers = [
        key.public_exponent,
        key.private_exponent,
        key.prime1,
        key.prime2,
        key.exponent1,
        key.exponent2,
        key.coefficient,
    ];
    let more = others
        .iter()
        .flat_map(|other| [other.prime, other.exponent, other.coefficient]);
    // So that absurd numbers cost nothing: none is longer than the modulus.
    if numbers
        .into_iter()
        .chain(more)
        .any(|one| one.as_bytes().len() > modulus)
    {
        return Verdict::Inconsistent;
    }
    if others.len() + 2 > MOST_PRIMES {
        return Verdict::TooManyPrimes;
    }
    let mut factors = vec![
        Factor {
            prime: number(key.prime1),
            exponent: number(key.exponent1),
            coefficient: None,
        },
        Factor {
            prime: number(key.prime2),
            exponent: number(key.exponent2),
            coefficient: None,
        },
    ];
    factors.extend(others.iter().map(|other| Factor {
        prime: number(other.prime),
        exponent: number(other.exponent),
        coefficient: Some(number(other.coefficient)),
    }));
    match is_consistent(key, &factors) {
        Some(true) => Verdict::Consistent,
        _ => Verdict::Inconsistent,
    }
}

/// `None` where a number is zero that is divided by.
fn is_consistent(key: &RsaPrivateKeyRef<'_>, factors: &[Factor]) -> Option<bool> {
    let one = BoxedUint::one();
    let (public, private) = (number(key.public_exponent), number(key.private_exponent));
    // 1 encrypts nothing, and an even one cannot be undone.
    if *public <= one || bool::from(public.is_even()) {
        return Some(false);
    }
    let mut product = Zeroizing::new(BoxedUint::one());
    for factor in factors {
        if *factor.prime <= one {
            return Some(false);
        }
        let less_one = Zeroizing::new(factor.prime.wrapping_sub(&one));
        let is_exponent = *remainder(&times(&public, &factor.exponent), &less_one)? == one
            && *remainder(&private, &less_one)? == *remainder(&factor.exponent, &less_one)?;
        // The inverse of the product of the primes before.
        let is_coefficient = match &factor.coefficient {
            Some(inverse) => *remainder(&times(inverse, &product), &factor.prime)? == one,
            None => true,
        };
        if !is_exponent || !is_coefficient {
            return Some(false);
        }
        product = times(&product, &factor.prime);
        if product.bit_width() as usize > MAX_RSA_BITS {
            return Some(false);
        }
    }
    // The first coefficient is the other way round: the inverse of the second prime.
    let (first, second) = (&factors[0].prime, &factors[1].prime);
    let inverse = number(key.coefficient);
    let is_coefficient = *remainder(&times(&inverse, second), first)? == one;
    Some(is_coefficient && *product == *number(key.modulus))
}

fn number(value: UintRef<'_>) -> Number {
    Zeroizing::new(BoxedUint::from_be_slice_vartime(value.as_bytes()))
}

fn times(one: &BoxedUint, other: &BoxedUint) -> Number {
    Zeroizing::new(one.concatenating_mul(other))
}

fn remainder(dividend: &BoxedUint, divisor: &BoxedUint) -> Option<Number> {
    let divisor: NonZero<BoxedUint> = Option::from(NonZero::new(divisor.clone()))?;
    Some(Zeroizing::new(dividend.rem(&divisor)))
}
