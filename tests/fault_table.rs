//! The error-code table against the vendors' documents, and `docs/errors.md` against the table.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use certctl::cli::Cli;
use certctl::cloud::Cloud;
use certctl::fault::listing::{Entry, entries, markdown};
use certctl::fault::{Kind, Meaning, Retry, Row, find, nearest, table, token_expired};
use clap::CommandFactory;

/// The error-code tables of the vendors' documents, copied row by row.
const DOCUMENTS: [Document; 4] = [
    Document {
        file: "cdn_batch_set_cdn_domain_server_certificate.md",
        cloud: Cloud::Alibaba,
        parse: markdown_row,
        rows: 1,
        codes: 1,
    },
    Document {
        file: "cdn_set_domain_server_certificate.md",
        cloud: Cloud::Alibaba,
        parse: markdown_row,
        rows: 24,
        codes: 23, // Certificate.StatusError stands twice
    },
    Document {
        file: "ga_associate_additional_certificates_with_listener.txt",
        cloud: Cloud::Alibaba,
        parse: status_first,
        rows: 11,
        codes: 11,
    },
    Document {
        file: "ssl_batch_delete_csr.txt",
        cloud: Cloud::Tencent,
        parse: code_first,
        rows: 5,
        codes: 5,
    },
];

struct Document {
    file: &'static str,
    cloud: Cloud,
    parse: fn(&str) -> Option<(&str, u16)>,
    rows: usize,
    codes: usize,
}

impl Document {
    /// Each row's code and HTTP status.
    fn rows(&self) -> Vec<(String, u16)> {
        data(self.file)
            .lines()
            .filter_map(self.parse)
            .map(|(code, status)| (code.to_owned(), status))
            .collect()
    }
}

fn data(file: &str) -> String {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("tests/data/fault")
        .join(file);
    fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

/// `|404|Code|…|` or `|Code|…|404|…|`: the cell that is a number is the status, the first that is
/// one ASCII word with a capital is the code.
fn markdown_row(line: &str) -> Option<(&str, u16)> {
    let cells: Vec<_> = line.split('|').map(str::trim).collect();
    let status = cells.iter().find_map(|cell| cell.parse().ok())?;
    let code = cells
        .iter()
        .find(|cell| cell.starts_with(|c: char| c.is_ascii_alphabetic()) && !cell.contains(' '))?;
    Some((code, status))
}

/// `400 Code Message`.
fn status_first(line: &str) -> Option<(&str, u16)> {
    let (status, rest) = line.split_once(' ')?;
    Some((rest.split(' ').next()?, status.parse().ok()?))
}

/// `Code Message`, every one of them answered with 200; the first line is the heading.
fn code_first(line: &str) -> Option<(&str, u16)> {
    let (code, _) = line.split_once(' ')?;
    (code != "Error").then_some((code, 200))
}

/// The lines of `common_codes.txt`.
fn common_codes() -> Vec<(Cloud, String)> {
    data("common_codes.txt")
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .map(|line| {
            let (cloud, code) = line.split_once(' ').expect("a cloud and a code");
            (cloud.parse().expect("a cloud"), code.to_owned())
        })
        .collect()
}

fn all_rows() -> impl Iterator<Item = &'static Row> {
    Cloud::ALL.into_iter().flat_map(table::rows)
}

/// The row of exactly this code.
fn row(cloud: Cloud, code: &str) -> Option<&'static Row> {
    table::rows(cloud).iter().find(|row| row.code == code)
}

fn kind(cloud: Cloud, code: &str) -> Kind {
    find(cloud, code, 400).kind
}

#[test]
fn the_documents_parse_whole() {
    for document in &DOCUMENTS {
        let rows = document.rows();
        let codes: BTreeSet<_> = rows.iter().map(|(code, _)| code).collect();
        assert_eq!(
            (rows.len(), codes.len()),
            (document.rows, document.codes),
            "{}: {codes:?}",
            document.file
        );
    }
}

#[test]
fn every_code_of_the_documents_has_a_row() {
    let missing: Vec<_> = DOCUMENTS
        .iter()
        .flat_map(|document| {
            document
                .rows()
                .into_iter()
                .map(move |(code, _)| (document, code))
        })
        .filter(|(document, code)| row(document.cloud, code).is_none())
        .map(|(document, code)| format!("{code} ({})", document.file))
        .collect();
    assert!(missing.is_empty(), "no row for {missing:#?}");
}

