//! `certctl ssl csr create`

use std::collections::HashSet;

use clap::Args;

use super::form::{FormArgs, domain, password_of_environment};
use crate::cloud::Cloud;
use crate::commands::Session;
use crate::commands::args::non_empty;
use crate::commands::ssl::SiteArgs;
use crate::commands::targets::{Target, single};
use crate::commands::wait::WaitArgs;
use crate::error::Error;
use crate::fault::Kind;
use crate::output::{Answer, Row};
use crate::products::Seen;
use crate::products::Settled;
use crate::providers::Operation;
use crate::providers::page::Cursor;
use crate::providers::tencent::ssl::SSL;
use crate::providers::tencent::ssl::csr::{
    CSR_PAGE, CreateCSR, Csr, CsrForm, CsrPage, DescribeCSR, DescribeCSRSet,
};
use crate::transport::{Client, Failure, Fate, Patience, Reconciled, plan, reconcile};

const COMMAND: &str = "ssl csr create";

/// Make a CSR, with a private key that the cloud keeps
///
/// The password for the private key may also stand in the variable CERTCTL_KEY_PASSWORD.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  certctl ssl csr create --domain example.com --organization Example --department Web \\
    --email admin@example.com --province Guangdong --city Shenzhen --country CN --key-type p256
  certctl ssl csr create --domain '*.example.com' --organization Example --department Web \\
    --email admin@example.com --province Guangdong --city Shenzhen --country CN --draft")]
pub struct CreateArgs {
    #[command(flatten)]
    domain: Target<CommonName>,
    #[command(flatten)]
    form: FormArgs,
    /// Create a draft, which can be changed until it is generated
    #[arg(long)]
    draft: bool,
    /// Tag with its value; repeatable
    #[arg(long = "tag", value_name = "KEY=VALUE", value_parser = tag)]
    tags: Vec<(String, String)>,
    #[command(flatten)]
    site: SiteArgs,
    #[command(flatten)]
    wait: WaitArgs,
}

single!(
    CommonName: String,
    "domain",
    "DOMAIN",
    "Common name; *.example.com is a wildcard",
    optional,
    domain
);

fn tag(text: &str) -> Result<(String, String), String> {
    let text = non_empty(text)?;
    match text.split_once('=') {
        Some((key, value)) if !key.is_empty() => Ok((key.to_owned(), value.to_owned())),
        _ => Err("write KEY=VALUE".into()),
    }
}

/// Runs the command.
pub fn run(session: &Session<'_>, args: &CreateArgs) -> Result<Answer, Error> {
    let missing = args.form.missing(args.domain.given());
    if !missing.is_empty() {
        return Err(Error::usage(
            format!("a CSR requires {}", missing.join(", ")),
            "add the missing options: nothing was sent",
        ));
    }
    let mut form = args.form.form(args.domain.given());
    if form.algorithm.is_none() {
        (form.algorithm, form.key_parameter) = (Some("RSA".into()), Some("2048".into()));
    }
    form.password = match args.form.password(session)? {
        None => password_of_environment(session)?,
        given => given,
    };
    let settings = args.site.settings(session)?;
    let call = CreateCSR {
        form: &form,
        generate: !args.draft,
        tags: &args.tags,
    };
    let domain = form.domain.clone().unwrap_or_default();
    let row = Row::new(Cloud::Tencent, SSL.name, CreateCSR::ACTION, &domain);
    if session.globals.sends_nothing() {
        let look = set(&domain, 0);
        let requests = vec![
            plan(&settings, &look, vec![domain.clone()]),
            plan(&settings, &call, vec![domain]),
        ];
        return Ok(Answer::planned(COMMAND, vec![row], requests));
    }
    session.online(&SSL, &settings, async |client| {
        let (settled, csr) = create(client, &call, &domain).await;
        let id = csr.unwrap_or_default();
        let look = async || {
            let seen = client.call(&DescribeCSR { csr_id: id }).await?.reply.0;
            Ok(match args.draft || !seen.request.is_empty() {
                true => Seen::Confirmed,
                false => Seen::Pending("it is not generated yet".into()),
            })
        };
        let target = (Row { csr, ..row }, settled);
        Ok(session
            .conclude_one(client, COMMAND, &args.wait, target, look)
            .await)
    })
}

fn set(domain: &str, offset: usize) -> DescribeCSRSet<'_> {
    DescribeCSRSet {
        offset,
        limit: CSR_PAGE,
        domain: Some(domain),
        algorithm: None,
    }
}

/// The CSRs of a domain.
async fn of_domain(client: &Client<'_>, domain: &str) -> Result<Vec<Csr>, Failure> {
    let page = |cursor: &Cursor| set(domain, cursor.offset);
    client.all(CSR_PAGE, page, CsrPage::into, Csr::key).await
}

/// Makes a CSR, and after a lost answer looks whether it was made before anything is sent again:
/// each call that runs makes another one. Returns its id too, where there is one.
async fn create(client: &Client<'_>, call: &CreateCSR<'_>, domain: &str) -> (Settled, Option<i64>) {
    // What is there before tells what a call without an answer has made.
    let before: Option<HashSet<Option<i64>>> = match of_domain(client, domain).await {
        Ok(csrs) => Some(csrs.iter().map(|csr| csr.id).collect()),
        Err(failure) if failure.kind == Kind::Permission => None,
        Err(failure) => return (Settled::failed(failure), None),
    };
    let look = async || {
        let Some(before) = &before else {
            // Keys that may not read: what the call has made is not found.
            return Err(Failure::of(Kind::Permission, Fate::NotSent));
        };
        let ids = made(client, domain, call.form, before).await?;
        Ok((!ids.is_empty()).then_some(ids))
    };
    match reconcile(client, call, Patience::ALWAYS, look).await {
        Ok(Reconciled::Answered(done)) => {
            let id = done.reply.id;
            let accepted = Settled::accepted(done.request_id);
            (accepted.with(&format!("CSR {id}")), Some(id))
        }
        Ok(Reconciled::Seen(ids)) => match ids[..] {
            [id] => {
                let note = format!("CSR {id}, created, although the answer was lost");
                (Settled::read_back().with(&note), Some(id))
            }
            _ => {
                let ids: Vec<String> = ids.iter().map(ToString::to_string).collect();
                let note = format!(
                    "the answer was lost: the new CSR may be one of {}",
                    ids.join(", ")
                );
                (Settled::unknown(&note), None)
            }
        },
        Err(failure) => (Settled::failed(failure), None),
    }
}

/// The CSRs of the domain that say what was asked for and were not there before.
async fn made(
    client: &Client<'_>,
    domain: &str,
    form: &CsrForm,
    before: &HashSet<Option<i64>>,
) -> Result<Vec<i64>, Failure> {
    let csrs = of_domain(client, domain).await?;
    let ours = csrs
        .iter()
        .filter(|csr| !before.contains(&csr.id) && form.is_met_by(csr));
    Ok(ours.filter_map(|csr| csr.id).collect())
}
