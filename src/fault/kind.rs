//! What a failure means to us: a closed list, each with its exit status and retry rule.

use serde::{Serialize, Serializer};

/// What went wrong, in the words scripts may match on (`error.kind` in the JSON).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// The command line was refused here; nothing was sent.
    Usage,
    /// The question whether to go on was answered with no; nothing was sent.
    Declined,
    /// Configuration or credentials are missing or broken here; nothing was sent.
    Config,
    /// The cloud does not know the key or the token, or it is disabled or expired.
    Auth,
    /// The cloud computed another signature: a wrong secret, or a changed request.
    Signature,
    /// The cloud says that our clock is off.
    Clock,
    /// The cloud has seen this nonce before: fresh ones are made for each attempt.
    Nonce,
    /// The identity is known and may not do this.
    Permission,
    /// The account itself is the obstacle: suspended, in arrears, not verified, service not opened.
    Account,
    /// What was named does not exist, or is not the caller's.
    NotFound,
    /// What was named is in a state in which this is refused.
    State,
    /// It clashes with something that exists: a name taken, a certificate in use.
    Conflict,
    /// A parameter is missing, malformed or not allowed.
    Parameter,
    /// A quota (an amount, not a rate) is used up.
    Quota,
    /// The gateway does not know or does not offer the action, version or product.
    Unsupported,
    /// The cloud refused for a reason that the table does not know.
    Refused,
    /// Too many calls a second; the call was not executed.
    Throttled,
    /// What was named is busy with an earlier change; the call was not executed.
    Busy,
    /// The service is temporarily unavailable; the call was not executed.
    Unavailable,
    /// The cloud failed inside; whether the call was executed is not known.
    ServerError,
    /// No connection could be made; nothing was sent.
    Connection,
    /// The call was sent and no usable answer came back.
    NoAnswer,
    /// What was read has another shape than documented.
    Unexpected,
    /// The certificate or the private key is unfit.
    Certificate,
    /// A local file or stream could not be read or written.
    Io,
    /// A guard keeps it from being changed; nothing was sent.
    Guard,
    /// What is there is neither what was planned for nor what was wanted; nothing was sent.
    Moved,
    /// `--deadline` ran out.
    Deadline,
    /// SIGINT or SIGTERM.
    Interrupted,
    /// A bug in certctl.
    Bug,
}

/// Whether an answered failure is worth another attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Retry {
    /// The same call would fail the same way.
    Never,
    /// Once, after what the answer said was put right (fresh nonce, corrected clock).
    Once,
    /// With exponential backoff.
    Backoff,
}

impl Kind {
    /// Every kind, in the order of their declaration.
    pub const ALL: [Kind; Kind::Bug as usize + 1] = [
        Kind::Usage,
        Kind::Declined,
        Kind::Config,
        Kind::Auth,
        Kind::Signature,
        Kind::Clock,
        Kind::Nonce,
        Kind::Permission,
        Kind::Account,
        Kind::NotFound,
        Kind::State,
        Kind::Conflict,
        Kind::Parameter,
        Kind::Quota,
        Kind::Unsupported,
        Kind::Refused,
        Kind::Throttled,
        Kind::Busy,
        Kind::Unavailable,
        Kind::ServerError,
        Kind::Connection,
        Kind::NoAnswer,
        Kind::Unexpected,
        Kind::Certificate,
        Kind::Io,
        Kind::Guard,
        Kind::Moved,
        Kind::Deadline,
        Kind::Interrupted,
        Kind::Bug,
    ];

