//! Getting keys: from STS, a metadata service, an address, a command.

use std::path::Path;
use std::time::Duration;

use chrono::{DateTime, Utc};
use url::Url;

use super::helper::Helper;
use crate::cloud::Cloud;
use crate::config::{Given, Login, Origin, Role, Settings, env};
use crate::fault::Kind;
use crate::files::{FileError, read_secret_file};
use crate::providers::issued::Issued;
use crate::providers::{
    InstanceMetadata, Operation, REGION, Response, alibaba, spec, tencent, ucloud,
};
use crate::redact::{is_switch, looks_secret, names_secret};
use crate::secret::Secret;
use crate::sign::Credential;
use crate::transport::failure::Failure;
use crate::transport::http::{Http, Lost, Verb};
use crate::transport::{Client, Done, Halt, is_of_vendor};

/// How long a metadata service may take to answer: it is on the same host, or there is none.
const METADATA_TIMEOUT: Duration = Duration::from_secs(1);

/// How long an address may take.
const URI_TIMEOUT: Duration = Duration::from_secs(10);

/// How long a command may take.
const COMMAND_TIMEOUT: Duration = Duration::from_secs(60);

/// How many lines of what it says on stderr are passed on.
const LINES_PASSED_ON: usize = 100;

/// What Alibaba Cloud's metadata service wants to be shown.
const METADATA_TOKEN: &str = "x-aliyun-ecs-metadata-token";
/// For how many seconds that is good, when it is asked for.
const METADATA_TOKEN_TTL: &str = "x-aliyun-ecs-metadata-token-ttl-seconds";

impl<'a> Client<'a> {
    /// Gets keys as the login says.
    pub(super) async fn obtain(&self) -> Result<Issued, Failure> {
        match self.account.identity.login.as_ref() {
            None => Err(self.no_login(Kind::Config, "nobody to log in")),
            Some(Login::Keys(credential)) => Ok(Issued {
                credential: credential.clone(),
                expires: None,
            }),
            Some(Login::Cached {
                credential,
                expires,
                renewal,
            }) => self.cached(credential, *expires, renewal),
            Some(Login::Role { role, .. }) => self.assume(role).await,
            Some(Login::WebIdentity {
                role,
                provider,
                token_file,
            }) => self.exchange_token(role, provider, token_file).await,
            Some(Login::Instance { role }) => self.instance(role.as_deref()).await,
            Some(Login::Uri(uri)) => self.uri(uri).await,
            Some(Login::Command { words }) => self.command(words).await,
        }
    }

    fn cached(
        &self,
        credential: &Credential,
        expires: i64,
        renewal: &str,
    ) -> Result<Issued, Failure> {
        let end = DateTime::from_timestamp(expires, 0).unwrap_or_default();
        if end <= Utc::now() {
            let end = end.format("%Y-%m-%dT%H:%M:%SZ");
            let message =
                format!("the login stored by the vendor's CLI expired at {end}: run `{renewal}`");
            return Err(self.no_login(Kind::Config, message));
        }
        Ok(Issued {
            credential: credential.clone(),
            expires: Some(end),
        })
    }

    async fn assume(&self, role: &Role) -> Result<Issued, Failure> {
        let sts = self.sts()?;
        let what = format!("assuming the role {}", role.arn);
        let external_id = role.external_id.as_deref();
        let (role_arn, session, seconds) = (&*role.arn, &*role.session, role.seconds);
        match self.service.cloud {
            Cloud::Alibaba => {
                let call = alibaba::sts::AssumeRole {
                    role_arn,
                    session,
                    seconds,
                    external_id,
                };
                self.asked(sts, &call, &what).await.map(alibaba_keys)
            }
            Cloud::Tencent => {
                let call = tencent::sts::AssumeRole {
                    role_arn,
                    session,
                    seconds,
                    external_id,
                    region: self.sts_region(role),
                };
                self.asked(sts, &call, &what).await.map(tencent_keys)
            }
            Cloud::Ucloud => {
                let call = ucloud::account::AssumeRole {
                    role_urn: role_arn,
                    session,
                    seconds,
                };
                self.asked(sts, &call, &what).await.map(ucloud_keys)
            }
        }
    }

