//! How each command is told what it is about.

use super::table::GA;

/// What a command is about, and how that is given.
pub enum Habit {
    /// Nothing that is named.
    Nothing,
    /// One thing: its flag and a value; what else the command needs.
    One(&'static str, &'static str, &'static [&'static str]),
    /// Many.
    Many(Many),
}

/// A command that takes a list.
pub struct Many {
    /// The thing that comes before the list, and its flag.
    pub led_by: Option<(&'static str, &'static str)>,
    /// The flag of the list, and that of a file.
    pub flags: (&'static str, &'static str),
    /// Two that are there.
    pub values: [&'static str; 2],
    /// What else the command needs.
    pub rest: &'static [&'static str],
    /// Whether the command does something without a list, too.
    pub optional: bool,
}

const DOMAINS: Many = Many {
    led_by: None,
    flags: ("--domains", "--domains-file"),
    values: ["a.com", "example.com"],
    rest: &[],
    optional: false,
};

const IDS: Many = Many {
    flags: ("--ids", "--ids-file"),
    ..DOMAINS
};

const LISTENERS: Many = Many {
    flags: ("--listener", "--listeners-file"),
    values: ["als-https1", "als-https2"],
    ..DOMAINS
};

/// Every command. `FILE` and `KEY` stand for a certificate and its key.
pub const HABITS: &[(&str, Habit)] = &[
    ("errors", Habit::One("--code", "Throttling.User", &[])),
    ("inventory", Habit::Nothing),
    ("plan", Habit::Nothing),
    ("apply", Habit::Nothing),
    ("completions", Habit::Nothing),
    ("man", Habit::Nothing),
    ("config show", Habit::Nothing),
    ("config set", Habit::Nothing),
    ("config use", Habit::Nothing),
    ("config get", Habit::Nothing),
    ("config unset", Habit::Nothing),
    ("config list", Habit::Nothing),
    ("config check", Habit::Nothing),
    (
        "cert inspect",
        Habit::Many(Many {
            flags: ("--files", "--files-file"),
            values: ["FILE", "KEY"],
            ..DOMAINS
        }),
    ),
    (
        "cert check",
        Habit::Many(Many {
            led_by: Some(("--cert", "FILE")),
            rest: &["--key", "KEY"],
            optional: true,
            ..DOMAINS
        }),
    ),
    (
        "cert probe",
        Habit::Many(Many {
            rest: &["--dry-run"],
            ..DOMAINS
        }),
    ),
    ("api alibaba", Habit::Nothing),
    ("api tencent", Habit::Nothing),
    ("api ucloud", Habit::Nothing),
    ("cdn list", Habit::Nothing),
    ("cdn show", Habit::Many(DOMAINS)),
    ("cdn certs", Habit::Nothing),
    ("cdn wait", Habit::Many(DOMAINS)),
    (
        "cdn set",
        Habit::Many(Many {
            rest: &["--on"],
            ..DOMAINS
        }),
    ),
    ("dcdn list", Habit::Nothing),
    ("dcdn show", Habit::Many(DOMAINS)),
    ("dcdn certs", Habit::Nothing),
    ("dcdn wait", Habit::Many(DOMAINS)),
    (
        "dcdn set",
        Habit::Many(Many {
            rest: &["--off", "--yes"],
            ..DOMAINS
        }),
    ),
    ("ga list", Habit::Nothing),
    (
        "ga show",
        Habit::One("--accelerator", "ga-bp1sandboxsecond0001", &[]),
    ),
    (
        "ga attach",
        Habit::Many(Many {
            flags: ("--cert", "--pairs-file"),
            values: [
                "1234567-cn-hangzhou=example.com",
                "1456789-cn-hangzhou=b.example.com",
            ],
            rest: &GA,
            ..DOMAINS
        }),
    ),
    (
        "ga detach",
        Habit::Many(Many {
            values: ["www.example.com", "x.example.com"],
            rest: &[GA[0], GA[1], GA[2], GA[3], "--yes"],
            ..DOMAINS
        }),
    ),
    (
        "ga replace",
        Habit::Many(Many {
            values: ["www.example.com", "x.example.com"],
            rest: &[GA[0], GA[1], GA[2], GA[3], "--cert", "1456789-cn-hangzhou"],
            ..DOMAINS
        }),
    ),
    (
        "ga set-default",
        Habit::One(
            GA[2],
            GA[3],
            &[GA[0], GA[1], "--cert", "1234567-cn-hangzhou"],
        ),
    ),
    ("cas list", Habit::Nothing),
    ("cas show", Habit::One("--id", "1234567", &[])),
    (
        "cas upload",
        Habit::One("--cert", "FILE", &["--key", "KEY"]),
    ),
    (
        "cas delete",
        Habit::Many(Many {
            values: ["1456789", "1567890"],
            rest: &["--yes"],
            ..IDS
        }),
    ),
    ("ssl list", Habit::Nothing),
    ("ssl show", Habit::One("--id", "example1", &[])),
    (
        "ssl download",
        Habit::One("--id", "example1", &["--out", "example1.zip", "--force"]),
    ),
    (
        "ssl bindings",
        Habit::Many(Many {
            values: ["example1", "example2"],
            ..IDS
        }),
    ),
    (
        "ssl deployments list",
        Habit::One("--cert", "example2", &["--site", "mainland"]),
    ),
    (
        "ssl deployments show",
        Habit::One("--id", "264001", &["--site", "mainland"]),
    ),
    (
        "ssl deployments retry",
        Habit::One("--id", "264001", &["--site", "mainland"]),
    ),
    (
        "ssl deployments rollback",
        Habit::One("--id", "264001", &["--site", "mainland", "--yes"]),
    ),
    (
        "ssl upload",
        Habit::One("--cert", "FILE", &["--key", "KEY"]),
    ),
    (
        "ssl rename",
        Habit::One("--id", "example1", &["--alias", "another"]),
    ),
    (
        "ssl delete",
        Habit::Many(Many {
            values: ["idle0001", "expired1"],
            rest: &["--yes"],
            ..IDS
        }),
    ),
    (
        "ssl deploy",
        Habit::Many(Many {
            led_by: Some(("--cert", "example2")),
            flags: ("--instances", "--instances-file"),
            values: ["a.com|on", "b.com|on"],
            rest: &["--to", "cdn", "--site", "mainland"],
            optional: false,
        }),
    ),
    (
        "ssl update",
        Habit::One(
            "--old",
            "example1",
            &["--new", "example2", "--types", "teo,live", "--yes"],
        ),
    ),
    ("ssl csr list", Habit::Nothing),
    ("ssl csr show", Habit::One("--id", "22", &[])),
    (
        "ssl csr download",
        Habit::One("--id", "22", &["--out", ".", "--force"]),
    ),
    (
        "ssl csr create",
        Habit::One(
            "--domain",
            "example.com",
            &[
                "--organization",
                "Example",
                "--department",
                "Web",
                "--email",
                "web@example.com",
                "--province",
                "Beijing",
                "--city",
                "Beijing",
                "--country",
                "CN",
            ],
        ),
    ),
    (
        "ssl csr edit",
        Habit::One("--id", "101", &["--remark", "for the new site"]),
    ),
    (
        "ssl csr delete",
        Habit::Many(Many {
            values: ["22", "33"],
            rest: &["--yes"],
            ..IDS
        }),
    ),
    ("ulb list", Habit::Nothing),
    ("ulb certs", Habit::Nothing),
    (
        "ulb upload",
        Habit::One("--cert", "FILE", &["--key", "KEY"]),
    ),
    (
        "ulb rename",
        Habit::One("--id", "ssl-new0001", &["--name", "another"]),
    ),
    (
        "ulb bind",
        Habit::Many(Many {
            rest: &[
                "--cert",
                "ssl-idle001",
                "--load-balancer",
                "alb-sandbox1",
                "--allow-name-mismatch",
            ],
            ..LISTENERS
        }),
    ),
    (
        "ulb unbind",
        Habit::Many(Many {
            rest: &[
                "--cert",
                "ssl-old0001",
                "--load-balancer",
                "alb-sandbox1",
                "--yes",
            ],
            ..LISTENERS
        }),
    ),
    (
        "ulb set-default",
        Habit::Many(Many {
            rest: &["--cert", "ssl-new0001", "--load-balancer", "alb-sandbox1"],
            ..LISTENERS
        }),
    ),
    (
        "ulb replace",
        Habit::One(
            "--listener",
            "vserver-https1",
            &["--old", "ssl-old0001", "--new", "ssl-new0001"],
        ),
    ),
    (
        "ulb delete",
        Habit::Many(Many {
            values: ["ssl-idle001", "ssl-expired"],
            rest: &["--yes"],
            ..IDS
        }),
    ),
];