#[test]
fn every_common_code_has_a_row() {
    let missing: Vec<_> = common_codes()
        .into_iter()
        .filter(|(cloud, code)| row(*cloud, code).is_none())
        .collect();
    assert!(missing.is_empty(), "no row for {missing:#?}");
}

#[test]
fn every_row_has_a_source() {
    let mut sources: BTreeSet<_> = common_codes().into_iter().collect();
    for document in &DOCUMENTS {
        sources.extend(
            document
                .rows()
                .into_iter()
                .map(|(code, _)| (document.cloud, code)),
        );
    }
    let unsourced: Vec<_> = all_rows()
        .filter(|row| !sources.contains(&(row.cloud, row.code.to_owned())))
        .map(|row| row.code)
        .collect();
    assert!(unsourced.is_empty(), "named by no page: {unsourced:?}");
}

#[test]
fn rows_are_sorted_and_unique() {
    let keys: Vec<_> = all_rows().map(|row| (row.cloud, row.code)).collect();
    for pair in keys.windows(2) {
        assert!(pair[0] < pair[1], "{pair:?}");
    }
}

#[test]
fn every_row_is_found_whatever_the_http_status() {
    for row in all_rows() {
        for status in [200, 400, 403, 404, 429, 500, 503] {
            let found = find(row.cloud, row.code, status);
            assert_eq!(found.kind, row.kind, "{} at {status}", row.code);
            assert_eq!(found.row.map(|row| row.code), Some(row.code));
        }
    }
}

/// A 404 is about something absent, and no 4xx of the documents is the server's own failure.
#[test]
fn kinds_agree_with_the_documents_statuses() {
    for document in &DOCUMENTS {
        for (code, status) in document.rows() {
            let kind = find(document.cloud, &code, status).kind;
            if status == 404 {
                assert_eq!(kind, Kind::NotFound, "{code}");
            }
            assert_ne!(kind, Kind::ServerError, "{code}");
        }
    }
}

#[test]
fn kinds_are_those_that_the_pages_tell() {
    use Cloud::{Alibaba, Tencent, Ucloud};
    for (cloud, codes, expected) in [
        (
            Alibaba,
            "Throttling Throttling.User Throttling.Api Rejected.Throttling",
            Kind::Throttled,
        ),
        (
            Alibaba,
            "ServiceUnavailable ServiceUnAvailable ContentMD5NotMatched",
            Kind::Unavailable,
        ),
        (
            Alibaba,
            "InternalError UnknownError CertStorage.failed 500",
            Kind::ServerError,
        ),
        (
            Alibaba,
            "ServiceBusy StateError.Accelerator StateError.Listener NotActive.Listener GA_NOT_STEADY",
            Kind::Busy,
        ),
        (
            Alibaba,
            "InvalidTimeStamp.Expired IllegalTimestamp",
            Kind::Clock,
        ),
        (Alibaba, "SignatureNonceUsed", Kind::Nonce),
        (
            Alibaba,
            "SignatureDoesNotMatch IncompleteSignature",
            Kind::Signature,
        ),
        (
            Alibaba,
            "OperationDenied CdnServiceNotFound CdnServiceSuspended",
            Kind::Account,
        ),
        (
            Alibaba,
            "InvalidApi.NotFound InvalidAction.NotFound NoSuchVersion",
            Kind::Unsupported,
        ),
        (
            Alibaba,
            "Forbidden Forbbiden.SubUser NoPermission IllegalOperation",
            Kind::Permission,
        ),
        (
            Alibaba,
            "Certificate.MissMatch InvalidPrivateKey sslPub.Error Certificate.Expired Key.Malformed",
            Kind::Certificate,
        ),
        (
            Alibaba,
            "Certificate.Duplicated CertNameAlreadyExists CertificateContent.Duplicated",
            Kind::Conflict,
        ),
        (
            Alibaba,
            "Certificate.SettedNotEffect Certificate.NotPermittedOff",
            Kind::State,
        ),
        (
            Alibaba,
            "Certificate.NotFind NotExist.Accelerator InvalidDomain.NotFound",
            Kind::NotFound,
        ),
        (
            Alibaba,
            "QuotaExceeded.Listener QuotaExceeded.ListenerPort",
            Kind::Quota,
        ),
        (
            Tencent,
            "RequestLimitExceeded LimitExceeded.RateLimitExceeded",
            Kind::Throttled,
        ),
        (Tencent, "LimitExceeded", Kind::Quota),
        (Tencent, "AuthFailure.SignatureExpire", Kind::Clock),
        (Tencent, "AuthFailure.SignatureFailure", Kind::Signature),
        (
            Tencent,
            "InternalError ServiceUnavailable",
            Kind::ServerError,
        ),
        (
            Tencent,
            "InvalidAction NoSuchVersion ActionOffline UnsupportedOperation",
            Kind::Unsupported,
        ),
        (
            Tencent,
            "AuthFailure.UnauthorizedOperation UnauthorizedOperation FailedOperation.AuthError \
             FailedOperation.CAMAuthorizedFail",
            Kind::Permission,
        ),
        (Ucloud, "153", Kind::Throttled),
        (
            Ucloud,
            "110 130 150 4071 4078 4101 4105 4152",
            Kind::ServerError,
        ),
        (Ucloud, "4079 4086 4100 4127 4141", Kind::Unavailable),
        (Ucloud, "161", Kind::Unsupported),
        (Ucloud, "171", Kind::Signature),
        (Ucloud, "172 174", Kind::Auth),
        (Ucloud, "299 293 294", Kind::Permission),
        (Ucloud, "292 4088", Kind::NotFound),
        (Ucloud, "4108 63072 80035", Kind::Conflict),
        (Ucloud, "4111", Kind::Certificate),
    ] {
        for code in codes.split_whitespace() {
            assert_eq!(kind(cloud, code), expected, "{cloud} {code}");
        }
    }
}