    async fn exchange_token(
        &self,
        role: &Role,
        provider: &str,
        token_file: &Path,
    ) -> Result<Issued, Failure> {
        let token = self.read_token(token_file).await?;
        let sts = self.sts()?;
        let what = format!("assuming the role {} with an OIDC token", role.arn);
        let (role_arn, session, seconds) = (&*role.arn, &*role.session, role.seconds);
        let token = &token;
        match self.service.cloud {
            Cloud::Alibaba => {
                let call = alibaba::sts::AssumeRoleWithOIDC {
                    role_arn,
                    session,
                    seconds,
                    provider,
                    token,
                };
                self.asked(sts, &call, &what).await.map(alibaba_keys)
            }
            Cloud::Tencent => {
                let call = tencent::sts::AssumeRoleWithWebIdentity {
                    role_arn,
                    session,
                    seconds,
                    provider,
                    token,
                    region: self.sts_region(role),
                };
                self.asked(sts, &call, &what).await.map(tencent_keys)
            }
            Cloud::Ucloud => Err(self.no_login(Kind::Config, "UCloud takes no OIDC token")),
        }
    }

    /// The token, which CI systems write with a line's end behind it, and renew.
    async fn read_token(&self, path: &Path) -> Result<Secret, Failure> {
        let broken =
            |reason: &str| self.no_login(Kind::Config, format!("OIDC token file {reason}"));
        let owned = path.to_owned();
        // It may be a FIFO, and a signal is to be heard all the same.
        let reading = tokio::task::spawn_blocking(move || read_secret_file(&owned));
        let read = tokio::select! {
            biased;
            halt = self.stopped() => return Err(self.cut_short(halt)),
            read = reading => read.map_err(|error| broken(&error.to_string()))?,
        };
        let (bytes, _) = read.map_err(|error| match error {
            FileError::Late { .. } => self.cut_short(Halt::Deadline),
            error => broken(&error.to_string()),
        })?;
        let shown = path.display();
        let text =
            std::str::from_utf8(&bytes).map_err(|_| broken(&format!("{shown}: not UTF-8")))?;
        let token = text.trim();
        match token {
            "" => Err(broken(&format!("{shown}: is empty"))),
            token if token.contains(|c: char| c.is_whitespace() || c.is_control()) => {
                Err(broken(&format!("{shown}: contains more than one token")))
            }
            token => {
                let token = Secret::new(token.to_owned());
                self.account.memory.learn(&token);
                Ok(token)
            }
        }
    }

    async fn asked<O: Operation>(
        &self,
        sts: &Client<'_>,
        call: &O,
        what: &str,
    ) -> Result<O::Reply, Failure> {
        self.account.ui.step(|| format!("login: {what}"));
        let asked = sts.call(call).await;
        let Done { reply, .. } = asked.map_err(|failure| self.login_refused(what, failure))?;
        Ok(reply)
    }

