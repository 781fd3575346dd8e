//! The commands, and how each is put into the situations.

/// A command.
pub struct Command {
    /// Its words.
    pub words: &'static str,
    /// What it does.
    pub nature: Nature,
}

/// What a command does.
pub enum Nature {
    /// It talks to no cloud, or only about who calls.
    Local,
    /// It reads.
    Reads,
    /// It changes something.
    Changes(Change),
    /// It changes places of several accounts and products, as a plan says.
    Across,
}

/// A command that changes something in the fixture account.
pub struct Change {
    /// Arguments with which it succeeds; `FILE` and `KEY` stand for a certificate that fits.
    pub args: &'static [&'static str],
    /// The call that makes the change.
    pub action: &'static str,
    /// The reads that it cannot do without. Where one of them fails, nothing is changed.
    pub needs: &'static [&'static str],
    /// What it names where it asks: one of its own words each.
    pub asked: &'static [&'static str],
    /// What running it once more says.
    pub again: Again,
    /// The name that a certificate which is put somewhere has to cover.
    pub place: Option<&'static str>,
    /// How a stored certificate is given to it that fits, and one that is for other names.
    pub ids: Option<Ids>,
}

/// Certificates of the fixture's store.
pub struct Ids {
    /// The arguments with an id in place of the file.
    pub args: &'static [&'static str],
    /// One that is for other names than the place's, to be put where `ID` stands.
    pub misfit: &'static str,
}

/// What a second run says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Again {
    /// It is so already.
    Unchanged,
    /// It is gone: this exit status.
    Gone,
    /// Each run makes another one.
    Another,
}

const fn local(words: &'static str) -> Command {
    Command {
        words,
        nature: Nature::Local,
    }
}

const fn reads(words: &'static str) -> Command {
    Command {
        words,
        nature: Nature::Reads,
    }
}

const fn changes(words: &'static str, change: Change) -> Command {
    Command {
        words,
        nature: Nature::Changes(change),
    }
}

const NOTHING: Change = Change {
    args: &[],
    action: "",
    needs: &[],
    asked: &[],
    again: Again::Unchanged,
    place: None,
    ids: None,
};

pub const GA: [&str; 4] = [
    "--accelerator",
    "ga-bp1sandboxsecond0001",
    "--listener",
    "lsr-bp1sandboxsecond001",
];