#[test]
fn a_code_inherits_from_its_longest_dotted_prefix() {
    let inherited = |cloud, code| find(cloud, code, 200).row.map(|row| row.code);
    assert_eq!(
        inherited(Cloud::Alibaba, "Throttling.User.Minute"),
        Some("Throttling.User")
    );
    assert_eq!(
        inherited(Cloud::Alibaba, "Throttling.Tenant"),
        Some("Throttling")
    );
    assert_eq!(
        inherited(Cloud::Tencent, "RequestLimitExceeded.ProjectLimitExceeded"),
        Some("RequestLimitExceeded")
    );
    assert_eq!(
        inherited(Cloud::Tencent, "LimitExceeded.RateLimitExceeded.Second"),
        Some("LimitExceeded.RateLimitExceeded")
    );
    // The prefix ends at a dot: `Throttlings` does not begin with the code `Throttling`.
    assert_eq!(inherited(Cloud::Tencent, "InternalErrors"), None);
    assert_eq!(inherited(Cloud::Alibaba, "Certificate.Unheard"), None);
    assert_eq!(inherited(Cloud::Alibaba, ""), None);
    assert_eq!(inherited(Cloud::Alibaba, "."), None);
    // Codes are one cloud's own.
    assert_eq!(inherited(Cloud::Tencent, "Certificate.MissMatch"), None);
    assert_eq!(inherited(Cloud::Alibaba, "171"), None);
}

#[test]
fn the_shape_of_an_alibaba_code_decides_where_no_row_does() {
    for (code, expected) in [
        ("MissingAcceleratorId", Kind::Parameter),
        ("InvalidClientToken", Kind::Parameter),
        ("InvalidDomain.Malformed", Kind::Parameter),
        ("InvalidCertId.NotFound", Kind::NotFound),
        ("NotFoundCertificate", Kind::NotFound),
        ("NotExist.EndpointGroup", Kind::NotFound),
        ("ThrottlingByTenant", Kind::Throttled),
        ("ForbiddenByPolicy", Kind::Permission),
        ("NoPermissionForUser", Kind::Permission),
        ("QuotaExceededCertificate", Kind::Quota),
        ("InvalidAccessKeyId.Suspended", Kind::Auth),
        ("InvalidSecurityToken.Revoked", Kind::Auth),
        ("StateError.EndpointGroup", Kind::Busy),
    ] {
        let Meaning { kind, row, hint } = find(Cloud::Alibaba, code, 400);
        assert_eq!(kind, expected, "{code}");
        assert_eq!(hint, expected.hint(), "{code}");
        assert!(
            row.is_none(),
            "{code} has a row: it shows nothing of the shapes"
        );
    }
    assert_eq!(kind(Cloud::Tencent, "ThrottlingByTenant"), Kind::Refused);
    assert_eq!(kind(Cloud::Ucloud, "MissingAcceleratorId"), Kind::Refused);
}