    /// Who assumes roles.
    fn sts(&self) -> Result<&Client<'a>, Failure> {
        let sts = self.account.identity.sts.as_deref();
        sts.ok_or_else(|| self.no_login(Kind::Config, "nobody to assume roles"))
    }

    fn sts_region<'r>(&'r self, role: &'r Role) -> Option<&'r str> {
        let region = self.account.settings.region.as_ref();
        role.region
            .as_deref()
            .or(region.map(|region| region.value.as_str()))
    }

    async fn uri(&self, uri: &Url) -> Result<Issued, Failure> {
        let mut shown = uri.clone();
        shown.set_query(None);
        let what = format!("getting keys from {shown}");
        let options = self.account.network.options(uri);
        let mut options =
            options.map_err(|error| self.no_login(Kind::Config, error.to_string()))?;
        options.timeout = options.timeout.min(URI_TIMEOUT);
        let http = Http::new(options);
        let answer = self.ask(&http, Verb::Get, uri, &[]).await;
        let answer = answer.map_err(|lost| match lost {
            Some(reason) => self.no_login(Kind::Connection, format!("{reason} ({what})")),
            None => self.cut_off_here(),
        })?;
        self.read_keys(&answer, &what)
    }

    /// The keys of the instance's role. Nobody answers where this is no instance, and no second
    /// attempt is made.
    async fn instance(&self, role: Option<&str>) -> Result<Issued, Failure> {
        let switch = env::ALIBABA_CLOUD_ECS_METADATA_DISABLED;
        if self.service.cloud == Cloud::Alibaba && self.account.network.env.is_on(switch) {
            let message = format!("the metadata service is disabled: {switch} is set");
            return Err(self.no_login(Kind::Config, message));
        }
        let base = self.metadata_address()?;
        let mut options = self
            .account
            .network
            .options(&base)
            .map_err(|error| self.no_login(Kind::Config, error.to_string()))?;
        options.timeout = METADATA_TIMEOUT;
        // It is on the same host as we are.
        options.proxy = None;
        let service = Metadata {
            client: self,
            http: Http::new(options),
            base,
        };
        let InstanceMetadata {
            roles: folder,
            lists_roles,
            wants_token,
            ..
        } = *spec(self.service.cloud).metadata;
        let token = match wants_token {
            true => service.token().await?,
            false => None,
        };
        let headers: Vec<_> = token
            .iter()
            .map(|token| (METADATA_TOKEN, &**token))
            .collect();
        let path = match role {
            Some(role) => format!("{}/{role}", folder.trim_end_matches('/')),
            None if !lists_roles => folder.to_owned(),
            None => {
                let answer = service.get(folder, &headers).await?;
                let name = String::from_utf8_lossy(&answer.body);
                let name = name.trim();
                if name.is_empty() || name.contains(|c: char| c.is_whitespace() || c == '/') {
                    let message = "the metadata service does not return the role of the instance";
                    return Err(self.no_login(Kind::Config, message));
                }
                format!("{folder}{name}")
            }
        };
        let answer = service.get(&path, &headers).await?;
        self.read_keys(&answer, "getting keys from the instance metadata service")
    }

    fn metadata_address(&self) -> Result<Url, Failure> {
        let own = spec(self.service.cloud).metadata.address;
        let variable = env::CERTCTL_METADATA_ENDPOINT;
        let given = self.account.network.env.text(variable);
        let given = given.map_err(|error| self.no_login(Kind::Config, error.to_string()))?;
        Url::parse(given.unwrap_or(own))
            .ok()
            .filter(|url| url.scheme().starts_with("http") && url.has_host())
            .ok_or_else(|| {
                let message =
                    format!("environment variable {variable} is not an http or https URL");
                self.no_login(Kind::Config, message)
            })
    }

    /// One request, unless the run ends before it is answered.
    async fn ask(
        &self,
        http: &Http,
        verb: Verb,
        url: &Url,
        headers: &[(&'static str, &str)],
    ) -> Result<Response, Option<String>> {
        tokio::select! {
            biased;
            answer = http.plain(verb, url, headers) => answer.map_err(|lost| match lost {
                Lost::NotSent { reason, .. } | Lost::NoAnswer { reason } => Some(reason),
            }),
            _ = self.stopped() => Err(None),
        }
    }

    fn cut_off_here(&self) -> Failure {
        match self.halt() {
            Some(halt) => self.cut_short(halt),
            None => self.no_login(Kind::Connection, "the login was interrupted"),
        }
    }

    fn read_keys(&self, answer: &Response, what: &str) -> Result<Issued, Failure> {
        let failed = |kind, reason: String| self.no_login(kind, format!("{reason} ({what})"));
        match answer.status {
            200..300 => {}
            404 => return Err(failed(Kind::Config, "HTTP 404: there are none".into())),
            429 | 500.. => {
                return Err(failed(Kind::Unavailable, format!("HTTP {}", answer.status)));
            }
            status => return Err(failed(Kind::Config, format!("HTTP {status}"))),
        }
        Issued::read(&answer.body).map_err(|why| failed(Kind::Config, format!("the answer {why}")))
    }

    /// Runs a command without a shell. What it prints is read as keys and never shown; what it
    /// says on stderr is passed on once the keys are known, so that they can be masked in it.
    async fn command(&self, words: &[String]) -> Result<Issued, Failure> {
        let [program, ..] = words else {
            return Err(self.no_login(Kind::Config, "the command of the login is empty"));
        };
        let failed =
            |reason: &str| self.no_login(Kind::Config, format!("the command {program} {reason}"));
        self.account.ui.step(|| format!("login: running {program}"));
        let env = self.account.network.env.all();
        let helper = Helper::start(words, env, self.account.ui.who_can_be_asked().is_ok());
        let helper = helper.map_err(|error| failed(&format!("cannot be started: {error}")))?;
        let ended = tokio::select! {
            biased;
            ended = tokio::time::timeout(COMMAND_TIMEOUT, helper.ended()) => ended.map_err(|_| {
                failed(&format!("did not end within {} s", COMMAND_TIMEOUT.as_secs()))
            })?,
            halt = self.stopped() => return Err(self.cut_short(halt)),
        };
        let issued = Issued::read(&ended.stdout);
        let said = String::from_utf8_lossy(&ended.stderr);
        let text = String::from_utf8_lossy(&ended.stdout);
        for secret in secrets_of(&text, &said, issued.is_ok()) {
            self.account.memory.learn(&secret);
        }
        if let Ok(Issued { credential, .. }) = &issued {
            self.account.identity.learn(credential);
        }
        let redactor = self.redactor();
        let lines = said.lines().filter(|line| !line.trim().is_empty());
        for line in lines.take(LINES_PASSED_ON) {
            let line = redactor.line(line, 400);
            self.account.ui.note(&format!("{program}: {line}"));
        }
        let status = ended
            .status
            .map_err(|error| failed(&format!("could not be waited for: {error}")))?;
        if !status.success() {
            let how = match status.code() {
                Some(code) => format!("ended with status {code}"),
                None => "was ended by a signal".to_owned(),
            };
            return Err(failed(&how));
        }
        issued.map_err(|why| failed(&format!("printed output that {why}")))
    }
}

/// What may be secret in the output of a command that prints keys: what is named as a secret or made
/// like one, and where what it prints is not understood, every word of that which has digits. Times and
/// numbers are none, nor are codes and the names of members.
fn secrets_of(printed: &str, said: &str, understood: bool) -> Vec<Secret> {
    let ends = |c: char| c.is_whitespace() || "\"'`,;{}[]()<>=:".contains(c);
    let words = |text: &str| -> Vec<String> {
        let words = text.split(ends).filter(|word| !word.is_empty());
        words.map(str::to_owned).collect()
    };
    let is_time = |word: &str| {
        let fits = |byte| matches!(byte, b'0'..=b'9' | b'-' | b'+' | b'.' | b'/' | b'T' | b'Z');
        word.bytes().all(fits)
    };
    let mut found = Vec::new();
    for text in [printed, said] {
        let pieces = words(text);
        for (at, word) in pieces.iter().enumerate() {
            let named = at > 0 && names_secret(&pieces[at - 1]) && !is_switch(word);
            if named && word.len() >= SHORTEST_NAMED || looks_secret(word) {
                found.push(word.clone());
            }
        }
        // A key in base64 has characters that words are parted by, too.
        let whole = text.split_whitespace().filter(|word| looks_secret(word));
        found.extend(whole.map(str::to_owned));
    }
    if !understood {
        let has_digits = |word: &String| word.bytes().any(|byte| byte.is_ascii_digit());
        let printed = words(printed).into_iter().filter(has_digits);
        found.extend(printed.filter(|word| word.len() >= SHORTEST_WORD && !is_time(word)));
    }
    found.sort_unstable();
    found.dedup();
    found.into_iter().map(Secret::new).collect()
}

/// The shortest word of what a command prints that may be a secret.
const SHORTEST_WORD: usize = 8;

/// The shortest one that stands behind the name of a secret.
const SHORTEST_NAMED: usize = 6;

/// A metadata service.
struct Metadata<'c, 'a> {
    client: &'c Client<'a>,
    http: Http,
    base: Url,
}

impl Metadata<'_, '_> {
    /// The token that Alibaba Cloud's service wants since its second version. The first version
    /// does without, unless that is switched off.
    async fn token(&self) -> Result<Option<String>, Failure> {
        let ttl = [(METADATA_TOKEN_TTL, "21600")];
        let answer = self.send(Verb::Put, "/latest/api/token", &ttl).await?;
        let token = String::from_utf8_lossy(&answer.body).trim().to_owned();
        let usable = !token.is_empty() && token.chars().all(|c| c.is_ascii_graphic());
        if answer.status == 200 && usable {
            self.client
                .account
                .memory
                .learn(&Secret::new(token.clone()));
            return Ok(Some(token));
        }
        match self
            .client
            .account
            .network
            .env
            .is_on(env::ALIBABA_CLOUD_IMDSV1_DISABLED)
        {
            false => Ok(None),
            true => Err(self.client.no_login(
                Kind::Config,
                "the metadata service returns no token, but a token is required",
            )),
        }
    }

    async fn get(&self, path: &str, headers: &[(&'static str, &str)]) -> Result<Response, Failure> {
        let answer = self.send(Verb::Get, path, headers).await?;
        match answer.status {
            200 => Ok(answer),
            404 => Err(self.client.no_login(
                Kind::Config,
                "the metadata service does not know the role (HTTP 404): check that this instance \
                 has a role",
            )),
            status => Err(self.client.no_login(
                Kind::Config,
                format!("the metadata service returned HTTP {status}"),
            )),
        }
    }

    async fn send(
        &self,
        verb: Verb,
        path: &str,
        headers: &[(&'static str, &str)],
    ) -> Result<Response, Failure> {
        let client = self.client;
        let mut url = self.base.clone();
        url.set_path(path);
        client.account.ui.step(|| format!("login: asking {url}"));
        client
            .ask(&self.http, verb, &url, headers)
            .await
            .map_err(|lost| match lost {
                Some(reason) => {
                    let host = self.base.host_str().unwrap_or_default();
                    let message = format!(
                        "the instance metadata service ({host}) does not answer: {reason}; check \
                         that this machine is an instance of {}",
                        client.service.cloud
                    );
                    client.no_login(Kind::Config, message)
                }
                None => client.cut_off_here(),
            })
    }
}

/// Where roles are assumed: where the role says, else at the given endpoint, which stands for the
/// whole cloud, unless that is the host of one of the vendor's products.
pub(super) fn sts_endpoint(settings: &Settings, role: Option<&Role>) -> Option<Given<Url>> {
    if let Some(endpoint) = role.and_then(|role| role.endpoint.as_ref()) {
        return Some(Given {
            value: endpoint.clone(),
            origin: Origin::Default,
        });
    }
    match &settings.endpoint {
        Some(given) if !is_of_vendor(&given.value) => Some(given.clone()),
        _ => {
            let region = role?.region.as_deref()?;
            let host = spec(settings.cloud).regional_sts?.replace(REGION, region);
            let value = Url::parse(&format!("https://{host}/")).ok()?;
            Some(Given {
                value,
                origin: Origin::Default,
            })
        }
    }
}

fn alibaba_keys(reply: alibaba::sts::Assumed) -> Issued {
    let keys = reply.credentials;
    issued(
        keys.id,
        keys.secret,
        keys.token,
        keys.expiration.map(|time| time.0),
    )
}

fn tencent_keys(reply: tencent::sts::Assumed) -> Issued {
    let keys = reply.credentials;
    issued(
        keys.id,
        keys.secret,
        keys.token,
        reply.expires.map(|time| time.0),
    )
}

fn ucloud_keys(reply: ucloud::account::Assumed) -> Issued {
    let keys = reply.credentials;
    issued(
        keys.id,
        keys.secret,
        keys.token,
        keys.expiration.map(|time| time.0),
    )
}

fn issued(id: String, secret: Secret, token: Secret, expires: Option<DateTime<Utc>>) -> Issued {
    Issued {
        credential: Credential {
            id,
            secret,
            token: Some(token),
        },
        expires,
    }
}