/// Every command.
pub const COMMANDS: &[Command] = &[
    local("errors"),
    local("completions"),
    local("man"),
    local("config show"),
    local("config get"),
    local("config set"),
    local("config unset"),
    local("config use"),
    local("config list"),
    local("config check"),
    local("cert inspect"),
    local("cert check"),
    local("cert probe"),
    local("api alibaba"),
    local("api tencent"),
    local("api ucloud"),
    reads("inventory"),
    reads("plan"),
    Command {
        words: "apply",
        nature: Nature::Across,
    },
    reads("cdn list"),
    reads("cdn show"),
    reads("cdn certs"),
    reads("cdn wait"),
    changes(
        "cdn set",
        Change {
            args: &["--domains", "a.com", "--cert", "FILE", "--key", "KEY"],
            action: "BatchSetCdnDomainServerCertificate",
            place: Some("a.com"),
            ids: Some(Ids {
                args: &["--domains", "z.test", "--cert-id", "ID"],
                misfit: "1234567",
            }),
            ..NOTHING
        },
    ),
    reads("dcdn list"),
    reads("dcdn show"),
    reads("dcdn certs"),
    reads("dcdn wait"),
    changes(
        "dcdn set",
        Change {
            args: &["--domains", "a.com", "--cert", "FILE", "--key", "KEY"],
            action: "SetDcdnDomainSSLCertificate",
            place: Some("a.com"),
            ids: Some(Ids {
                args: &["--domains", "z.test", "--cert-id", "ID"],
                misfit: "1234567",
            }),
            ..NOTHING
        },
    ),
    reads("ga list"),
    reads("ga show"),
    changes(
        "ga attach",
        Change {
            args: &[
                GA[0],
                GA[1],
                GA[2],
                GA[3],
                "--cert",
                "FILE=b.example.com",
                "--key",
                "KEY",
            ],
            action: "AssociateAdditionalCertificatesWithListener",
            place: Some("b.example.com"),
            ids: Some(Ids {
                args: &[GA[0], GA[1], GA[2], GA[3], "--cert", "ID=z.test"],
                misfit: "1234567-cn-hangzhou",
            }),
            ..NOTHING
        },
    ),
    changes(
        "ga detach",
        Change {
            args: &[
                GA[0],
                GA[1],
                GA[2],
                GA[3],
                "--domains",
                "www.example.com",
                "--yes",
            ],
            asked: &["www.example.com", "lsr-bp1sandboxsecond001"],
            action: "DissociateAdditionalCertificatesFromListener",
            needs: &["ListListenerCertificates"],
            again: Again::Gone,
            ..NOTHING
        },
    ),
    changes(
        "ga replace",
        Change {
            args: &[
                GA[0],
                GA[1],
                GA[2],
                GA[3],
                "--cert",
                "FILE=www.example.com",
                "--key",
                "KEY",
            ],
            action: "UpdateAdditionalCertificateWithListener",
            place: Some("www.example.com"),
            ..NOTHING
        },
    ),
    changes(
        "ga set-default",
        Change {
            args: &[GA[0], GA[1], GA[2], GA[3], "--cert", "FILE", "--key", "KEY"],
            action: "UpdateListener",
            needs: &["ListListenerCertificates"],
            ..NOTHING
        },
    ),
    reads("cas list"),
    reads("cas show"),
    changes(
        "cas upload",
        Change {
            args: &["--cert", "FILE", "--key", "KEY"],
            action: "UploadUserCertificate",
            needs: &["ListUserCertificateOrder"],
            ..NOTHING
        },
    ),
    changes(
        "cas delete",
        Change {
            args: &["1456789", "--yes"],
            asked: &["1456789"],
            action: "DeleteUserCertificate",
            needs: &["ListCloudResources"],
            again: Again::Gone,
            ..NOTHING
        },
    ),
    reads("ssl list"),
    reads("ssl show"),
    reads("ssl download"),
    reads("ssl bindings"),
    reads("ssl deployments list"),
    reads("ssl deployments show"),
    changes(
        "ssl upload",
        Change {
            args: &["--cert", "FILE", "--key", "KEY"],
            action: "UploadCertificate",
            ..NOTHING
        },
    ),
    changes(
        "ssl rename",
        Change {
            args: &["example1", "--alias", "another"],
            action: "ModifyCertificateAlias",
            needs: &["DescribeCertificate"],
            ..NOTHING
        },
    ),
    changes(
        "ssl delete",
        Change {
            args: &["idle0001", "--yes"],
            asked: &["idle0001"],
            action: "DeleteCertificate",
            needs: &["CreateCertificateBindResourceSyncTask"],
            again: Again::Gone,
            ..NOTHING
        },
    ),
    changes(
        "ssl deploy",
        Change {
            args: &[
                "FILE",
                "--key",
                "KEY",
                "--to",
                "cdn",
                "--instances",
                "a.com|on",
                "--site",
                "mainland",
            ],
            action: "DeployCertificateInstance",
            needs: &["DescribeHostCdnInstanceList"],
            place: Some("a.com"),
            ..NOTHING
        },
    ),
    changes(
        "ssl update",
        Change {
            args: &[
                "--old", "example1", "--new", "example2",
                // Of cdn the fixture has domains on which every certificate fails.
                "--types", "teo,live", "--yes",
            ],
            asked: &["example1", "example2", "teo", "live"],
            action: "UpdateCertificateInstance",
            needs: &["CreateCertificateBindResourceSyncTask"],
            ids: Some(Ids {
                args: &[
                    "--old", "example1", "--new", "ID", "--types", "cdn", "--yes",
                ],
                misfit: "idle0001",
            }),
            ..NOTHING
        },
    ),
    changes(
        "ssl deployments retry",
        Change {
            args: &["264001"],
            action: "DeployCertificateRecordRetry",
            needs: &["DescribeHostDeployRecordDetail"],
            again: Again::Another,
            ..NOTHING
        },
    ),
    changes(
        "ssl deployments rollback",
        Change {
            args: &["264001", "--yes"],
            asked: &["264001"],
            action: "DeployCertificateRecordRollback",
            needs: &["DescribeHostDeployRecordDetail"],
            again: Again::Another,
            ..NOTHING
        },
    ),
    reads("ssl csr list"),
    reads("ssl csr show"),
    reads("ssl csr download"),
    changes(
        "ssl csr create",
        Change {
            args: &[
                "--domain",
                "example.com",
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
                "--key-type",
                "p256",
            ],
            action: "CreateCSR",
            needs: &["DescribeCSRSet"],
            again: Again::Another,
            ..NOTHING
        },
    ),
    changes(
        "ssl csr edit",
        Change {
            args: &["101", "--remark", "for the new site"],
            action: "ModifyCSR",
            needs: &["DescribeCSR"],
            ..NOTHING
        },
    ),
    changes(
        "ssl csr delete",
        Change {
            args: &["--ids", "22", "--yes"],
            asked: &["22"],
            action: "BatchDeleteCSR",
            again: Again::Gone,
            ..NOTHING
        },
    ),
    reads("ulb list"),
    reads("ulb certs"),
    changes(
        "ulb upload",
        Change {
            args: &["--cert", "FILE", "--key", "KEY"],
            action: "CreateSSL",
            needs: &["DescribeSSLV2"],
            ..NOTHING
        },
    ),
    changes(
        "ulb rename",
        Change {
            args: &["ssl-new0001", "--name", "another"],
            action: "UpdateSSLAttribute",
            needs: &["DescribeSSLV2"],
            ..NOTHING
        },
    ),
    changes(
        "ulb bind",
        Change {
            args: &[
                "--cert",
                "ssl-new0001",
                "--listener",
                "vserver-https4",
                "--load-balancer",
                "ulb-sandbox2",
            ],
            action: "BindSSL",
            needs: &["DescribeVServer"],
            ..NOTHING
        },
    ),
    changes(
        "ulb unbind",
        Change {
            args: &[
                "--cert",
                "ssl-old0001",
                "--listener",
                "vserver-https1",
                "--load-balancer",
                "ulb-sandbox1",
                "--yes",
            ],
            asked: &["ssl-old0001", "vserver-https1", "ulb-sandbox1"],
            action: "UnbindSSL",
            needs: &["DescribeSSLV2", "DescribeVServer"],
            ..NOTHING
        },
    ),
    changes(
        "ulb set-default",
        Change {
            args: &[
                "--cert",
                "FILE",
                "--key",
                "KEY",
                "--listener",
                "als-https1",
                "--load-balancer",
                "alb-sandbox1",
            ],
            action: "UpdateListenerAttribute",
            needs: &["DescribeSSLV2", "DescribeListeners"],
            place: Some("example.com"),
            ids: Some(Ids {
                args: &[
                    "--cert",
                    "ID",
                    "--listener",
                    "als-https1",
                    "--load-balancer",
                    "alb-sandbox1",
                ],
                misfit: "ssl-other01",
            }),
            ..NOTHING
        },
    ),
    changes(
        "ulb replace",
        Change {
            args: &[
                "--old",
                "ssl-old0001",
                "--new",
                "FILE",
                "--key",
                "KEY",
                "--listener",
                "vserver-https1",
            ],
            action: "UpdateSSLBinding",
            needs: &["DescribeSSLV2"],
            place: Some("example.com"),
            ids: Some(Ids {
                args: &[
                    "--old",
                    "ssl-old0001",
                    "--new",
                    "ID",
                    "--listener",
                    "vserver-https1",
                ],
                misfit: "ssl-other01",
            }),
            ..NOTHING
        },
    ),
    changes(
        "ulb delete",
        Change {
            args: &["ssl-idle001", "--yes"],
            asked: &["ssl-idle001"],
            action: "DeleteSSL",
            needs: &["DescribeSSLV2"],
            again: Again::Gone,
            ..NOTHING
        },
    ),
];