#[test]
fn the_http_status_decides_last() {
    for (status, expected) in [
        (200, Kind::Refused),
        (400, Kind::Refused),
        (401, Kind::Permission),
        (403, Kind::Permission),
        (404, Kind::NotFound),
        (409, Kind::Conflict),
        (418, Kind::Refused),
        (429, Kind::Throttled),
        (500, Kind::ServerError),
        (502, Kind::ServerError),
        (503, Kind::Unavailable),
        (504, Kind::ServerError),
        (599, Kind::ServerError),
        (600, Kind::Refused),
    ] {
        for cloud in Cloud::ALL {
            assert_eq!(
                find(cloud, "Unheard.Of", status).kind,
                expected,
                "{cloud} {status}"
            );
        }
    }
    assert_eq!(
        find(Cloud::Alibaba, "ThrottlingX", 400).kind,
        Kind::Throttled
    );
    assert_eq!(find(Cloud::Ucloud, "99999", 200).kind, Kind::Refused);
    assert_eq!(find(Cloud::Ucloud, "99999", 200).kind.retry(), Retry::Never);
}

#[test]
fn kinds_are_complete_and_named_as_in_the_json() {
    let names: BTreeSet<_> = Kind::ALL.into_iter().map(Kind::as_str).collect();
    assert_eq!(names.len(), Kind::ALL.len());
    for kind in Kind::ALL {
        assert_eq!(serde_json::to_value(kind).unwrap(), kind.as_str());
    }
}

#[test]
fn only_answers_that_pass_are_tried_again() {
    let of = |retry| {
        Kind::ALL
            .into_iter()
            .filter(|k| k.retry() == retry)
            .collect::<Vec<_>>()
    };
    assert_eq!(
        of(Retry::Backoff),
        [
            Kind::Throttled,
            Kind::Busy,
            Kind::Unavailable,
            Kind::ServerError
        ]
    );
    assert_eq!(of(Retry::Once), [Kind::Clock, Kind::Nonce]);
    for kind in of(Retry::Backoff) {
        assert_eq!(
            kind.exit(),
            7,
            "{kind:?}: what passes exits with \"try later\""
        );
    }
}

/// The local kinds are never a cloud's answer.
#[test]
fn rows_have_kinds_that_an_answer_can_have() {
    for row in all_rows() {
        assert!(
            !matches!(
                row.kind,
                Kind::Usage
                    | Kind::Config
                    | Kind::Connection
                    | Kind::NoAnswer
                    | Kind::Unexpected
                    | Kind::Io
                    | Kind::Deadline
                    | Kind::Interrupted
                    | Kind::Bug
            ),
            "{}",
            row.code
        );
    }
}

/// The environment variables that a hint may name.
const VARIABLES: &str = "ALIBABA_CLOUD_ACCESS_KEY_ID ALIBABA_CLOUD_ACCESS_KEY_SECRET \
    ALIBABA_CLOUD_SECURITY_TOKEN HTTPS_PROXY TENCENTCLOUD_REGION TENCENTCLOUD_SECRET_ID \
    TENCENTCLOUD_SECRET_KEY TENCENTCLOUD_TOKEN UCLOUD_PRIVATE_KEY UCLOUD_PROJECT_ID \
    UCLOUD_PUBLIC_KEY UCLOUD_REGION UCLOUD_SECURITY_TOKEN";

/// Every command with its flags, as the command tree has them: `ssl csr list`, `--ids`.
fn tree() -> (BTreeSet<String>, BTreeSet<String>) {
    fn collect(
        command: &clap::Command,
        path: &str,
        commands: &mut BTreeSet<String>,
        flags: &mut BTreeSet<String>,
    ) {
        let long = |arg: &clap::Arg| arg.get_long().map(|long| format!("--{long}"));
        flags.extend(command.get_arguments().filter_map(long));
        for inner in command.get_subcommands() {
            let path = format!("{path} {}", inner.get_name());
            commands.insert(path.trim_start().to_owned());
            collect(inner, &path, commands, flags);
        }
    }
    let mut root = Cli::command();
    root.build();
    let (mut commands, mut flags) = (BTreeSet::new(), BTreeSet::new());
    collect(&root, "", &mut commands, &mut flags);
    (commands, flags)
}