    /// The name that scripts match on: `error.kind` in the JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Kind::Usage => "usage",
            Kind::Declined => "declined",
            Kind::Config => "config",
            Kind::Auth => "auth",
            Kind::Signature => "signature",
            Kind::Clock => "clock",
            Kind::Nonce => "nonce",
            Kind::Permission => "permission",
            Kind::Account => "account",
            Kind::NotFound => "not-found",
            Kind::State => "state",
            Kind::Conflict => "conflict",
            Kind::Parameter => "parameter",
            Kind::Quota => "quota",
            Kind::Unsupported => "unsupported",
            Kind::Refused => "refused",
            Kind::Throttled => "throttled",
            Kind::Busy => "busy",
            Kind::Unavailable => "unavailable",
            Kind::ServerError => "server-error",
            Kind::Connection => "connection",
            Kind::NoAnswer => "no-answer",
            Kind::Unexpected => "unexpected-answer",
            Kind::Certificate => "certificate",
            Kind::Io => "io",
            Kind::Guard => "guard",
            Kind::Moved => "moved",
            Kind::Deadline => "deadline",
            Kind::Interrupted => "interrupted",
            Kind::Bug => "bug",
        }
    }

    /// What to type or check when nothing more is known than the kind; no full stop.
    pub const fn hint(self) -> &'static str {
        match self {
            Kind::Usage => "see `certctl --help`",
            Kind::Declined => "run it again and answer y, or give --yes",
            Kind::Config => "see where each value comes from: `certctl config show`",
            Kind::Auth => {
                "check the access key and its token; `certctl config show` shows where each comes \
                 from"
            }
            Kind::Signature => {
                "check that the secret belongs to the key id and is complete; `certctl config \
                 show` shows where both come from"
            }
            Kind::Clock => "set the clock of this machine: `timedatectl set-ntp true`",
            Kind::Nonce => "run the command again",
            Kind::Permission => {
                "allow this identity to call the action; `certctl config check` shows the \
                 identity"
            }
            Kind::Account => {
                "check the account in the console: balance, verification, and that the service is \
                 activated"
            }
            Kind::NotFound => "check the name or id, and the account with `certctl config check`",
            Kind::State => {
                "check its state in the console, and run the command again when the state allows \
                 the change"
            }
            Kind::Conflict => "find the resource that uses this name or place in the console",
            Kind::Parameter => "check the values; `--dry-run` shows each one as it is sent",
            Kind::Quota => "delete unused resources, or ask the cloud for a larger quota",
            Kind::Unsupported => {
                "check `--endpoint`, and that the account has activated the \
                                  product"
            }
            Kind::Refused => "read the message; the cloud's support can look up the request id",
            Kind::Throttled => {
                "lower `--rate`, or run the command again later; other callers of the account \
                 count too"
            }
            Kind::Busy => "run the command again in a few minutes",
            Kind::Unavailable => "run the command again in a few minutes",
            Kind::ServerError => "check whether the change was made, then run the command again",
            Kind::Connection => "check the network, the proxy (HTTPS_PROXY) and `--endpoint`",
            Kind::NoAnswer => "check whether the change was made before you run the command again",
            Kind::Unexpected => {
                "show the answer with `-vv`; if `--endpoint` is correct, report it: the API has \
                 changed"
            }
            Kind::Certificate => {
                "check the files of `--cert` and `--key`: PEM, not expired, and the key belongs \
                 to the certificate"
            }
            Kind::Io => "check the path, its permissions and the free space",
            Kind::Guard => {
                "see what is in the way with `certctl plan`; docs/rotation.md lists the guards"
            }
            Kind::Moved => "see what is there now with `certctl plan`",
            Kind::Deadline => {
                "raise `--deadline`, or run the command again: completed changes stay"
            }
            Kind::Interrupted => "run the command again: completed changes stay",
            Kind::Bug => "report it with the command and its output with `-vv`",
        }
    }

    /// The process's exit status when this is why the command failed (`docs/cli.md` lists them).
    pub const fn exit(self) -> u8 {
        match self {
            Kind::Declined => 1,
            Kind::Usage => 2,
            Kind::Config => 3,
            Kind::Auth
            | Kind::Signature
            | Kind::Clock
            | Kind::Nonce
            | Kind::Permission
            | Kind::Account => 4,
            Kind::NotFound => 5,
            Kind::State
            | Kind::Conflict
            | Kind::Parameter
            | Kind::Quota
            | Kind::Unsupported
            | Kind::Refused => 6,
            Kind::Throttled
            | Kind::Busy
            | Kind::Unavailable
            | Kind::ServerError
            | Kind::Connection
            | Kind::Unexpected
            | Kind::Deadline => 7,
            Kind::Certificate => 8,
            Kind::NoAnswer => 10,
            Kind::Io => 11,
            Kind::Moved => 21,
            Kind::Guard => 22,
            Kind::Bug => 70,
            Kind::Interrupted => 130,
        }
    }

    /// Whether an answer of this kind is worth another attempt.
    pub const fn retry(self) -> Retry {
        match self {
            Kind::Throttled | Kind::Busy | Kind::Unavailable | Kind::ServerError => Retry::Backoff,
            Kind::Clock | Kind::Nonce => Retry::Once,
            _ => Retry::Never,
        }
    }

    /// Whether the call may have been executed although this was the answer.
    pub const fn may_have_run(self) -> bool {
        matches!(self, Kind::ServerError | Kind::NoAnswer)
    }
}

impl Serialize for Kind {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}