fn hints() -> impl Iterator<Item = (&'static str, &'static str)> {
    let rows = all_rows()
        .filter(|row| !row.hint.is_empty())
        .map(|row| (row.code, row.hint));
    rows.chain(
        Kind::ALL
            .into_iter()
            .map(|kind| (kind.as_str(), kind.hint())),
    )
}

#[test]
fn hints_name_only_what_exists() {
    let (commands, flags) = tree();
    let variables: BTreeSet<_> = VARIABLES.split_whitespace().collect();
    let word = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    for (of, hint) in hints() {
        for token in hint.split(|c| !word(c)) {
            assert!(
                !token.starts_with("--") || flags.contains(token),
                "{of}: {token}"
            );
            let variable =
                token.contains('_') && token.chars().all(|c| c.is_ascii_uppercase() || c == '_');
            assert!(!variable || variables.contains(token), "{of}: {token}");
        }
        for (at, _) in hint.match_indices("certctl ") {
            let command = hint[at + "certctl ".len()..]
                .split('`')
                .next()
                .unwrap_or_default();
            let words: Vec<&str> = command
                .split(' ')
                .take_while(|word| !word.starts_with('-'))
                .collect();
            let known = (1..=words.len()).any(|count| commands.contains(&words[..count].join(" ")));
            assert!(known || words.is_empty(), "{of}: {command}");
        }
    }
}

#[test]
fn texts_are_fragments_without_a_full_stop() {
    let meanings = all_rows().map(|row| (row.code, row.meaning));
    for (of, text) in hints().chain(meanings) {
        assert!(!text.is_empty() && text.trim() == text, "{of}: {text:?}");
        assert!(!text.ends_with(['.', '!', ';', ',']), "{of}: {text}");
        assert!(!text.contains(". "), "{of}: two sentences: {text}");
        assert!(
            text.matches('`').count() % 2 == 0,
            "{of}: an open `: {text}"
        );
        assert!(text.len() <= 130, "{of}: {} characters", text.len());
    }
    for row in all_rows() {
        assert_ne!(
            row.hint,
            row.kind.hint(),
            "{}: the kind says it already",
            row.code
        );
    }
}

#[test]
fn hints_say_what_the_code_alone_does_not() {
    let hint = |cloud, code| find(cloud, code, 400).hint;
    let says = |cloud, code, words: &[&str]| {
        let hint = hint(cloud, code);
        for word in words {
            assert!(hint.contains(word), "{code}: {hint}");
        }
    };
    says(
        Cloud::Alibaba,
        "Certificate.SettedNotEffect",
        &["it is stored", "support"],
    );
    says(
        Cloud::Alibaba,
        "Certificate.Duplicated",
        &["--force", "--cert-name"],
    );
    says(
        Cloud::Alibaba,
        "CertNameAlreadyExists",
        &["--force", "--cert-name"],
    );
    says(
        Cloud::Alibaba,
        "CertificateContent.Duplicated",
        &["--cert-id"],
    );
    says(
        Cloud::Tencent,
        "AuthFailure.SecretIdNotFound",
        &["--site mainland", "--site intl"],
    );
    says(
        Cloud::Tencent,
        "InvalidAction",
        &["--site mainland", "--site intl"],
    );
    says(Cloud::Ucloud, "299", &["--project-id"]);
    says(Cloud::Ucloud, "292", &["--project-id", "id/name"]);
    says(
        Cloud::Ucloud,
        "171",
        &["UCLOUD_PRIVATE_KEY", "spaces", "--endpoint"],
    );
}

#[test]
fn the_nearest_codes_are_found_by_edit_distance() {
    let first = |cloud, code| nearest(cloud, code, 1)[0].code;
    assert_eq!(first(None, "Certificate.MisMatch"), "Certificate.MissMatch");
    assert_eq!(
        first(None, "certificate.missmatch"),
        "Certificate.MissMatch"
    );
    assert_eq!(
        first(None, "ProtocolIllegal.Listener"),
        "ProtocalIllegal.Listener"
    );
    assert_eq!(first(None, "Forbidden.SubUser"), "Forbbiden.SubUser");
    assert_eq!(first(Some(Cloud::Tencent), "InternalEror"), "InternalError");
    // What contains the text is nearer than what is merely short.
    assert_eq!(
        first(None, "settednoteffect"),
        "Certificate.SettedNotEffect"
    );
    assert!(
        nearest(Some(Cloud::Ucloud), "4109", 5)
            .iter()
            .all(|row| row.cloud == Cloud::Ucloud)
    );
    assert_eq!(nearest(None, "Throttling", 3).len(), 3);
    assert_eq!(nearest(None, "Throttling", 0).len(), 0);
    assert_eq!(nearest(None, "", usize::MAX).len(), all_rows().count());
}

#[test]
fn one_code_of_each_cloud_says_that_a_token_has_ended() {
    let ended = |cloud| {
        let codes = table::rows(cloud).iter().map(|row| row.code);
        let ended: Vec<&str> = codes.filter(|code| token_expired(cloud, code)).collect();
        ended
    };
    assert_eq!(ended(Cloud::Alibaba), ["InvalidSecurityToken.Expired"]);
    assert_eq!(ended(Cloud::Tencent), ["AuthFailure.TokenFailure"]);
    assert_eq!(ended(Cloud::Ucloud), ["174"]);
}

#[test]
fn entries_join_every_column() {
    let [entry]: [Entry; 1] = entries(None, Some("servicebusy"))
        .try_into()
        .expect("one cloud has it");
    assert_eq!(
        serde_json::to_string(&entry).unwrap(),
        concat!(
            r#"{"cloud":"alibaba","code":"ServiceBusy","kind":"busy","retryable":true,"#,
            r#""exit_status":7,"meaning":"the domain is still being configured","#,
            r#""hint":"run the command again in a few minutes"}"#
        )
    );
    assert_eq!(entries(None, None).len(), all_rows().count());
    assert_eq!(
        entries(Some(Cloud::Ucloud), None).len(),
        table::rows(Cloud::Ucloud).len()
    );
    let clouds = |code| {
        entries(None, Some(code))
            .iter()
            .map(|e| e.cloud)
            .collect::<Vec<_>>()
    };
    assert_eq!(clouds("InternalError"), [Cloud::Alibaba, Cloud::Tencent]);
    assert_eq!(clouds("Throttling.Tenant"), [Cloud::Alibaba]);
    assert_eq!(clouds("Unheard.Of"), []);
    assert!(entries(Some(Cloud::Tencent), Some("ServiceBusy")).is_empty());
    for entry in entries(None, None) {
        assert_eq!(entry.exit_status, entry.kind.exit());
        assert_eq!(entry.retryable, entry.kind.retry() != Retry::Never);
        assert_eq!(entry.hint, find(entry.cloud, entry.code, 400).hint);
    }
}

#[test]
fn errors_md_is_fresh() {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("docs/errors.md");
    let fresh = markdown();
    if std::env::var_os("CERTCTL_BLESS").is_some_and(|value| value == "1") {
        fs::create_dir_all(path.parent().expect("docs")).expect("docs can be made");
        fs::write(&path, &fresh).expect("docs/errors.md can be written");
        return;
    }
    // A checkout may have turned the line ends.
    let stands = fs::read_to_string(&path)
        .unwrap_or_default()
        .replace("\r\n", "\n");
    for (at, (line, wanted)) in stands.lines().zip(fresh.lines()).enumerate() {
        assert_eq!(
            line,
            wanted,
            "docs/errors.md line {}; run again with CERTCTL_BLESS=1",
            at + 1
        );
    }
    assert_eq!(
        stands, fresh,
        "docs/errors.md is stale; run again with CERTCTL_BLESS=1"
    );
}

/// A table row is one line with as many cells as its heading, whatever stands in the cells.
#[test]
fn errors_md_is_well_formed() {
    let page = markdown();
    let mut columns = 0;
    let mut codes = 0;
    for line in page.lines() {
        if !line.starts_with('|') {
            columns = 0;
            continue;
        }
        let cells = line.replace("\\|", "").matches('|').count();
        if columns == 0 {
            columns = cells;
        }
        assert_eq!(cells, columns, "{line}");
        codes += usize::from(columns == 7 && line.starts_with("| `"));
    }
    assert_eq!(codes, all_rows().count());
}
